import { AppError, toAppError } from '../../../src/kernel/errors.js';
import type { OnProgress } from '../../../src/kernel/progress.js';
import type { SyncDefinition } from '../domain/definition.js';
import type { Delivered } from '../domain/outcome.js';
import type { Backoff, Fence, RateLimiter, RowRange, StagedChanges, SyncTarget, Written } from './ports.js';

/** Tries of one write whose failure may pass, and the waits between them in milliseconds. */
const WAITS_MS = [200, 1_000, 3_000];
/** Rows that are looked for one by one among their healthy neighbours; with more, the target is broken and not the rows. */
const MOST_ISOLATED = 1_000;

export interface SendParts {
  definition: SyncDefinition;
  target: SyncTarget;
  staged: StagedChanges;
  fence: Fence;
  limiter: RateLimiter;
  backoff: Backoff;
  signal: AbortSignal;
  onProgress: OnProgress;
}

/**
 * Sends the staged ranges and confirms each as soon as its target committed it. A range with a bad row is halved until
 * the row stands alone and is set aside. Never throws: what stops it is in `stopped`, and what was not reached is still
 * a difference in the next run.
 */
export async function sendChanges(parts: SendParts): Promise<Delivered> {
  const sender = new Sender(parts);
  try {
    for (const range of parts.staged.ranges) await sender.send(range);
  } catch (error) {
    sender.delivered.stopped = toAppError(error, 'sync');
  }
  return sender.delivered;
}

class Sender {
  readonly delivered: Delivered = {
    inserted: 0,
    updated: 0,
    deleted: 0,
    unchanged: 0,
    waiting: {},
    refused: {},
  };
  private isolated = 0;
  private done = 0;

  constructor(private readonly parts: SendParts) {}

  async send(range: RowRange): Promise<void> {
    const size = this.parts.definition.batchSize ?? this.parts.target.batchSize ?? range.to - range.from;
    for (let from = range.from; from < range.to; from += size)
      await this.deliver({ ...range, from, to: Math.min(range.to, from + size) });
  }

  private async deliver(range: RowRange): Promise<void> {
    const { staged, signal } = this.parts;
    signal.throwIfAborted();
    staged.begin(range);
    let written: Written;
    try {
      written = await this.write(range);
    } catch (error) {
      const failure = toAppError(error, 'sync');
      if (failure.class !== 'rejected') throw failure;
      // The target took nothing of it.
      staged.settle(range);
      await this.isolate(range, failure);
      return;
    }
    await this.keep(range, written);
  }

  private async isolate(range: RowRange, failure: AppError): Promise<void> {
    if (range.to - range.from > 1) {
      const middle = range.from + Math.floor((range.to - range.from) / 2);
      await this.deliver({ ...range, to: middle });
      await this.deliver({ ...range, from: middle });
      return;
    }
    this.isolated += 1;
    if (this.isolated > MOST_ISOLATED) throw tooMany(this.parts.definition, failure);
    await this.keep(range, {
      inserted: 0,
      updated: 0,
      deleted: 0,
      unchanged: 0,
      waiting: [],
      refused: [{ seq: range.from, error: failure }],
    });
  }

  private async keep(range: RowRange, written: Written): Promise<void> {
    const { staged, onProgress, definition } = this.parts;
    if (written.waiting.length + written.refused.length > 0) await staged.setAside(written);
    if (written.waiting.length + written.refused.length < range.to - range.from) await staged.confirm(range);
    staged.settle(range);
    const { delivered } = this;
    delivered.inserted += written.inserted;
    delivered.updated += written.updated;
    delivered.deleted += written.deleted;
    delivered.unchanged += written.unchanged;
    for (const { reason } of written.waiting) count(delivered.waiting, reason);
    for (const { error } of written.refused) count(delivered.refused, error.code);
    this.done += range.to - range.from;
    const total = staged.ranges.reduce((rows, { from, to }) => rows + to - from, 0);
    onProgress({ phase: `sync ${definition.name}`, done: this.done, total });
  }

  /** One write, repeated while its failure may pass. */
  private async write(range: RowRange): Promise<Written> {
    const { definition, target, staged, fence, signal, limiter, backoff } = this.parts;
    for (let attempt = 0; ; attempt++) {
      if (definition.rateLimit !== undefined) {
        const { account, perSecond } = definition.rateLimit;
        await limiter.take(account, perSecond, 1, signal);
      }
      await fence.check();
      try {
        return await target.write(definition, staged, range, fence, signal);
      } catch (error) {
        signal.throwIfAborted();
        const wait = WAITS_MS[attempt];
        const failure = toAppError(error, 'sync');
        if (failure.class !== 'transient' || failure.code === 'lease_lost' || wait === undefined)
          throw failure;
        await backoff(wait, signal);
      }
    }
  }
}

function count(counts: Record<string, number>, code: string): void {
  counts[code] = (counts[code] ?? 0) + 1;
}

function tooMany({ name }: SyncDefinition, cause: AppError): AppError {
  return new AppError({
    class: 'rejected',
    source: 'sync',
    code: 'too_many_rejects',
    message: `Sync ${name} stopped after ${MOST_ISOLATED} rows were refused one by one, the last with: ${cause.message}`,
    cause,
  });
}
