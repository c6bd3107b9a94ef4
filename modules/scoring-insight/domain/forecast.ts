import type { Calibration } from './calibration.js';
import {
  assessChances,
  assessPipelines,
  assessSkill,
  calibrated,
  type ForecastMethod,
  isEnough,
  type Origin,
  replay,
  type Skill,
} from './forecast-backtest.js';
import { learnStageRates, stageChance, type StageRates } from './forecast-base.js';
import { countDeals, type DealState, knownBy, type PastDeal, snapshotsOf } from './forecast-deals.js';
import {
  chanceOf,
  explain,
  type Explanation,
  type ForecastModel,
  knowsStage,
  learnModel,
  logOddsIn,
  type ModelFailure,
} from './forecast-model.js';
import { type PipelineValue, valuePipeline } from './forecast-pipeline.js';

/** Why the rate of the stage stands in the place of a model. */
export type StageRateReason =
  | 'no_closed_deals'
  | 'too_few_closed_deals'
  /** No deal could have been predicted in the past by enough others. */
  | 'no_backtest'
  /** The interval of the skill does not lie above zero. */
  | 'skill_not_proven'
  | ModelFailure;

export type ForecastWarning =
  | 'few_closed_deals'
  | 'past_deals_sampled'
  | 'shock_assumed'
  | 'few_origins'
  | 'coverage_outside_70_90'
  | 'many_undecided'
  | 'miscalibrated';

/** What a day's first run learns and its later runs apply. */
export interface Forecast {
  /** The beginning of this day (UTC) is what everything was learnt by. */
  day: number;
  /** First and last day on which past deals were looked at; null without any look. */
  window: { from: number; to: number } | null;
  method: ForecastMethod;
  /** Null when the model speaks. */
  reason: StageRateReason | null;
  n: number;
  nSuccessful: number;
  looks: number;
  /** Null without a closed deal. */
  rates: StageRates | null;
  /** What was learnt, whether it ships or not. */
  model: ForecastModel | null;
  skill: Skill | null;
  /** Of the chances that ship, in the backtest. */
  calibration: Calibration | null;
  /** Standard deviation of the shock that the deals of a pipeline share, in log odds. */
  shock: number;
  origins: Origin[];
  /** Share of the origins whose interval held what came. */
  coverage: number | null;
  warnings: ForecastWarning[];
}

const FEW_CLOSED_DEALS = 30;
const FEW_ORIGINS = 8;
const MANY_UNDECIDED = 0.1;

/**
 * Learns the chance of success of open deals from past ones: rates by stage, and above them a model where replaying the
 * past proves it better. Uses nothing that was not known at the beginning of the day, for past days likewise.
 * @param isSample there were more past deals than these
 */
export function learnForecast(deals: readonly PastDeal[], day: number, isSample = false): Forecast {
  const snapshots = snapshotsOf(deals);
  const known = knownBy(snapshots, day);
  const { n, successful } = countDeals(known);
  const rates = learnStageRates(known);
  const past = replay(deals, snapshots, day);
  const skill = assessSkill(past.predictions);
  const fit = isEnough(known) ? learnModel(known) : null;
  const model = fit === null || typeof fit === 'string' ? null : calibrated(fit, past.predictions, day);
  const reason = ((): StageRateReason | null => {
    if (rates === null) return 'no_closed_deals';
    if (fit === null) return 'too_few_closed_deals';
    if (typeof fit === 'string') return fit;
    if (skill === null) return past.failure ?? 'no_backtest';
    return skill.low !== null && skill.low > 0 ? null : 'skill_not_proven';
  })();
  const method = reason === null ? 'ridge_logistic' : 'stage_rate';
  const { origins, shock, shockIsAssumed } = assessPipelines(past, method);
  const calibration = past.predictions.length === 0 ? null : assessChances(past.predictions, method);
  const coverage =
    origins.length === 0 ? null : origins.filter(({ isCovered }) => isCovered).length / origins.length;
  const days = known.map((look) => look.day);
  const [from, to] = days.reduce(
    ([first, last], each) => [Math.min(first, each), Math.max(last, each)],
    [Infinity, -Infinity],
  );
  return {
    day,
    window: days.length === 0 ? null : { from, to },
    method,
    reason,
    n,
    nSuccessful: successful,
    looks: known.length,
    rates,
    model,
    skill,
    calibration,
    shock,
    origins,
    coverage,
    warnings: [
      ...(n < FEW_CLOSED_DEALS ? ['few_closed_deals' as const] : []),
      ...(isSample ? ['past_deals_sampled' as const] : []),
      ...(shockIsAssumed ? ['shock_assumed' as const] : []),
      ...(origins.length < FEW_ORIGINS ? ['few_origins' as const] : []),
      ...(coverage !== null && (coverage < 0.7 || coverage > 0.9) ? ['coverage_outside_70_90' as const] : []),
      ...(isUndecided(origins) ? ['many_undecided' as const] : []),
      ...(isMiscalibrated(calibration) ? ['miscalibrated' as const] : []),
    ],
  };
}

function isUndecided(origins: readonly Origin[]): boolean {
  const sum = (pick: (origin: Origin) => number) => origins.reduce((total, each) => total + pick(each), 0);
  const undecided = sum((origin) => origin.undecided);
  return undecided > MANY_UNDECIDED * (undecided + sum(({ deals }) => deals));
}

/** Chances too extreme or too timid by a fifth, or wrong on average by a fifth of log odds or more. */
function isMiscalibrated(calibration: Calibration | null): boolean {
  if (calibration === null) return false;
  const { slope, inTheLarge } = calibration;
  return (
    (slope !== null && (slope < 0.8 || slope > 1.25)) || (inTheLarge !== null && Math.abs(inTheLarge) > 0.2)
  );
}

/** An open deal with its chance; null figures have a reason. */
export interface DealForecast {
  /** 0..1, that it ends successful. */
  chance: number | null;
  /** The chance of its stage. */
  baseRate: number | null;
  method: ForecastMethod;
  /** Why the rate of the stage speaks, or why there is no chance; null when the model speaks. */
  reason: StageRateReason | 'stage_not_seen' | null;
  /** Null when the rate of the stage speaks. */
  explanation: Explanation | null;
}

/** The chance of one open deal. */
export function forecastDeal({ rates, model, reason }: Forecast, deal: DealState): DealForecast {
  if (rates === null)
    return { chance: null, baseRate: null, method: 'stage_rate', reason, explanation: null };
  const baseRate = stageChance(rates, deal.stage);
  if (reason !== null || model === null)
    return { chance: baseRate, baseRate, method: 'stage_rate', reason, explanation: null };
  if (!knowsStage(model, deal.stage))
    return { chance: baseRate, baseRate, method: 'stage_rate', reason: 'stage_not_seen', explanation: null };
  const explanation = explain(model, deal);
  const chance = chanceOf(logOddsIn(explanation));
  return { chance, baseRate, method: 'ridge_logistic', reason: null, explanation };
}

/**
 * What the open deals will bring, whenever they close.
 * @param deals values as decimal strings
 */
export function forecastPipeline(
  forecast: Forecast,
  deals: readonly { chance: number | null; value: string | null }[],
): PipelineValue {
  const prospects = deals.flatMap(({ chance, value }) =>
    chance === null ? [] : [{ logOdds: Math.log(chance / (1 - chance)), value }],
  );
  const pipeline = valuePipeline(prospects, forecast.shock);
  return deals.length > 0 && prospects.length === 0
    ? { ...pipeline, deals: deals.length, reason: 'no_chances' }
    : pipeline;
}
