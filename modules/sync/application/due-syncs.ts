import { dueSlot } from '../domain/schedule.js';
import type { SyncDefinition } from '../domain/definition.js';
import type { QueuedRun, RequestStore, ScheduleStore } from './control-ports.js';
import type { SyncControls } from './sync-controls.js';

export interface DueSyncsParts {
  definitions: readonly SyncDefinition[];
  requests: RequestStore;
  schedules: ScheduleStore;
  controls: Pick<SyncControls, 'pauses'>;
  newId: () => string;
}

/** Which syncs a schedule asks for now. Every replica may look at any time: a slot of a schedule is taken once. */
export class DueSyncs {
  constructor(private readonly parts: DueSyncsParts) {}

  /**
   * Stores a queued run for each sync that is due, and returns these with the runs whose job may have been lost. A paused
   * sync is not asked for, then or later. `now` in epoch milliseconds.
   */
  async collect(now: number): Promise<QueuedRun[]> {
    const { definitions, requests, schedules, controls } = this.parts;
    const pauses = await controls.pauses();
    const due: QueuedRun[] = [];
    for (const { name, target, trigger } of definitions) {
      if (trigger.kind !== 'cron') continue;
      const schedule = `${trigger.cron} ${trigger.zone}`;
      const slot = dueSlot(trigger, await schedules.since(name, schedule, now), now);
      if (slot !== null && !pauses.has(name)) {
        const run = { runId: this.parts.newId(), sync: name };
        const requestedBy = `schedule: ${slot.slot}`;
        const request = {
          ...run,
          target: target.kind,
          trigger: 'schedule',
          requestedBy,
          selection: {},
        } as const;
        if (await requests.queueSlot(request, slot.slot)) due.push(run);
      }
      // Only now: whoever dies before leaves the slot to the next look.
      await schedules.looked(name, schedule, now);
    }
    await requests.abandon();
    return [...due, ...(await requests.forgotten())];
  }
}
