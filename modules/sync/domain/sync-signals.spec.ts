import { describe, expect, it } from '@jest/globals';
import type { Hold } from './hold.js';
import { signalsOf } from './sync-signals.js';

const ended = (status: string) => ({
  name: 'prices',
  target: 'postgres',
  status,
  reason: 'why',
  failed: 4,
  held: 9,
});
const hold: Hold = {
  sync: 'prices',
  runId: 'r1',
  mappingHash: 'm',
  creates: 1,
  updates: 2,
  deletes: 6,
  reason: 'deletes',
  heldAt: '2026-05-01T00:00:00Z',
  state: 'held',
  decidedBy: null,
  decidedAt: null,
};
const about = { runId: 'r1', target: 'postgres', reason: 'why' };

describe('signalsOf', () => {
  it('clears everything when a run ends well', () => {
    expect(signalsOf('r1', ended('succeeded'), null)).toEqual({
      raise: [],
      clear: ['held_sync', 'failed_sync'],
    });
  });

  it('warns of a partial run and clears the hold that let it go', () => {
    expect(signalsOf('r1', ended('partial'), null)).toEqual({
      raise: [
        {
          kind: 'failed_sync',
          subject: 'prices',
          severity: 'warn',
          evidence: { ...about, status: 'partial', failed: 4 },
        },
      ],
      clear: ['held_sync'],
    });
  });

  it('is critical about a failed run, and says nothing about a hold', () => {
    const error = { class: 'configuration', code: 'missing_table', message: 'secret' } as const;
    expect(signalsOf('r1', { ...ended('failed'), error }, hold)).toEqual({
      raise: [
        {
          kind: 'failed_sync',
          subject: 'prices',
          severity: 'critical',
          evidence: {
            ...about,
            status: 'failed',
            failed: 4,
            class: 'configuration',
            code: 'missing_table',
          },
        },
      ],
      clear: [],
    });
  });

  it('says what a held run would have done', () => {
    expect(signalsOf('r1', ended('held'), hold).raise).toEqual([
      {
        kind: 'held_sync',
        subject: 'prices',
        severity: 'warn',
        evidence: { ...about, status: 'held', held: 9, creates: 1, updates: 2, deletes: 6 },
      },
    ]);
    expect(signalsOf('r1', ended('held'), null).raise[0]?.evidence).toEqual({
      ...about,
      status: 'held',
      held: 9,
    });
  });

  it('is silent about a hold that a person rejected, and about runs that did not happen', () => {
    expect(signalsOf('r1', ended('held'), { ...hold, state: 'rejected' })).toEqual({
      raise: [],
      clear: ['held_sync'],
    });
    for (const status of ['cancelled', 'skipped'])
      expect(signalsOf('r1', ended(status), hold)).toEqual({ raise: [], clear: [] });
  });
});
