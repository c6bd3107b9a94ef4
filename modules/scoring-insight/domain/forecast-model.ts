import { mean, median, standardDeviation } from 'simple-statistics';
import { COMPONENTS } from './components.js';
import type { DealState, Snapshot } from './forecast-deals.js';
import { fitLogistic } from './stats/logistic.js';

/**
 * Features that are one number a deal, in the order of `numbersOf`. The value of the deal is none: it has no history, and a
 * product that writes the real one at signing would tell past outcomes by it.
 */
const NUMBERS = [...COMPONENTS, 'no_score', 'time_in_stage', 'quiet_time'] as const;
/** Names of the features, as contributions show them. */
export const FEATURES = [...NUMBERS, 'stage'] as const;
export type Feature = (typeof FEATURES)[number];

interface Column {
  mean: number;
  deviation: number;
  /** Log odds by standard deviation, before calibration. */
  coefficient: number;
}

/** A ridge logistic regression over looks at past deals; numbers and names only, so that it can be kept as JSON. */
export interface ForecastModel {
  intercept: number;
  /** Without those that were constant. */
  numbers: (Column & { feature: (typeof NUMBERS)[number] })[];
  /** One column a stage: 1 for the deals in it, else 0. `typicalDays`: median of the days that its deals had been there. */
  stages: (Column & { stage: string; typicalDays: number })[];
  /** What the log odds are multiplied by and moved by, from predictions of the past that have come due. */
  calibration: { slope: number; intercept: number };
}

export type ModelFailure =
  'separation' | 'collinear' | 'no_convergence' | 'constant_features' | 'single_class';

/** Strength of the ridge on standardised columns: steadies rare stages and moves hardly anything else. */
export const RIDGE = 10;
/** Looks to learn from. */
export const MAX_LOOKS = 3_000;
/** A column that varies less than this is a constant with rounding errors. */
const LEAST_DEVIATION = 1e-9;

/**
 * Learns log odds of success from looks at deals whose outcome is known. Looks of one deal depend on each other: that makes
 * the estimates no worse on average, and how sure they are is judged elsewhere, over deals and not looks. Of more than
 * MAX_LOOKS looks every k-th is taken.
 * @returns the reason when there is no such model
 */
export function learnModel(looks: readonly Snapshot[]): ForecastModel | ModelFailure {
  const taken = thin(looks, MAX_LOOKS);
  const y = taken.map(({ success }) => success);
  if (y.every(Boolean) || !y.some(Boolean)) return 'single_class';
  const stages = stagesOf(taken);
  const typicalDays = new Map(stages.map((each) => [each.stage, each.typicalDays]));
  const rows = taken.map((look) => numbersOf(look, typicalDays.get(look.stage) ?? 1));
  const numbers = NUMBERS.map((feature, j) => ({
    feature,
    ...spreadOf(rows.flatMap((row) => row[j] ?? [])),
  }));
  const varying = stages.filter(({ deviation }) => deviation > LEAST_DEVIATION);
  const used = numbers.flatMap((column, j) => (column.deviation > LEAST_DEVIATION ? [{ ...column, j }] : []));
  if (used.length + varying.length === 0) return 'constant_features';

  const ofStage = new Map(stages.map(({ stage }) => [stage, varying.map((each) => indicator(each, stage))]));
  const x = rows.map((row, i) => [
    ...used.map((column) => standardised(column, row[column.j]!)),
    ...(ofStage.get(taken[i]!.stage) ?? []),
  ]);
  const ridge = new Array<number>(used.length + varying.length).fill(RIDGE);
  const fit = fitLogistic({ x, y, ridge });
  if (fit.status === 'failed') return fit.reason;
  const [intercept, ...coefficients] = fit.coefficients;
  const ofVarying = new Map(varying.map(({ stage }, k) => [stage, coefficients[used.length + k]!]));
  return {
    intercept: intercept!,
    numbers: used.map(({ feature, mean, deviation }, k) => ({
      feature,
      mean,
      deviation,
      coefficient: coefficients[k]!,
    })),
    stages: stages.map((each) => ({ ...each, coefficient: ofVarying.get(each.stage) ?? 0 })),
    calibration: { slope: 1, intercept: 0 },
  };
}

/** Every k-th row so that at most `most` remain; the same ones for the same rows. */
function thin<T>(rows: readonly T[], most: number): readonly T[] {
  if (rows.length <= most) return rows;
  return Array.from({ length: most }, (_, i) => rows[Math.floor((i * rows.length) / most)]!);
}

function stagesOf(looks: readonly Snapshot[]) {
  const days = new Map<string, number[]>();
  for (const { stage, stageDays } of looks) {
    const found = days.get(stage);
    if (found) found.push(stageDays);
    else days.set(stage, [stageDays]);
  }
  return [...days]
    .map(([stage, all]) => {
      const share = all.length / looks.length;
      const deviation = Math.sqrt(share * (1 - share));
      return { stage, mean: share, deviation, typicalDays: Math.max(1, median(all)) };
    })
    .sort((a, b) => (a.stage < b.stage ? -1 : 1));
}

function spreadOf(known: number[]): { mean: number; deviation: number } {
  return known.length === 0
    ? { mean: 0, deviation: 0 }
    : { mean: mean(known), deviation: standardDeviation(known) };
}

/** In the order of NUMBERS; null where it is not known. */
function numbersOf({ scores, stageDays, quietDays }: DealState, typicalDays: number): (number | null)[] {
  return [
    ...(scores ?? COMPONENTS.map(() => null)),
    scores === null ? 1 : 0,
    Math.log1p(Math.max(0, stageDays) / typicalDays),
    Math.log1p(Math.max(0, quietDays)),
  ];
}

/** What is not known counts as the mean: it moves nothing, and `no_score` speaks for a missing score. */
function standardised({ mean, deviation }: Omit<Column, 'coefficient'>, raw: number | null): number {
  return raw === null ? 0 : (raw - mean) / deviation;
}

function indicator(column: Omit<Column, 'coefficient'> & { stage: string }, stage: string): number {
  return standardised(column, column.stage === stage ? 1 : 0);
}

export function knowsStage({ stages }: ForecastModel, stage: string): boolean {
  return stages.some((each) => each.stage === stage);
}

/** Log odds of success before calibration. */
export function rawLogOdds(model: ForecastModel, deal: DealState): number {
  return logOddsIn(explainRaw(model, deal));
}

/** Log odds of success, from those before calibration. */
export function calibrate({ calibration }: ForecastModel, raw: number): number {
  return calibration.intercept + calibration.slope * raw;
}

/** What moves a deal away from an average one, in log odds: intercept and contributions sum to its own. */
export interface Explanation {
  intercept: number;
  contributions: Partial<Record<Feature, number>>;
}

/** b_j (x_j - mean_j) by feature, the columns of the stages summed. */
export function explain(model: ForecastModel, deal: DealState): Explanation {
  const { intercept, contributions } = explainRaw(model, deal);
  const { slope } = model.calibration;
  const scaled = Object.entries(contributions).map(([feature, moved]) => [feature, slope * moved] as const);
  return { intercept: calibrate(model, intercept), contributions: Object.fromEntries(scaled) };
}

/** The log odds that an explanation explains. */
export function logOddsIn({ intercept, contributions }: Explanation): number {
  return Object.values(contributions).reduce((sum, each) => sum + each, intercept);
}

function explainRaw(
  { intercept, numbers, stages }: ForecastModel,
  deal: DealState,
): Explanation & {
  contributions: Record<string, number>;
} {
  const typicalDays = stages.find(({ stage }) => stage === deal.stage)?.typicalDays ?? 1;
  const row = numbersOf(deal, typicalDays);
  const contributions: Record<string, number> = {};
  for (const column of numbers)
    contributions[column.feature] =
      column.coefficient * standardised(column, row[NUMBERS.indexOf(column.feature)]!);
  let ofStage = 0;
  // The column of a constant stage has coefficient 0 and no deviation to divide by.
  for (const column of stages)
    if (column.coefficient !== 0) ofStage += column.coefficient * indicator(column, deal.stage);
  contributions['stage'] = ofStage;
  return { intercept, contributions };
}

export function chanceOf(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}
