import { OPEN_STAGES, STAGE_MEDIAN_DAYS, type OpenStage, type Stage } from './catalog.js';
import { DAY, HOUR, MINUTE, type Micros } from './format.js';
import { at, type Random } from './random.js';

export interface StageEvent {
  readonly from: Stage | null;
  readonly to: Stage;
  readonly at: Micros;
}

export interface StagePath {
  readonly stages: readonly Stage[];
  /** Time spent in each stage but the last, in microseconds; 0 where two changes share one instant. */
  readonly stays: readonly Micros[];
}

/**
 * The stages of a deal on its way to the open stage number `last`, with the time spent in each.
 * Some deals skip a stage, some fall back from negotiation to proposal and return, and in a few two changes carry the
 * same instant, so that only their ids tell which came first.
 */
export function walkStages(random: Random, last: number): StagePath {
  const stages: OpenStage[] = [];
  for (let index = 0; index <= last; index++) {
    const skippable = index === 1 || index === 5;
    if (skippable && index < last && random.chance(0.09)) continue;
    stages.push(at(OPEN_STAGES, index));
    if (index === 4 && last > 4 && random.chance(0.1)) stages.push('proposal', 'negotiation');
  }
  const stays = stages.slice(0, -1).map((stage) => stayIn(random, stage));
  const tied = random.int(50 * stays.length + 1);
  if (stays.length > 1 && tied > 0 && tied < stays.length) stays[tied] = 0;
  return { stages, stays };
}

/** Log-normal around the stage's median, never under five minutes. */
export function stayIn(random: Random, stage: OpenStage): Micros {
  return Math.max(5 * MINUTE, Math.floor(STAGE_MEDIAN_DAYS[stage] * DAY * Math.exp(0.6 * random.normal())));
}

/** The same path ending in a closing stage after a last stay. */
export function closePath(path: StagePath, closing: Stage, lastStay: Micros): StagePath {
  return { stages: [...path.stages, closing], stays: [...path.stays, lastStay] };
}

/** The same path, its stays shortened in proportion if it takes longer than `room`. */
export function squeeze(path: StagePath, room: Micros): StagePath {
  const factor = Math.min(1, room / Math.max(1, pathLength(path)));
  return { stages: path.stages, stays: path.stays.map((stay) => Math.floor(stay * factor)) };
}

export function pathLength(path: StagePath): Micros {
  return path.stays.reduce((sum, stay) => sum + stay, 0);
}

/** Stage changes from the first one at `first`. */
export function eventsOf(path: StagePath, first: Micros): StageEvent[] {
  let instant = first;
  return path.stages.map((to, index) => {
    if (index > 0) instant += at(path.stays, index - 1);
    return { from: index === 0 ? null : at(path.stages, index - 1), to, at: instant };
  });
}

/**
 * How long before (negative) or after its creation a deal's first event is logged. Most are the same instant; one
 * deal in twenty was created up to 20 hours after its first event, so that its start is the event.
 */
export function firstEventDelay(random: Random): Micros {
  const draw = random.float();
  if (draw < 0.6) return 0;
  if (draw < 0.95) return Math.floor(random.between(1, 10 * 60) * 1_000_000);
  return -Math.floor(random.between(1, 20) * HOUR);
}
