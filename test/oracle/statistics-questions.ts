import fc from 'fast-check';
import {
  groupSums,
  naiveSums,
  pairSums,
} from '../../modules/scoring-insight/domain/__fixtures__/naive-sums.js';
import { assessCalibration } from '../../modules/scoring-insight/domain/calibration.js';
import { COMPONENTS } from '../../modules/scoring-insight/domain/components.js';
import { aalenJohansen } from '../../modules/scoring-insight/domain/stats/aalen-johansen.js';
import { rocAuc } from '../../modules/scoring-insight/domain/stats/auc.js';
import {
  fitBetaBinomial,
  posteriorQuantile,
} from '../../modules/scoring-insight/domain/stats/beta-binomial.js';
import { chiSquareTail } from '../../modules/scoring-insight/domain/stats/chi-square.js';
import { contingency } from '../../modules/scoring-insight/domain/stats/contingency.js';
import { pearson, spearman } from '../../modules/scoring-insight/domain/stats/correlation.js';
import { dyadicVariance } from '../../modules/scoring-insight/domain/stats/dyadic.js';
import { hedgesG } from '../../modules/scoring-insight/domain/stats/effect-size.js';
import { falseDiscoveryRates } from '../../modules/scoring-insight/domain/stats/false-discovery.js';
import { fitFirth } from '../../modules/scoring-insight/domain/stats/firth.js';
import { hazenPercentile, hazenQuantile } from '../../modules/scoring-insight/domain/stats/hazen.js';
import { heterogeneity } from '../../modules/scoring-insight/domain/stats/heterogeneity.js';
import { kaplanMeier } from '../../modules/scoring-insight/domain/stats/kaplan-meier.js';
import { fitLogistic, logisticCovariance } from '../../modules/scoring-insight/domain/stats/logistic.js';
import { mannWhitneyTest } from '../../modules/scoring-insight/domain/stats/mann-whitney.js';
import { fitNormalNormal } from '../../modules/scoring-insight/domain/stats/normal-eb.js';
import { pairedAuc } from '../../modules/scoring-insight/domain/stats/paired-auc.js';
import { poissonInterval } from '../../modules/scoring-insight/domain/stats/poisson-rate.js';
import { midRanks } from '../../modules/scoring-insight/domain/stats/ranks.js';
import { monotoneTrend } from '../../modules/scoring-insight/domain/stats/trend.js';
import { welchTest } from '../../modules/scoring-insight/domain/stats/welch.js';
import { wilsonInterval } from '../../modules/scoring-insight/domain/stats/wilson.js';
import { jointModel } from '../../modules/scoring-insight/domain/together.js';

export type Figures = Record<string, number | readonly number[]>;

/** A question to the libraries of random_inputs.py, and what our own code answers. */
export interface Question {
  /** A function there. */
  kind: string;
  about: string;
  /** Its arguments. */
  input: object;
  found: Figures;
  /** What a search ends at, to be compared more loosely. */
  isOptimum: boolean;
}

const asked: Question[] = [];
const ask = (kind: string, about: string, input: object, found: Figures, isOptimum = false): void =>
  void asked.push({ kind, about, input, found, isOptimum });

/** Seeded draws from 0 to below `limit`. */
const draws = (n: number, limit: number, seed: number): number[] =>
  fc.sample(fc.noBias(fc.integer({ min: 0, max: limit - 1 })), { numRuns: n, seed });
const shares = (n: number, seed: number): number[] =>
  draws(n, 1_000_000, seed).map((draw) => (draw + 0.5) / 1_000_000);

/** Successes whose log odds lean on a column of 0..1. */
function successes(lean: readonly number[], strength: number, rate: number, seed: number): boolean[] {
  const luck = shares(lean.length, seed);
  const odds = rate / (1 - rate);
  return lean.map((x, i) => luck[i]! < 1 / (1 + Math.exp(-strength * (x - 0.5)) / odds));
}

function known<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('this input should have an answer');
  return value;
}

/** Figures of a result that are numbers for this input, under their own names. */
function figures<Name extends string>(from: Record<Name, unknown>, ...names: Name[]): Figures {
  return Object.fromEntries(
    names.map((name): [string, number] => {
      const value: unknown = from[name];
      if (typeof value !== 'number') throw new Error(`${name} should be a number for this input`);
      return [name, value];
    }),
  );
}

function coefficientsOf(input: Parameters<typeof fitLogistic>[0]) {
  const fit = fitLogistic(input);
  if (fit.status === 'failed') throw new Error(fit.reason);
  return fit;
}

/** Columns of 0..1: independent, tied to few values, or the second the first with some noise. */
const SHAPES = [
  { about: 'even classes', n: 200, rate: 0.5, values: 1_000_000, collinear: 0 },
  { about: 'few successes', n: 300, rate: 0.12, values: 1_000_000, collinear: 0 },
  { about: 'ties everywhere', n: 150, rate: 0.4, values: 5, collinear: 0 },
  { about: 'few rows', n: 45, rate: 0.4, values: 100, collinear: 0 },
  { about: 'near collinear', n: 250, rate: 0.5, values: 1_000_000, collinear: 0.98 },
];

type Shape = (typeof SHAPES)[number];

function columnsOf({ n, values, collinear }: Shape, seed: number): number[][] {
  const own = COMPONENTS.map((_, j) => draws(n, values, seed + j).map((draw) => (draw + 0.5) / values));
  const mix = (value: number, i: number): number => collinear * own[0]![i]! + (1 - collinear) * value;
  return own.map((column, j) => (j === 1 ? column.map(mix) : column));
}

function askAboutAreas(about: string, first: number[], second: number[], y: boolean[], seed: number): void {
  const area = known(rocAuc(first, y));
  const ranks = midRanks(first);
  const ofArea = { ...figures(area, 'auc', 'variance', 'low', 'high'), ranks };
  ask('auc', about, { scores: first, positive: y }, ofArea);

  const paired = known(pairedAuc(first, second, y));
  const ofDifference = figures(paired, 'difference', 'low', 'high', 'z', 'p');
  ask('paired_auc', about, { first, second, positive: y }, ofDifference);

  const ids = draws(2 * y.length, 25, seed).map(String);
  const entities = y.map((_, i): [string, string] => [ids[2 * i]!, ids[2 * i + 1]!]);
  const scores = first.map((share) => Math.round(share * 10_000));
  const rows = y.map((success, i) => ({ x: scores[i]!, success, y: null, ...nameBoth(entities[i]!) }));
  const { positives, negatives, byEntity, byPair, ...rest } = naiveSums(rows);
  const sums = { ...rest, positives: positives.n, negatives: negatives.n };
  const variance = known(dyadicVariance(sums, byEntity, byPair));
  ask('dyadic', about, { scores, positive: y, entities }, { variance });
}

function nameBoth([entity1, entity2]: [string, string]) {
  return { entity1, entity2 };
}

function askAboutModels(about: string, x: number[][], y: boolean[]): void {
  const three = x.map((row) => row.slice(0, 3));
  const { coefficients, logLikelihood } = coefficientsOf({ x: three, y });
  const covariance = known(logisticCovariance(three, coefficients));
  const standardErrors = covariance.map((row, j) => Math.sqrt(row[j]!));
  ask('logistic', about, { x: three, y }, { coefficients, standardErrors, logLikelihood }, true);

  for (const strength of [0.01, 1, 100]) {
    const fit = coefficientsOf({ x, y, ridge: COMPONENTS.map(() => strength) });
    ask('ridge', `${about}, ${strength}`, { x, y, strength }, { coefficients: fit.coefficients }, true);
  }
  const strengths = [0, 3, 3, 3, 3];
  const partial = coefficientsOf({ x, y, ridge: strengths });
  ask('partial_ridge', about, { x, y, strengths }, { coefficients: partial.coefficients }, true);

  const firth = known(fitFirth(three, y));
  const ofFirth = { coefficients: firth.coefficients, ...figures(firth, 'penalisedLogLikelihood') };
  ask('firth', about, { x: three, y }, ofFirth, true);

  const rest = { entity1Id: 'a', entity2Id: 'b', successScore: null, confidence: null };
  const [at0, at1, at2, at3, at4] = [0, 1, 2, 3, 4].map((j) => x.map((row) => row[j]!));
  const model = jointModel(
    y.map((success, i) => ({
      ...rest,
      success,
      scores: {
        semantic: at0![i]!,
        goal_alignment: at1![i]!,
        cultural_momentum: at2![i]!,
        historical: at3![i]!,
        authenticity: at4![i]!,
      },
    })),
  );
  const each = (pick: (row: (typeof model.components)[number]) => number | null): number[] =>
    model.components.map((row) => known(pick(row)));
  const { chiSquare, p: chiSquareP } = known(model.likelihoodRatio);
  const ofJoint = {
    ...figures(model, 'intercept', 'mcFadden'),
    ...{ chiSquare, chiSquareP },
    coefficients: each((row) => row.coefficient),
    standardErrors: each((row) => row.standardError),
    p: each((row) => row.p),
    low: each((row) => row.low),
    high: each((row) => row.high),
    oddsRatios: each((row) => row.oddsRatioPerSd),
    vif: each((row) => row.vif),
    dominance: each((row) => row.dominance),
  };
  ask('joint', about, { x, y }, ofJoint, true);
}

function askAboutCorrelations(about: string, first: number[], second: number[]): void {
  const x = first.map((share) => Math.round(share * 10_000));
  const y = second.map((share) => Math.round(share * 500));
  const doubled = (values: number[]): number[] => midRanks(values).map((rank) => 2 * rank);
  const straight = figures(pearson(pairSums(x, y)), 'r', 'p', 'low', 'high');
  const ranked = figures(spearman(pairSums(doubled(x), doubled(y))), 'r', 'p', 'low', 'high');
  ask('pearson', about, { x, y }, straight);
  ask('spearman', about, { x, y }, ranked);
}

function askAboutCalibration(about: string, n: number, rate: number, seed: number): void {
  // As many scores as ten bands hold, all different: other tools divide ties otherwise.
  const scores = shares(10 * Math.ceil(n / 10) + 60, seed);
  const labels = successes(scores, 2, rate, seed + 1);
  const found = assessCalibration(scores, labels);
  const names = ['slope', 'inTheLarge', 'brier', 'brierSkill', 'spiegelhalterZ', 'spiegelhalterP'] as const;
  const rates = found.bands.map((band) => band.rate);
  const means = found.bands.map((band) => band.meanScore);
  ask('calibration', about, { scores, labels }, { ...figures(found, ...names), rates, means }, true);
}

/** Two groups of whole numbers. */
const GROUPS = [
  { about: 'small and untied', sizes: [5, 6], values: 100_000 },
  { about: 'small and large', sizes: [3, 90], values: 1_000_000_000 },
  { about: 'untied, too many to count', sizes: [8, 12], values: 1_000_000_000 },
  { about: 'small and tied', sizes: [6, 5], values: 4 },
  { about: 'large and tied', sizes: [120, 260], values: 7 },
  { about: 'one row', sizes: [1, 12], values: 1_000_000_000 },
  { about: 'one value', sizes: [10, 12], values: 1 },
] as const;

function askAboutGroups({ about, sizes, values }: (typeof GROUPS)[number], seed: number): void {
  const first = draws(sizes[0], values, 300 + seed);
  const shift = values > 10 ? Math.round(values / 4) : 0;
  const second = draws(sizes[1], values, 400 + seed).map((value) => value + shift);
  const rows = [...first, ...second].map((x, i) => ({
    x,
    success: i < first.length,
    y: null,
    ...nameBoth(['a', 'b']),
  }));
  const { doubledU, ties } = naiveSums(rows);
  const rank = mannWhitneyTest(first.length, second.length, doubledU, ties);
  ask('mann_whitney', about, { first, second }, figures(rank, 'u', 'p'));

  const [a, b] = [groupSums(first), groupSums(second)];
  const welch = welchTest(a, b, 0.01);
  // A single row, or a single value: reasons in place of figures, see the unit tests.
  if (welch.reason !== null) return;
  const found = { ...figures(welch, 't', 'df', 'p', 'low', 'high'), ...figures(hedgesG(a, b), 'g') };
  ask('welch', about, { first, second, unit: 0.01 }, found);
}

/** Rows, columns, largest count, seed. */
const TABLES = [
  [2, 2, 40, 1],
  [2, 2, 9, 2],
  [5, 2, 60, 3],
  [3, 4, 30, 4],
  [2, 2, 900, 5],
  [12, 2, 25, 6],
] as const;

function askAboutTable([rows, columns, largest, seed]: (typeof TABLES)[number]): void {
  const counts = draws(rows * columns, largest, seed).map((count) => count + 1);
  const table = Array.from({ length: rows }, (_, i) => counts.slice(i * columns, (i + 1) * columns));
  const found = figures(contingency(table), 'chiSquare', 'p', 'df', 'cramersV', 'low', 'high');
  ask('contingency', `${rows} x ${columns}, up to ${largest}`, { table }, found);
}

const STAYS = [
  { about: 'from the beginning', n: 120, isLate: false, ticks: 40 },
  { about: 'hardly a tie', n: 80, isLate: false, ticks: 100_000 },
  { about: 'five stays', n: 5, isLate: false, ticks: 9 },
  { about: 'seen late', n: 200, isLate: true, ticks: 60 },
];

function askAboutStays({ about, n, isLate, ticks }: (typeof STAYS)[number]): void {
  const times = draws(n, ticks, n).map((time) => time + 1);
  const causes = draws(n, 3, n + 2);
  // Half a tick apart from every event, so that nobody can read the tie another way.
  const entries = draws(n, ticks, n + 1).map(
    (draw, i) => (isLate ? Math.min(draw >> 1, times[i]!) : 0) - 0.5,
  );
  const names = ['one', 'two'] as const;
  const stays = times.map((exit, i) => ({
    entry: entries[i]!,
    exit,
    cause: [null, ...names][causes[i]!]! ?? null,
  }));
  const { steps } = kaplanMeier(stays);
  const found = {
    times: steps.map((step) => step.time),
    atRisk: steps.map((step) => step.atRisk),
    survival: steps.map((step) => step.survival),
    errors: steps.map((step) => Math.sqrt(step.variance)),
  };
  ask('survival', about, { entries: isLate ? entries : null, times, causes }, found);
  if (isLate) return; // statsmodels knows of no late entry there
  const competing = aalenJohansen(stays, names).steps;
  const incidences = names.flatMap((cause) => competing.map((step) => step.incidence[cause]));
  ask('incidence', about, { times, causes }, { incidences });
}

function askAboutTrend(n: number, values: number, drift: number): void {
  const y = draws(n, values, n).map((value, i) => value + drift * i);
  const x = y.map((_, i) => i + Math.floor(i / 5));
  const trend = known(monotoneTrend(x.map((at, i) => ({ x: at, y: y[i]! }))));
  ask('trend', `${n} points`, { x, y }, figures(trend, 'z', 'p', 'slope'));
}

function askAboutTests(n: number): void {
  const p = shares(n, n).map((share) => share ** 3);
  const rates = falseDiscoveryRates(p.map((value, i) => ({ id: String(i), p: value })));
  const adjusted = p.map((_, i) => known(rates.get(String(i))));
  ask('false_discovery', `${n} tests`, { p }, { adjusted });
}

function askAboutCohort(n: number): void {
  const values = shares(n, n + 50);
  const variances = shares(n, n + 51).map((share) => 0.01 + share / 10);
  const apart = known(heterogeneity(values.map((value, i) => ({ value, variance: variances[i]! }))));
  ask('heterogeneity', `${n} groups`, { values, variances }, figures(apart, 'mean', 'q', 'p', 'iSquared'));
  if (n < 10) return; // a cohort of fewer has no prior
  const sizes = draws(n, 30, n + 52).map((size) => size + 1);
  for (const spread of [0.1, 5]) {
    const spreadOut = values.map((value) => value * spread);
    const fit = fitNormalNormal(
      spreadOut.map((value, i) => ({ value, variance: variances[i]!, n: sizes[i]! })),
    );
    if (fit.status === 'withheld') throw new Error(fit.reason);
    ask(
      'random_effects',
      `${n}, spread ${spread}`,
      { values: spreadOut, variances, sizes },
      { ...fit.prior },
    );
  }
  const trials = draws(n, 12, n + 53).map((draw) => draw + 3);
  const wins = trials.map((count, i) => Math.round(values[i]! * count));
  const fit = fitBetaBinomial(trials.map((count, i) => ({ trials: count, successes: wins[i]! })));
  if (fit.status === 'withheld' || fit.capped) throw new Error('this cohort should have a prior');
  const fifth = posteriorQuantile(fit.prior, { successes: wins[0]!, trials: trials[0]! }, 0.05);
  ask('beta_binomial', `${n} members`, { successes: wins, trials }, { ...fit.prior, fifth }, true);
}

function askAboutPercentiles(n: number, values: number): void {
  const sorted = draws(n, values, n).sort((a, b) => a - b);
  const p = [0, 0.1, 0.25, 0.5, 0.9, 1];
  const percentiles = sorted.map((value) => hazenPercentile(sorted, value));
  const quantiles = p.map((share) => hazenQuantile(sorted, share));
  ask('hazen', `${n} values`, { values: sorted, p }, { percentiles, quantiles });
}

/** The same questions every time. */
export function questions(): Question[] {
  asked.length = 0;
  SHAPES.forEach((shape, at) => {
    const columns = columnsOf(shape, 1000 * (at + 1));
    const y = successes(columns[0]!, 1.5, shape.rate, 1000 * (at + 1) + 99);
    askAboutAreas(shape.about, columns[0]!, columns[1]!, y, at);
    askAboutModels(
      shape.about,
      y.map((_, i) => columns.map((column) => column[i]!)),
      y,
    );
    askAboutCorrelations(shape.about, columns[0]!, columns[1]!);
    askAboutCalibration(shape.about, shape.n, shape.rate, 7 * at + 5);
  });
  GROUPS.forEach(askAboutGroups);
  TABLES.forEach(askAboutTable);
  STAYS.forEach(askAboutStays);
  askAboutTrend(8, 1000, 60);
  askAboutTrend(24, 6, 0);
  askAboutTrend(60, 100_000, -900);
  [1, 2, 40].forEach(askAboutTests);
  [2, 12, 30].forEach(askAboutCohort);
  askAboutPercentiles(1, 5);
  askAboutPercentiles(2, 100);
  askAboutPercentiles(31, 6);
  askAboutPercentiles(100, 1_000_000);
  const proportions = [[0, 7], [7, 7], [1, 3], [33, 120], [4999, 10_000]] as const; // prettier-ignore
  for (const [count, n] of proportions)
    ask('wilson', `${count} of ${n}`, { successes: count, n }, known(wilsonInterval(count, n)));
  for (const count of [0, 1, 4, 37, 2500]) ask('poisson', `${count}`, { count }, poissonInterval(count));
  const tails = [[0.3, 1], [25, 4], [900, 3], [2000, 40]] as const; // prettier-ignore
  for (const [value, df] of tails)
    ask('chi_square_tail', `${value} on ${df}`, { value, df }, { p: chiSquareTail(value, df) });
  return [...asked];
}
