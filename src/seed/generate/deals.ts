import {
  CURRENCIES,
  FX_START,
  LOST_AFTER_WEIGHTS,
  OPEN_STAGES,
  OPEN_STAGE_WEIGHTS,
  PARTNERSHIP_TYPES,
  STAGE_MEDIAN_DAYS,
  type Stage,
} from './catalog.js';
import {
  closePath,
  eventsOf,
  firstEventDelay,
  pathLength,
  squeeze,
  stayIn,
  walkStages,
  type StageEvent,
} from './deal-history.js';
import { DAY, SECOND, type Micros } from './format.js';
import type { Entity, Tenant } from './organisations.js';
import { Outcomes } from './outcomes.js';
import { PairPicker } from './pairs.js';
import { at, Random } from './random.js';
import { HISTORY_DAYS, type SeedSpec } from './spec.js';

/** Which affinity snapshots exist around the start of a deal. */
export type ScoreCase = 'usable' | 'none' | 'too_old' | 'ingested_late' | 'only_later';

export interface Deal {
  readonly id: string;
  readonly entity1: number;
  readonly entity2: number;
  readonly owner: number;
  readonly type: string;
  readonly stage: Stage;
  readonly valueCents: number;
  readonly currency: string;
  /** Hundredths of a point. */
  readonly successScore: number | null;
  readonly events: readonly StageEvent[];
  readonly signedAt: Micros | null;
  readonly activatedAt: Micros | null;
  readonly closedAt: Micros | null;
  readonly createdAt: Micros;
  readonly updatedAt: Micros;
  readonly deletedAt: Micros | null;
  /** The earlier of creation and first event. */
  readonly startAt: Micros;
  readonly scoreCase: ScoreCase;
  /** Semantic, goal alignment, cultural momentum, historical, authenticity in ten-thousandths, at the start. */
  readonly components: readonly number[];
  readonly confidence: number;
  /** The latent quality: above zero a closed deal succeeds. */
  readonly quality: number;
  readonly planted: boolean;
  readonly stall: 'warn' | 'critical' | null;
  readonly stageDisagrees: boolean;
}

/** One regular closed deal in so many is between two entities that already had one. */
const REPEAT_EVERY = 50;
/** Lost deals whose last event is missing: the row says declined or expired, the events do not. */
const STAGE_DISAGREEMENTS = 3;
const FIRST_START_DAYS = HISTORY_DAYS - 30;
/** Deals at most this old are too young to count as matured (180 days) whatever the hour of the run. */
const MATURED_DAYS = 185;
const YOUNG_DAYS = 175;

interface Plan {
  readonly performer: number | null;
  readonly succeeds: boolean | null;
  readonly open: boolean;
  readonly stall: 'warn' | 'critical' | null;
  readonly repeat: boolean;
}

/** All regular partnerships: planted performers' deals first, then the open ones, then the other closed ones. */
export function generateDeals(
  spec: SeedSpec,
  tenants: readonly Tenant[],
  entities: readonly Entity[],
): Deal[] {
  const random = new Random(spec.seed, 'partnerships');
  const pairs = new PairPicker(random, entities);
  const deals: Deal[] = [];
  const outcomes = new Outcomes(random);
  let disagreements = 0;

  for (const plan of plans(spec)) {
    const timing = plan.open ? openTiming(spec, random, plan.stall) : closedTiming(spec, random);
    const earlier = plan.repeat ? findEarlier(random, deals, timing.start) : undefined;
    const [entity1, entity2] = earlier
      ? [earlier.entity2, earlier.entity1]
      : pairs.pick(timing.start - 16 * DAY, plan.performer);
    const knownSince = Math.max(at(entities, entity1).createdAt, at(entities, entity2).createdAt);
    const scoreCase =
      plan.performer !== null || earlier ? 'usable' : drawScoreCase(random, timing.start - knownSince);

    const { success, quality, ...score } = outcomes.draw(
      plan.succeeds,
      scoreCase === 'usable' && timing.matured,
    );
    const won = !plan.open && (success || random.chance(quality > -1 ? 0.5 : 0.12));
    const closing: Stage | null = plan.open
      ? null
      : won
        ? 'completed'
        : random.chance(0.7)
          ? 'declined'
          : 'expired';
    const history = buildHistory(spec, random, timing, closing);
    const stageDisagrees =
      closing !== null && !won && plan.performer === null && !earlier && disagreements < STAGE_DISAGREEMENTS;
    if (stageDisagrees) disagreements += 1;

    const lastEvent = at(history.events, history.events.length - 1);
    const lastChange = Math.max(lastEvent.at, history.createdAt);
    const deleted = plan.performer === null && plan.stall === null && !stageDisagrees && random.chance(0.01);
    const later = lastChange + Math.floor(random.between(0.05, 0.95) * (spec.base - lastChange));
    const edited = random.chance(0.05);
    const currency = random.weighted(CURRENCIES);
    deals.push({
      id: random.uuid(),
      entity1,
      entity2,
      owner: random.pick(at(tenants, at(entities, entity1).tenant).users),
      type: random.weighted(PARTNERSHIP_TYPES),
      stage: closing ?? lastEvent.to,
      valueCents: dealValue(random, currency),
      currency,
      successScore: closing === null ? null : outcomes.successScore(quality, won, plan.performer !== null),
      events: stageDisagrees ? history.events.slice(0, -1) : history.events,
      signedAt: history.signedAt,
      activatedAt: history.activatedAt,
      closedAt: closing === null ? null : lastEvent.at,
      createdAt: history.createdAt,
      updatedAt: deleted || edited ? later : Math.min(spec.base, lastChange + random.int(5 * SECOND)),
      deletedAt: deleted ? later : null,
      startAt: Math.min(history.createdAt, at(history.events, 0).at),
      scoreCase,
      ...score,
      quality,
      planted: plan.performer !== null,
      stall: plan.stall,
      stageDisagrees,
    });
  }
  return deals;
}

function* plans(spec: SeedSpec): Generator<Plan> {
  const { topPerformers, poorPerformers, partnerships, openPartnerships, stalled } = spec.sizes;
  let made = 0;
  for (let performer = 0; performer < topPerformers + poorPerformers; performer++) {
    const top = performer < topPerformers;
    const outcomes = top ? 14 + (performer % 4) : 13;
    // Every second top performer lost its first deal, so that "nearly all" is not "all"; the poor ones won one.
    for (let k = 0; k < outcomes; k++, made++) {
      const exception = k === 0 && (top ? performer % 2 === 1 : true);
      yield { performer, succeeds: top !== exception, open: false, stall: null, repeat: false };
    }
  }
  const others = { performer: null, succeeds: null };
  for (let k = 0; k < openPartnerships; k++, made++) {
    const stall = k >= stalled ? null : k % 3 === 0 ? 'critical' : 'warn';
    yield { ...others, open: true, stall, repeat: false };
  }
  for (; made < partnerships; made++) {
    yield { ...others, open: false, stall: null, repeat: made % REPEAT_EVERY === 0 };
  }
}

interface Timing {
  /** First stage change. */
  readonly start: Micros;
  readonly matured: boolean;
  /** Only for open deals: the way to the current stage. */
  readonly path?: ReturnType<typeof walkStages>;
}

/** Closed deals: 88 of 100 began long enough ago to be matured, the rest are recent. */
function closedTiming(spec: SeedSpec, random: Random): Timing {
  const matured = random.chance(0.88);
  const days = matured ? random.between(MATURED_DAYS, FIRST_START_DAYS) : random.between(25, YOUNG_DAYS);
  return { start: spec.base - Math.floor(days * DAY), matured };
}

/**
 * Open deals are in their stage for less than most past visits took, with three days to spare for the hour of the run,
 * weekends and small samples: at most 31 days, 25 business days in any zone. The planted ones sit there for 48.5 to 50.5
 * days (34 to 37 business days: warn) in the one stage where this is late and not yet very late, or for 92 to 150 days
 * (65 or more: critical) in any stage. So the same deals are late by a fixed 30 business days and by the history of
 * their stage.
 */
function openTiming(spec: SeedSpec, random: Random, stall: 'warn' | 'critical' | null): Timing {
  const share = random.float();
  const drawn = random.weighted(OPEN_STAGE_WEIGHTS);
  const last = stall === 'warn' ? SLOWEST_STAGE : drawn;
  const usual = 1.2 * STAGE_MEDIAN_DAYS[at(OPEN_STAGES, last)] - 3;
  const days =
    stall === null
      ? 0.1 + (usual - 0.1) * share ** 1.4
      : stall === 'warn'
        ? 48.5 + 2 * share
        : 92 + 58 * share;
  const path = squeeze(walkStages(random, last), 500 * DAY);
  return { start: spec.base - Math.floor(days * DAY) - pathLength(path), matured: false, path };
}

const SLOWEST_STAGE = OPEN_STAGES.indexOf('active');

interface History {
  readonly events: StageEvent[];
  readonly createdAt: Micros;
  readonly signedAt: Micros | null;
  readonly activatedAt: Micros | null;
}

function buildHistory(spec: SeedSpec, random: Random, timing: Timing, closing: Stage | null): History {
  const delay = firstEventDelay(random);
  if (timing.path) {
    const events = eventsOf(timing.path, timing.start);
    return { events, createdAt: timing.start - Math.max(0, delay), ...milestonesOf(events) };
  }
  const won = closing === 'completed';
  const last = won ? OPEN_STAGES.length - 1 : random.weighted(LOST_AFTER_WEIGHTS);
  const open = walkStages(random, last);
  const lastStay = Math.floor(stayIn(random, at(OPEN_STAGES, last)) * (won ? 1 : 2.2));
  const room = spec.base - timing.start - DAY - Math.max(0, delay);
  const path = squeeze(closePath(open, closing ?? 'expired', lastStay), room);
  const all = eventsOf(path, timing.start);
  const milestones = milestonesOf(all);
  // One won deal in fifty was signed outside the product: no event says so, only the columns do.
  const unlogged = won && random.chance(0.02);
  const events = unlogged ? relink(all.filter(({ to }) => to !== 'signed' && to !== 'onboarding')) : all;
  return { events, createdAt: timing.start - delay, ...milestones };
}

function milestonesOf(events: readonly StageEvent[]): {
  signedAt: Micros | null;
  activatedAt: Micros | null;
} {
  return {
    signedAt: events.find(({ to }) => to === 'signed')?.at ?? null,
    activatedAt: events.find(({ to }) => to === 'active')?.at ?? null,
  };
}

function relink(events: readonly StageEvent[]): StageEvent[] {
  return events.map((event, index) => ({ ...event, from: index === 0 ? null : at(events, index - 1).to }));
}

/** A closed deal of the past between the same two entities, long enough ago that its later snapshots are older than ours. */
function findEarlier(random: Random, deals: readonly Deal[], start: Micros): Deal | undefined {
  for (let attempt = 0; attempt < 20; attempt++) {
    const candidate = random.pick(deals);
    if (candidate.closedAt !== null && !candidate.planted && candidate.startAt < start - 220 * DAY)
      return candidate;
  }
  return undefined;
}

function drawScoreCase(random: Random, known: Micros): ScoreCase {
  const draw = random.float();
  if (draw < 0.03) return 'none';
  if (draw < 0.06) return known > 215 * DAY ? 'too_old' : 'usable';
  if (draw < 0.085) return 'ingested_late';
  if (draw < 0.1) return 'only_later';
  return 'usable';
}

/** Log-normal around 40,000 dollars, in hundredths of the deal's currency. */
function dealValue(random: Random, currency: string): number {
  const dollars = 40_000 * Math.exp(0.9 * random.normal());
  const units = Math.min(80_000_000, Math.round(dollars * (FX_START[currency]?.perDollar ?? 1)));
  return units * 100 + (currency === 'JPY' || currency === 'ISK' ? 0 : random.int(100));
}
