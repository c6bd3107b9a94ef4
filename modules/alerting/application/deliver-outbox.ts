import type { OnProgress } from '../../../src/kernel/progress.js';
import { UNADDRESSED } from '../domain/decide-incidents.js';
import { retryDelaySeconds } from '../domain/retry.js';
import type { ClaimedMessage, OutboxStore, Setback, SlackGateway } from './ports.js';

/** Longer than a post may take, so that no second worker looks for a message still on its way. */
const LEASE_SECONDS = 60;
/** After a request without an answer: time for Slack to finish what it may have begun, before we look for it. */
const SETTLE_SECONDS = 15;
/** Messages under way at once; a channel that hangs holds one of these places. */
const PARALLEL = 8;
/** Most time one run waits for due times (one message a second per channel, Retry-After); the next run goes on. */
const MOST_WAITING_MS = 30_000;
const SHORTEST_PAUSE_MS = 50;

export interface DeliveryCounts {
  /** Messages that Slack has accepted, those found in a channel's history included. */
  sent: number;
  /** Messages kept in the outbox for want of a token. */
  stored: number;
  /** Messages given up: refused for good, or without a recipient. */
  failed: number;
  /** Messages that Slack may or may not hold, in a channel we cannot read: never sent again by themselves. */
  unknown: number;
  /** Messages left for a later run. */
  waiting: number;
  /** Slack's or a proxy's code for what stops every message (`invalid_auth`); absent when nothing does. */
  stoppedBy?: string;
}

/** How one attempt ended; `lost`: another worker has taken the message over. */
type Attempt = { status: 'sent'; ts: string } | Setback | 'lost';

/** Resolves after that many milliseconds, or earlier when the signal aborts. */
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>;

/**
 * Delivers what the outbox holds. Safe to run in several processes at once and to kill at any moment:
 * a message is claimed before it is posted and marked only after Slack has answered; one that was claimed and never
 * marked is looked up in its channel before it is posted again. Where the channel cannot be read it becomes
 * `unknown`, since a lost reminder harms less than a double one and a person can still send it. An answer that every
 * message would get (a token that is wrong, a proxy that refuses) stops the delivery and leaves all messages waiting.
 *
 * What remains: a process that stops between its lease and its post for longer than the lease may post a second
 * time, as Slack takes no idempotency key.
 */
export class DeliverOutbox {
  constructor(
    private readonly outbox: OutboxStore,
    /** Absent without a token. */
    private readonly slack: SlackGateway | undefined,
    private readonly wait: Wait,
  ) {}

  async execute(signal: AbortSignal, onProgress: OnProgress = () => undefined): Promise<DeliveryCounts> {
    const counts: DeliveryCounts = { sent: 0, stored: 0, failed: 0, unknown: 0, waiting: 0 };
    const { slack } = this;
    if (!slack) return { ...counts, stored: await this.outbox.storePending() };
    const underWay = new Set<Promise<void>>();
    // Given back only at the end: this very loop, with a claim on its way, would take them again.
    const stopped: { claim: ClaimedMessage; setback: Setback }[] = [];
    let done = 0;
    const deliver = async (claim: ClaimedMessage) => {
      const end = await this.attempt(slack, claim);
      if (end === 'lost') return;
      const { status } = end;
      if ((status === 'pending' || status === 'sending') && end.errorClass === 'configuration') {
        counts.stoppedBy = end.errorCode;
        stopped.push({ claim, setback: end });
        return;
      }
      if (status === 'sent') await this.outbox.markSent(claim, end.ts);
      else await this.outbox.setBack(claim, end);
      if (status === 'sent' || status === 'failed' || status === 'unknown') {
        counts[status] += 1;
        onProgress({ phase: 'messages', done: (done += 1) });
      }
    };
    let waited = 0;
    // Kept rather than thrown where it happens: nobody may be waiting for that delivery at that moment.
    let failure: unknown;
    try {
      while (failure === undefined && counts.stoppedBy === undefined) {
        const mayClaim = !signal.aborted && underWay.size < PARALLEL;
        const claim = mayClaim ? await this.outbox.claim(LEASE_SECONDS) : undefined;
        if (claim) {
          const delivery: Promise<void> = deliver(claim)
            .catch((error: unknown) => (failure ??= error))
            .then(() => void underWay.delete(delivery));
          underWay.add(delivery);
        } else if (underWay.size > 0) {
          await Promise.race(underWay);
        } else {
          const { count, nextInMs } = await this.outbox.waiting();
          counts.waiting = count;
          // Never zero: what is due and cannot be claimed is in another process's hands for a moment.
          const pause = Math.max(SHORTEST_PAUSE_MS, nextInMs ?? 0);
          if (signal.aborted || nextInMs === null || waited + pause > MOST_WAITING_MS) break;
          await this.wait(pause, signal);
          waited += pause;
        }
      }
    } finally {
      // An error must not leave a post running behind the caller's back.
      await Promise.all(underWay);
    }
    for (const { claim, setback } of stopped) await this.outbox.setBack(claim, setback);
    if (failure !== undefined) throw failure;
    if (counts.stoppedBy !== undefined) counts.waiting = (await this.outbox.waiting()).count;
    return counts;
  }

  private async attempt(slack: SlackGateway, claim: ClaimedMessage): Promise<Attempt> {
    const transient = (
      status: 'pending' | 'sending',
      errorCode: string,
      retryInSeconds: number,
    ): Setback => ({
      status,
      errorClass: 'transient',
      errorCode,
      retryInSeconds,
    });
    const backOff = (retryAfter?: number) => retryDelaySeconds(claim.dedupKey, claim.attempts, retryAfter);

    if (claim.channel.startsWith(UNADDRESSED)) {
      return { status: 'failed', errorClass: 'configuration', errorCode: 'owner_without_slack' };
    }
    if (claim.uncertain) {
      const earlier = await slack.find(claim);
      switch (earlier.kind) {
        case 'found':
          return { status: 'sent', ts: earlier.ts };
        case 'unreadable':
          return { status: 'unknown', errorClass: 'configuration', errorCode: earlier.code };
        case 'misconfigured':
          // Still `sending`: the next run has to look before it posts.
          return { status: 'sending', errorClass: 'configuration', errorCode: earlier.code };
        case 'retry_later':
          return transient('sending', earlier.code, backOff(earlier.retryAfterSeconds));
        case 'absent':
          // The look took its time; only who still holds the message may post it.
          if (!(await this.outbox.extend(claim, LEASE_SECONDS))) return 'lost';
      }
    }
    const posted = await slack.post(claim);
    switch (posted.kind) {
      case 'sent':
        return { status: 'sent', ts: posted.ts };
      case 'rate_limited':
        return transient('pending', 'rate_limited', backOff(posted.retryAfterSeconds));
      case 'not_sent':
        return transient('pending', posted.code, backOff());
      case 'uncertain':
        return transient('sending', posted.code, Math.max(SETTLE_SECONDS, backOff()));
      case 'misconfigured':
        return { status: 'pending', errorClass: 'configuration', errorCode: posted.code };
      case 'refused':
        return { status: 'failed', errorClass: 'rejected', errorCode: posted.code };
    }
  }
}
