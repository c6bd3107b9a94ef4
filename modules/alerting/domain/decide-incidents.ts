import { Decimal } from 'decimal.js';
import { digestOf, fingerprintOf, uuidOf } from './identity.js';
import type { Incident, Resolution } from './incident.js';
import { reaches, type Rule } from './rule.js';
import type { Signal, StallEvidence } from './signal.js';

/** One message to queue. A digest has no incident of its own: `incidents` lists what it tells, most urgent first. */
export interface MessageDraft {
  id: string;
  incidentId: string | null;
  transition: 'opened' | 'digest';
  /** Slack user id of the owner, or `owner:<user id>` where none is known: see `channelOf`. */
  channel: string;
  dedupKey: string;
  incidents: Incident[];
}

export interface Decision {
  open: Incident[];
  update: Incident[];
  resolve: { id: string; resolution: Resolution }[];
  outbox: MessageDraft[];
  /** Active signals that neither opened nor changed an incident, so nobody hears of them again. */
  suppressed: number;
}

export interface DecisionInput {
  rule: Rule;
  /** All open incidents of the rule, and the resolved ones of the visits that the signals name. */
  incidents: readonly Incident[];
  /** Active and cleared signals of the rule's kind, one per subject. */
  signals: readonly Signal[];
  /** True when the rule has never run: what is stalled now was so before anybody listened. */
  firstRun: boolean;
}

/**
 * What one look at the signals changes. Pure: the same input gives the same ids, so a repeat inserts nothing.
 *
 * - An active signal of a stage visit never seen opens an incident and queues one message to the owner; on the first
 *   run the messages of an owner become one digest.
 * - A visit that is known, open or resolved, never opens again and never sends again.
 * - A changed severity (warn to critical, or back) updates severity and evidence of the open incident and sends no
 *   message for now.
 * - An open incident whose visit is no longer signalled resolves.
 */
export function decideIncidents({ rule, incidents, signals, firstRun }: DecisionInput): Decision {
  const known = new Map(incidents.map((each) => [each.fingerprint, each]));
  const signalOf = new Map(signals.map((each) => [each.subject, each]));
  const open: Incident[] = [];
  const update: Incident[] = [];
  let active = 0;
  for (const signal of signals) {
    if (!fires(signal, rule)) continue;
    active += 1;
    const seen = known.get(visitOf(rule, signal));
    if (!seen) open.push(openIncident(rule, signal));
    else if (seen.state !== 'resolved' && seen.severity !== signal.severity) {
      update.push({ ...seen, severity: signal.severity, evidence: signal.evidence });
    }
  }
  const resolve = incidents.flatMap((each) => {
    const resolution =
      each.state === 'resolved' ? null : resolutionOf(each, signalOf.get(each.subject), rule);
    return resolution === null ? [] : [{ id: each.id, resolution }];
  });
  open.sort(byUrgency);
  return {
    open,
    update,
    resolve,
    outbox: firstRun ? digests(rule, open) : open.map(ownMessage),
    suppressed: active - open.length - update.length,
  };
}

/** Fingerprint of the stage visit that a signal names. */
export const visitOf = (rule: Rule, signal: Signal): string =>
  fingerprintOf(rule.name, signal.subject, signal.evidence.stage, signal.evidence.stageVisit);

const fires = (signal: Signal, rule: Rule): boolean =>
  signal.state === 'active' && reaches(signal.severity, rule.severity);

function openIncident(rule: Rule, signal: Signal): Incident {
  const fingerprint = visitOf(rule, signal);
  return {
    id: uuidOf('incident', fingerprint),
    fingerprint,
    rule: rule.name,
    subject: signal.subject,
    severity: signal.severity,
    state: 'firing',
    evidence: signal.evidence,
  };
}

/** Why an open incident ends, or null while it goes on. */
function resolutionOf(open: Incident, signal: Signal | undefined, rule: Rule): Resolution | null {
  if (!signal) return 'cleared';
  const sameVisit = visitOf(rule, signal) === open.fingerprint;
  if (sameVisit && fires(signal, rule)) return null;
  if (!sameVisit) return 'moved';
  if (signal.state === 'active') return 'cleared';
  // A cleared signal keeps the visit that stalled and tells how the deal stands now. One whose threshold has moved above
  // it tells nothing: so an open deal is in another stage.
  switch (signal.evidence.outcome) {
    case 'won':
    case 'lost':
      return 'closed';
    case 'open':
      return 'moved';
    case undefined:
      return 'cleared';
  }
}

/**
 * Where the owner is reached. Only something that looks like a Slack user id counts: a channel name in that column
 * would put the deal in front of everybody.
 */
export function channelOf({ ownerSlackUserId, ownerUserId }: StallEvidence): string {
  return ownerSlackUserId !== null && /^[UW][A-Z0-9]{2,30}$/.test(ownerSlackUserId)
    ? ownerSlackUserId
    : `${UNADDRESSED}${ownerUserId ?? 'unknown'}`;
}

/** Begins the channel of a message that has no Slack address. */
export const UNADDRESSED = 'owner:';

function ownMessage(incident: Incident): MessageDraft {
  const channel = channelOf(incident.evidence);
  const dedupKey = `${incident.rule}:${incident.id}:opened:${channel}`;
  return {
    id: uuidOf('message', dedupKey),
    incidentId: incident.id,
    transition: 'opened',
    channel,
    dedupKey,
    incidents: [incident],
  };
}

function digests(rule: Rule, open: readonly Incident[]): MessageDraft[] {
  const byOwner = new Map<string, Incident[]>();
  for (const incident of open) {
    const owner = incident.evidence.ownerUserId ?? '';
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), incident]);
  }
  return [...byOwner.values()].flatMap((incidents) => {
    const [first] = incidents;
    if (!first) return [];
    const channel = channelOf(first.evidence);
    // The listed incidents are part of the key: a digest of other incidents is another message, never a repeat.
    const listed = digestOf(incidents.map((each) => each.fingerprint).sort());
    const dedupKey = `${rule.name}:${listed}:digest:${channel}`;
    return [
      {
        id: uuidOf('message', dedupKey),
        incidentId: null,
        transition: 'digest',
        channel,
        dedupKey,
        incidents,
      },
    ];
  });
}

/**
 * Most urgent first: deal value times days past the threshold. Values are compared as they stand; an owner's deals
 * are in one currency as a rule, and the order is a courtesy.
 */
function byUrgency(a: Incident, b: Incident): number {
  return urgency(b).comparedTo(urgency(a)) || (a.subject < b.subject ? -1 : 1);
}

function urgency({ evidence }: Incident): Decimal {
  return new Decimal(evidence.dealValue).times(Math.max(1, evidence.daysInStage - evidence.thresholdDays));
}
