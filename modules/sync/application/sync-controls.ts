import { AppError } from '../../../src/kernel/errors.js';
import { type Hold, type HoldVerdict, mayGo } from '../domain/hold.js';
import { signalsOf } from '../domain/sync-signals.js';
import type { ControlStore, HoldStore, Pause, SignalStore } from './control-ports.js';

export interface SyncControlsParts {
  controls: ControlStore;
  holds: HoldStore;
  signals: SignalStore;
}
/** Who decides and when (ISO 8601 UTC). */
export interface Decision {
  by: string;
  now: string;
  /** The held run that the person saw; refused when another is held by now. */
  runId?: string | undefined;
}
type HeldRun = Parameters<HoldStore['put']>[0];

/** What people decide about syncs, and what runs ask about it. Every call may be repeated. */
export class SyncControls {
  constructor(private readonly parts: SyncControlsParts) {}

  /** Null while the sync may run. */
  async paused(sync: string): Promise<Pause | null> {
    return (await this.parts.controls.pauses()).get(sync) ?? null;
  }

  /** Every paused sync by name. */
  async pauses(): Promise<ReadonlyMap<string, Pause>> {
    return await this.parts.controls.pauses();
  }

  /** From now on no trigger starts the sync and nobody runs it by hand; a run under way goes on. */
  async pause(sync: string, { by, now }: Decision): Promise<Pause> {
    await this.parts.controls.pause(sync, { by, at: now });
    return (await this.paused(sync)) ?? { by, at: now };
  }

  async resume(sync: string): Promise<void> {
    await this.parts.controls.resume(sync);
  }

  /** Ends queued runs and asks running ones to stop between two writes. Empty when there is none. */
  async cancel(
    sync: string,
    { by, now }: Decision,
  ): Promise<{ runId: string; status: 'queued' | 'running' }[]> {
    return await this.parts.controls.cancel(sync, by, now);
  }

  async held(sync: string): Promise<Hold | null> {
    return await this.parts.holds.find(sync);
  }

  /** Lets the next run do as much as was held, and no more. Throws rejected `sync_not_held`, `hold_changed`. */
  async release(sync: string, decision: Decision): Promise<Hold> {
    return await this.decide(sync, 'released', decision);
  }

  /** Leaves the target as it is, without another signal until more rows would change. Throws as `release`. */
  async reject(sync: string, decision: Decision): Promise<Hold> {
    return await this.decide(sync, 'rejected', decision);
  }

  /** Whether a run beyond its guard may write; when it may not, the hold is kept for a person. */
  async judge(run: HeldRun): Promise<HoldVerdict> {
    const verdict = mayGo(await this.parts.holds.find(run.sync), run);
    if (verdict === 'held') await this.parts.holds.put(run);
    return verdict;
  }

  /** The guard had nothing against a run: what was held or decided before is over. */
  async passed(sync: string): Promise<void> {
    await this.parts.holds.clear(sync);
  }

  /** Tells alert rules how a run ended. */
  async ended(runId: string, outcome: Parameters<typeof signalsOf>[1], now: string): Promise<void> {
    const { raise, clear } = signalsOf(runId, outcome, await this.parts.holds.find(outcome.name));
    for (const kind of clear) await this.parts.signals.clear(kind, outcome.name, now);
    for (const signal of raise) await this.parts.signals.raise(signal, now);
  }

  private async decide(sync: string, state: 'released' | 'rejected', decision: Decision): Promise<Hold> {
    const { by, now, runId } = decision;
    const hold = await this.parts.holds.decide(sync, { state, by, now, runId });
    if (hold !== null) {
      await this.parts.signals.clear('held_sync', sync, now);
      return hold;
    }
    const other = await this.parts.holds.find(sync);
    throw new AppError({
      class: 'rejected',
      source: 'sync',
      code: other === null ? 'sync_not_held' : 'hold_changed',
      message:
        other === null
          ? `Nothing of sync ${sync} is held.`
          : `Sync ${sync} is held by run ${other.runId} by now: look again, then decide.`,
    });
  }
}
