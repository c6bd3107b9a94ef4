import type { z } from 'zod';
import type { Incident, Resolution } from '../domain/incident.js';
import type { signalRow } from '../domain/signal.js';
import type { SlackMessage } from '../domain/slack-message.js';

/** A rendered message on its way into insights_ops.alert_outbox. */
export interface QueuedMessage {
  id: string;
  incidentId: string | null;
  transition: 'opened' | 'digest';
  channel: string;
  dedupKey: string;
  message: SlackMessage;
  /** Incidents that the message tells of. */
  incidentIds: string[];
}

/** What one decision may read and write, all inside one transaction. Instants are ISO 8601 UTC. */
export interface DecisionTransaction {
  /** True once `rememberRun` was called for the rule. */
  hasRun(rule: string): Promise<boolean>;
  rememberRun(rule: string, at: string): Promise<void>;
  /** Active signals of the kind, and cleared ones of subjects that have an open incident of the rule. */
  signals(rule: string, kind: string): Promise<z.infer<typeof signalRow>[]>;
  /** Open incidents of the rule, and those of the fingerprints in any state. */
  incidents(rule: string, fingerprints: readonly string[]): Promise<Incident[]>;
  open(incidents: readonly Incident[], at: string): Promise<void>;
  update(incidents: readonly Incident[], at: string): Promise<void>;
  resolve(resolutions: readonly { id: string; resolution: Resolution }[], at: string): Promise<void>;
  queue(messages: readonly QueuedMessage[], at: string): Promise<void>;
}

export interface IncidentStore {
  /** Runs `work` alone: a second decision waits until this one is committed and then sees what it wrote. */
  decide<T>(work: (transaction: DecisionTransaction) => Promise<T>): Promise<T>;
}

/** A message that this process, and no other, may deliver until its lease ends. */
export interface ClaimedMessage {
  id: string;
  channel: string;
  dedupKey: string;
  /** A SlackMessage, of whatever version queued it; Slack judges it. */
  message: { text?: unknown; blocks?: unknown };
  /** Counts claims; the token that tells an overtaken worker from the one in charge. */
  attempts: number;
  /** True when an earlier claim ended without an answer: Slack may hold the message already. */
  uncertain: boolean;
  /** ISO instant of the first claim: the message cannot be older. */
  firstAttemptAt: string;
}

/** How a delivery that did not end in `sent` goes on. */
export type Setback =
  /** Slack holds no such message; try again later. */
  | { status: 'pending'; retryInSeconds: number; errorClass: 'transient'; errorCode: string }
  /** Nobody knows; look into the channel's history later. */
  | { status: 'sending'; retryInSeconds: number; errorClass: 'transient'; errorCode: string }
  /** The token, the app or a proxy stops every message; the next run tries again, as sure of the message as now. */
  | { status: 'pending' | 'sending'; errorClass: 'configuration'; errorCode: string }
  /** Nobody can know, or Slack refused for good: a person decides. */
  | { status: 'unknown' | 'failed'; errorClass: 'configuration' | 'rejected'; errorCode: string };

export interface OutboxStore {
  /** Without a way to send: keeps every message that was never tried. Returns how many. */
  storePending(): Promise<number>;
  /** The next due message of a free channel, leased; undefined when there is none. */
  claim(leaseSeconds: number): Promise<ClaimedMessage | undefined>;
  /** Renews the lease; false when another worker has taken the message over. */
  extend(claim: ClaimedMessage, leaseSeconds: number): Promise<boolean>;
  markSent(claim: ClaimedMessage, slackTs: string): Promise<void>;
  /** Does nothing when another worker has taken the message over. */
  setBack(claim: ClaimedMessage, setback: Setback): Promise<void>;
  /** How many messages wait, and milliseconds until the first of them may be claimed (null when none waits). */
  waiting(): Promise<{ count: number; nextInMs: number | null }>;
}

export type PostResult =
  | { kind: 'sent'; ts: string }
  | { kind: 'rate_limited'; retryAfterSeconds: number }
  /** The request never reached Slack. */
  | { kind: 'not_sent'; code: string }
  /** Slack may have taken it. */
  | { kind: 'uncertain'; code: string }
  /** Nothing can be sent at all until a person puts token, app or proxy right. */
  | { kind: 'misconfigured'; code: string }
  | { kind: 'refused'; code: string };

export type FindResult =
  | { kind: 'found'; ts: string }
  | { kind: 'absent' }
  | { kind: 'retry_later'; code: string; retryAfterSeconds?: number }
  | { kind: 'misconfigured'; code: string }
  | { kind: 'unreadable'; code: string };

export interface SlackGateway {
  post(claim: ClaimedMessage): Promise<PostResult>;
  /** Looks for the message in its channel, by the key in its metadata. */
  find(claim: ClaimedMessage): Promise<FindResult>;
}
