import { assessCalibration, type Calibration } from './calibration.js';
import { learnStageRates, stageChance, type StageRates } from './forecast-base.js';
import {
  countDeals,
  knownBy,
  MATURITY_DAYS,
  type PastDeal,
  SNAPSHOT_DAYS,
  type Snapshot,
} from './forecast-deals.js';
import {
  calibrate,
  chanceOf,
  type ForecastModel,
  knowsStage,
  learnModel,
  type ModelFailure,
  rawLogOdds,
} from './forecast-model.js';
import { fitShock, type PipelineMiss, SEED, valueInterval } from './forecast-pipeline.js';
import { bootstrapRatio } from './stats/cluster-bootstrap.js';
import { fitLogistic } from './stats/logistic.js';

/** Closed deals of each outcome below which there is no model. */
export const MIN_DEALS_OF_EACH = 200;
/** Origins between two fits: a quarter, while the service learns anew every day. */
const ORIGINS_PER_FIT = 6;
/** Predictions of the past of each outcome that have come due, below which nothing is recalibrated. */
const MIN_DUE_OF_EACH = 50;
export const SKILL_REPLICATES = 400;
const PIPELINE_REPLICATES = 200;

/** A prediction of the past beside what came. */
export interface Prediction {
  /** The day of the prediction. */
  day: number;
  deal: number;
  closedDay: number;
  success: boolean;
  value: number | null;
  /** Before calibration; null where no model knew the stage. */
  raw: number | null;
  logOdds: number;
  baseLogOdds: number;
}

/** What the deals that were open on a day came to. */
export interface Origin {
  day: number;
  /** Deals predicted, and those of them that succeeded. */
  deals: number;
  successes: number;
  /** Deals open on the day whose outcome is still not known: not scored. */
  undecided: number;
  expectedSuccesses: number;
  brier: number;
  baseBrier: number;
  /** Summed value of the successes, reporting currency, with the 80 % interval as of then. */
  expectedValue: number;
  actualValue: number;
  valueLow: number;
  valueHigh: number;
  isCovered: boolean;
}

export interface Skill {
  deals: number;
  predictions: number;
  brier: number;
  baseBrier: number;
  /** 1 - brier / baseBrier, with its 95 % interval over deals; null where the base rate never erred or there is one deal. */
  skill: number | null;
  low: number | null;
  high: number | null;
}

/** What would have been predicted every second Monday of the past. */
export interface Replay {
  predictions: Prediction[];
  undecided: ReadonlyMap<number, number>;
  failure: ModelFailure | null;
}

/**
 * Goes through the past origin by origin (days of the snapshot grid): learns from what was known at the beginning of the day
 * alone, predicts the deals open on it, and compares when they have closed. Learns anew every ORIGINS_PER_FIT origins.
 * The model of an origin is calibrated by the predictions of earlier origins that had come due by then.
 * @param snapshots those of the deals
 * @param day the origins end MATURITY_DAYS before it
 */
export function replay(deals: readonly PastDeal[], snapshots: readonly Snapshot[], day: number): Replay {
  const byDay = new Map<number, Snapshot[]>();
  for (const look of snapshots) {
    const found = byDay.get(look.day);
    if (found) found.push(look);
    else byDay.set(look.day, [look]);
  }
  const days = [...byDay.keys()].filter((each) => each <= day - MATURITY_DAYS).sort((a, b) => a - b);
  const predictions: Prediction[] = [];
  let learnt: { model: ForecastModel | null; rates: StageRates } | null = null;
  let failure: ModelFailure | null = null;
  let fittedOn = -Infinity;
  for (const origin of days) {
    if (origin - fittedOn >= ORIGINS_PER_FIT * SNAPSHOT_DAYS) {
      const known = knownBy(snapshots, origin);
      const rates = isEnough(known) ? learnStageRates(known) : null;
      if (rates === null) continue;
      const model = learnModel(known);
      if (typeof model === 'string') failure = model;
      learnt = { rates, model: typeof model === 'string' ? null : calibrated(model, predictions, origin) };
      fittedOn = origin;
    }
    if (learnt === null) continue;
    for (const look of byDay.get(origin)!) predictions.push(predict(look, learnt.model, learnt.rates));
  }
  return { predictions, undecided: undecidedByDay(deals), failure };
}

/** Whether the closed deals suffice for a model. */
export function isEnough(known: readonly Snapshot[]): boolean {
  const { n, successful } = countDeals(known);
  return successful >= MIN_DEALS_OF_EACH && n - successful >= MIN_DEALS_OF_EACH;
}

function predict(look: Snapshot, model: ForecastModel | null, rates: StageRates): Prediction {
  const { day, deal, closedDay, success, value } = look;
  const chance = stageChance(rates, look.stage);
  const baseLogOdds = Math.log(chance / (1 - chance));
  const raw = model !== null && knowsStage(model, look.stage) ? rawLogOdds(model, look) : null;
  return {
    day,
    deal,
    closedDay,
    success,
    value,
    raw,
    logOdds: model !== null && raw !== null ? calibrate(model, raw) : baseLogOdds,
    baseLogOdds,
  };
}

function undecidedByDay(deals: readonly PastDeal[]): Map<number, number> {
  const undecided = new Map<number, number>();
  for (const { success, snapshots } of deals)
    if (success === null) for (const { day } of snapshots) undecided.set(day, (undecided.get(day) ?? 0) + 1);
  return undecided;
}

/**
 * The model with the intercept and slope that its forerunners' predictions would have needed (Cox 1958): those that were
 * made MATURITY_DAYS before `day` or earlier, of deals closed before it.
 */
export function calibrated(
  model: ForecastModel,
  predictions: readonly Prediction[],
  day: number,
): ForecastModel {
  const due = predictions.flatMap(({ raw, success, day: madeOn, closedDay }) =>
    raw !== null && madeOn <= day - MATURITY_DAYS && closedDay < day ? [{ raw, success }] : [],
  );
  const successes = due.filter(({ success }) => success).length;
  if (Math.min(successes, due.length - successes) < MIN_DUE_OF_EACH) return model;
  const fit = fitLogistic({ x: due.map(({ raw }) => [raw]), y: due.map(({ success }) => success) });
  // A slope of zero or less would turn the model round: it has no skill then, and the interval of the skill says so.
  if (fit.status === 'failed' || !(fit.coefficients[1]! > 0)) return model;
  return { ...model, calibration: { intercept: fit.coefficients[0]!, slope: fit.coefficients[1]! } };
}

/** Brier skill of the model over the stage rates; deals are drawn whole, since their predictions share one outcome. */
export function assessSkill(predictions: readonly Prediction[]): Skill | null {
  if (predictions.length === 0) return null;
  const clusters = new Map<number, { numerator: number; denominator: number }>();
  let loss = 0;
  let baseLoss = 0;
  for (const { deal, success, logOdds, baseLogOdds } of predictions) {
    const y = success ? 1 : 0;
    const own = (chanceOf(logOdds) - y) ** 2;
    const base = (chanceOf(baseLogOdds) - y) ** 2;
    loss += own;
    baseLoss += base;
    const sums = clusters.get(deal) ?? { numerator: 0, denominator: 0 };
    sums.numerator += base - own;
    sums.denominator += base;
    clusters.set(deal, sums);
  }
  const limits = bootstrapRatio([...clusters.values()], { replicates: SKILL_REPLICATES, seed: SEED });
  return {
    deals: clusters.size,
    predictions: predictions.length,
    brier: loss / predictions.length,
    baseBrier: baseLoss / predictions.length,
    skill: baseLoss > 0 ? 1 - loss / baseLoss : null,
    low: limits?.low ?? null,
    high: limits?.high ?? null,
  };
}

/** How the chances that ship compare with what came. */
export function assessChances(predictions: readonly Prediction[], method: ForecastMethod): Calibration {
  return assessCalibration(
    predictions.map((each) => chanceOf(shipped(each, method))),
    predictions.map(({ success }) => success),
  );
}

export type ForecastMethod = 'ridge_logistic' | 'stage_rate';

function shipped({ logOdds, baseLogOdds }: Prediction, method: ForecastMethod): number {
  return method === 'ridge_logistic' ? logOdds : baseLogOdds;
}

/** The pipelines of the origins with their intervals, and the shared shock that these misses speak for. */
export function assessPipelines(
  { predictions, undecided }: Replay,
  method: ForecastMethod,
): { origins: Origin[]; shock: number; shockIsAssumed: boolean } {
  const byDay = new Map<number, Prediction[]>();
  for (const each of predictions) {
    const found = byDay.get(each.day);
    if (found) found.push(each);
    else byDay.set(each.day, [each]);
  }
  const cohorts = [...byDay].map(([day, made]) => ({ day, made, miss: missOf(made, method) }));
  const { shock, isAssumed } = fitShock(cohorts.map(({ miss }) => miss));
  const origins = cohorts.map(({ day, made, miss }): Origin => {
    const priced = made.flatMap((each) =>
      each.value === null ? [] : [{ logOdds: shipped(each, method), value: each.value }],
    );
    const seed = SEED + day;
    const { low, high } = valueInterval(priced, shock, { replicates: PIPELINE_REPLICATES, seed });
    const brierOf = (chance: (each: Prediction) => number) =>
      made.reduce((sum, each) => sum + (chance(each) - (each.success ? 1 : 0)) ** 2, 0) / made.length;
    return {
      day,
      deals: made.length,
      successes: made.filter(({ success }) => success).length,
      undecided: undecided.get(day) ?? 0,
      expectedSuccesses: made.reduce((sum, each) => sum + chanceOf(shipped(each, method)), 0),
      brier: brierOf(({ logOdds }) => chanceOf(logOdds)),
      baseBrier: brierOf(({ baseLogOdds }) => chanceOf(baseLogOdds)),
      expectedValue: miss.expected,
      actualValue: miss.actual,
      valueLow: low,
      valueHigh: high,
      isCovered: low <= miss.actual && miss.actual <= high,
    };
  });
  return { origins, shock, shockIsAssumed: isAssumed };
}

function missOf(made: readonly Prediction[], method: ForecastMethod): PipelineMiss {
  const miss = { expected: 0, actual: 0, variance: 0, reach: 0 };
  for (const each of made) {
    if (each.value === null) continue;
    const p = chanceOf(shipped(each, method));
    miss.expected += p * each.value;
    if (each.success) miss.actual += each.value;
    miss.variance += each.value ** 2 * p * (1 - p);
    miss.reach += each.value * p * (1 - p);
  }
  return miss;
}
