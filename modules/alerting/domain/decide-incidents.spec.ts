import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stallEvidenceOf, stallIds } from '../../../test/factories/stall-evidence.js';
import { channelOf, decideIncidents, visitOf, type Decision, type MessageDraft } from './decide-incidents.js';
import { digestOf, fingerprintOf } from './identity.js';
import type { Incident } from './incident.js';
import type { Rule } from './rule.js';
import type { Signal, StallEvidence } from './signal.js';

const rule: Rule = {
  name: 'stalled_deal',
  signal: 'deal_stalled',
  severity: 'warn',
  recipients: 'owner',
  template: 'stalled_deal',
  digest: 'stalled_digest',
};

const signalOf = (
  deal: number,
  {
    owner = 1,
    severity = 'warn',
    state = 'active',
    ...evidence
  }: Partial<StallEvidence> & Partial<Pick<Signal, 'severity' | 'state'>> & { owner?: number } = {},
): Signal => ({
  subject: stallIds.deal(deal),
  severity,
  state,
  evidence: stallEvidenceOf(deal, owner, evidence),
});

const decide = (incidents: Incident[], signals: Signal[], firstRun = false) =>
  decideIncidents({ rule, incidents, signals, firstRun });

const openFor = (...signals: Signal[]): Incident[] => decide([], signals).open;

describe('decideIncidents', () => {
  it('opens an incident and queues one message to the owner', () => {
    const { open, outbox, suppressed } = decide([], [signalOf(1, { severity: 'critical' })]);
    expect(open).toEqual([
      expect.objectContaining({ subject: stallIds.deal(1), severity: 'critical', state: 'firing' }),
    ]);
    expect(outbox).toEqual([
      expect.objectContaining({ incidentId: open[0]?.id, transition: 'opened', channel: 'U000000001' }),
    ]);
    expect(suppressed).toBe(0);
  });

  it('gives the same ids when it is asked again', () => {
    expect(decide([], [signalOf(1)])).toEqual(decide([], [signalOf(1)]));
    expect(decide([], [signalOf(1)]).open[0]?.id).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-/,
    );
  });

  it('suppresses a visit that is open, and one that is resolved', () => {
    const open = openFor(signalOf(1));
    const resolved = open.map((each): Incident => ({ ...each, state: 'resolved' }));
    for (const incidents of [open, resolved]) {
      expect(decide(incidents, [signalOf(1)])).toEqual({
        open: [],
        update: [],
        resolve: [],
        outbox: [],
        suppressed: 1,
      });
    }
  });

  it('takes a changed severity over and sends nothing', () => {
    const decision = decide(openFor(signalOf(1)), [signalOf(1, { severity: 'critical', daysInStage: 61 })]);
    expect(decision.update).toEqual([expect.objectContaining({ severity: 'critical' })]);
    expect(decision.update[0]?.evidence.daysInStage).toBe(61);
    expect(decision.outbox).toEqual([]);
    expect(decision.suppressed).toBe(0);
  });

  it('resolves the old visit and opens the new one when the deal stalls again', () => {
    const before = openFor(signalOf(1));
    const decision = decide(before, [signalOf(1, { stage: 'legal_review', stageVisit: 4 })]);
    expect(decision.resolve).toEqual([{ id: before[0]?.id, resolution: 'moved' }]);
    expect(decision.open).toHaveLength(1);
    expect(decision.outbox).toHaveLength(1);
  });

  it.each([
    ['won', 'closed'],
    ['lost', 'closed'],
    ['open', 'moved'],
    [undefined, 'cleared'],
  ] as const)('resolves on a cleared signal of a deal that is %s: %s', (outcome, resolution) => {
    const before = openFor(signalOf(1));
    const { resolve } = decide(before, [signalOf(1, { state: 'cleared', outcome })]);
    expect(resolve).toEqual([{ id: before[0]?.id, resolution }]);
  });

  it('resolves when the signal is gone', () => {
    const before = openFor(signalOf(1));
    expect(decide(before, []).resolve).toEqual([{ id: before[0]?.id, resolution: 'cleared' }]);
  });

  it('ignores what is milder than the rule asks for', () => {
    expect(decide([], [signalOf(1, { severity: 'info' })]).open).toEqual([]);
    const before = openFor(signalOf(1));
    expect(decide(before, [signalOf(1, { severity: 'info' })]).resolve).toEqual([
      { id: before[0]?.id, resolution: 'cleared' },
    ]);
  });

  it('makes one digest per owner on the first run, by value times lateness', () => {
    const { open, outbox } = decide(
      [],
      [
        signalOf(1, { owner: 1, dealValue: '100.00', daysInStage: 40 }),
        signalOf(2, { owner: 2 }),
        signalOf(3, { owner: 1, dealValue: '99999999999999999.99', daysInStage: 31 }),
        signalOf(4, { owner: 1, dealValue: '200.00', daysInStage: 50 }),
      ],
      true,
    );
    expect(open).toHaveLength(4);
    const lists = outbox.map((each) => [
      each.channel,
      each.incidentId,
      ...each.incidents.map((one) => one.subject),
    ]);
    expect(lists.sort()).toEqual([
      ['U000000001', null, stallIds.deal(3), stallIds.deal(4), stallIds.deal(1)],
      ['U000000002', null, stallIds.deal(2)],
    ]);
  });

  it('never takes a channel for a person', () => {
    const channel = (ownerSlackUserId: string | null) =>
      channelOf(stallEvidenceOf(1, 1, { ownerSlackUserId }));
    expect(channel('U0ABC123')).toBe('U0ABC123');
    for (const other of [null, '', '#general', 'C0ABC123', 'general', '@here', 'U1 C2']) {
      expect(channel(other)).toBe(`owner:${stallIds.owner(1)}`);
    }
  });
});

describe('identity', () => {
  it('keeps parts apart that read the same side by side', () => {
    expect(digestOf(['ab', 'c'])).not.toBe(digestOf(['a', 'bc']));
    expect(fingerprintOf('r', 's', 'proposal1', 1)).not.toBe(fingerprintOf('r', 's', 'proposal', 11));
  });
});

/** insights_ops in memory: commits a decision whole, with the unique keys of the tables. */
class Ledger {
  readonly incidents = new Map<string, Incident>();
  readonly outbox = new Map<string, MessageDraft>();
  hasRun = false;

  look(signals: Signal[]): Decision {
    const named = new Set(signals.map((signal) => visitOf(rule, signal)));
    const incidents = [...this.incidents.values()].filter(
      (each) => each.state !== 'resolved' || named.has(each.fingerprint),
    );
    return decideIncidents({ rule, incidents, signals, firstRun: !this.hasRun });
  }

  commit({ open, update, resolve, outbox }: Decision): void {
    this.hasRun = true;
    for (const each of open)
      if (!this.incidents.has(each.fingerprint)) this.incidents.set(each.fingerprint, each);
    for (const each of update) this.incidents.set(each.fingerprint, each);
    for (const each of this.incidents.values()) {
      if (resolve.some(({ id }) => id === each.id)) {
        this.incidents.set(each.fingerprint, { ...each, state: 'resolved' });
      }
    }
    for (const each of outbox) if (!this.outbox.has(each.dedupKey)) this.outbox.set(each.dedupKey, each);
  }
}

const deal = fc.record({
  visit: fc.integer({ min: 1, max: 3 }),
  severity: fc.constantFrom('warn' as const, 'critical' as const),
  present: fc.constantFrom('active', 'cleared', 'gone'),
});
const tick = fc.record({
  deals: fc.array(deal, { minLength: 1, maxLength: 5 }),
  /** lost: killed before the commit; repeated: one decision committed twice. */
  fate: fc.constantFrom('committed', 'lost', 'repeated'),
});

describe('decideIncidents over any history', () => {
  it('tells of every stalled visit exactly once, and agrees with a naive count', () => {
    fc.assert(
      fc.property(fc.array(tick, { maxLength: 15 }), (ticks) => {
        const ledger = new Ledger();
        const stalledOnce = new Set<string>();
        const open = new Map<string, string>();
        const ended = new Set<string>();
        for (const { deals, fate } of ticks) {
          const signals = deals.flatMap(({ visit, severity, present }, index) =>
            present === 'gone'
              ? []
              : [
                  signalOf(index, {
                    owner: index % 2,
                    stageVisit: visit,
                    severity,
                    state: present === 'active' ? 'active' : 'cleared',
                  }),
                ],
          );
          const decision = ledger.look(signals);
          const active = signals.filter((signal) => signal.state === 'active');
          expect(decision.open.length + decision.update.length + decision.suppressed).toBe(active.length);
          if (fate === 'lost') continue;
          ledger.commit(decision);
          if (fate === 'repeated') ledger.commit(decision);

          const now = new Map(active.map((signal) => [visitOf(rule, signal), signal.severity]));
          for (const visit of open.keys()) {
            if (!now.has(visit)) {
              open.delete(visit);
              ended.add(visit);
            }
          }
          for (const [visit, severity] of now) {
            stalledOnce.add(visit);
            if (!ended.has(visit)) open.set(visit, severity);
          }
        }
        const told = [...ledger.outbox.values()].flatMap((each) =>
          each.incidents.map((one) => one.fingerprint),
        );
        expect(told.sort()).toEqual([...stalledOnce].sort());
        const firing = [...ledger.incidents.values()].filter((each) => each.state === 'firing');
        expect(new Map(firing.map((each) => [each.fingerprint, each.severity]))).toEqual(open);
        expect(new Set([...ledger.outbox.values()].map((each) => each.id)).size).toBe(ledger.outbox.size);
      }),
      { numRuns: 500 },
    );
  });
});
