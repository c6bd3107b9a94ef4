import { mean } from 'simple-statistics';
import { COMPONENTS, MIN_DEALS_PER_CLASS, type OutcomeRow } from './components.js';
import { fnv1a, pairKey } from './pair-folds.js';
import { fitLearningCurve, gainOf, type LearningCurve, MIN_CURVE_POINTS } from './stats/learning-curve.js';
import { fitLogistic } from './stats/logistic.js';
import { midRanks } from './stats/ranks.js';
import { resampledMean, type ResampledMean } from './stats/resampled.js';

/** Groups of entities, each held out once: a deal is tested when either of its entities is in the group. */
export const LEARNING_REPEATS = 10;
/** The smallest number of outcomes learnt from; each next one is twice that. */
const FIRST_SIZE = 50;
/** On scores in standard deviations. */
const RIDGE = 1;
/** With fewer a group held out has less than some 75 deals; their area says little. */
export const MIN_OUTCOMES = 400;

/**
 * Area under the ROC curve of held-out deals, learnt from the first n outcomes; the mean over the splits. Limits are null
 * where n is less than the deals tested: the splits share most of the first outcomes, so they cannot tell how much others
 * in their place would have taught.
 */
export interface LearningStep {
  n: number;
  auc: number;
  low: number | null;
  high: number | null;
}

export type LearningReason =
  'too_few_outcomes' | 'single_class' | 'gain_above_zero' | 'gain_contains_zero' | 'gain_below_zero';

export interface Learning {
  /**
   * `still_learning`: the last step gained; `levelled_off`: it is not told from zero, but what all outcomes together taught
   * beats the plain sum; `no_gain_seen`: nor does that.
   */
  verdict: 'still_learning' | 'levelled_off' | 'no_gain_seen' | 'too_little_data';
  reasons: LearningReason[];
  /** Outcomes with all five scores. */
  outcomes: number;
  repeats: number;
  /** Deals tested and deals learnt from at the last step, means over the splits; null where nothing was learnt. */
  tested: number | null;
  learntFrom: number | null;
  /** Of the unweighted sum of the scores on the same held-out deals, which learns nothing. */
  aucUntaught: number | null;
  steps: LearningStep[];
  /** From the plain sum of the scores, which learns from none, to the last step. */
  wholeGain: GainBetween | null;
  /** From the largest step that is at most half the last, to the last. */
  lastGain: GainBetween | null;
  curve: LearningCurve | null;
  /** Why there is no curve. */
  curveReason: 'too_few_steps' | 'flat' | null;
  /** What 100 more outcomes than there are would add to the area, by the curve; without limits, as its first steps are. */
  nextHundred: number | null;
}

export interface GainBetween {
  from: number;
  to: number;
  gain: number;
  low: number;
  high: number;
}

interface Example {
  /** In standard deviations of all outcomes, 0 for a score that is constant: what a score looks like needs no outcome. */
  x: readonly number[];
  /** Of the scores as they are. */
  sum: number;
  success: boolean;
  entities: readonly [string, string];
}

/** One split: the areas at the sizes, and that of the untaught sum. */
interface SplitAreas {
  areas: number[];
  untaught: number;
  tested: number;
}

/**
 * Does matching get better with every partnership that ends? A logistic ridge of success on the five scores learns from
 * the first 50, 100, 200, ... outcomes in the order in which the deals began, and judges the deals of entities of which
 * it saw none. The same for ten groups, each held out once; what is gained is a paired difference within each split, its
 * interval that of `resampledMean` with the outcomes that the smaller of the two models learnt from (the plain sum is no
 * model). An association: the market may have changed along with the outcomes.
 * @param rows at most some thousands; `startedAt` ISO 8601 UTC, all of one precision
 * @param seed chooses the groups: an entity's is the hash of seed and id
 */
export function assessLearning(
  rows: readonly (OutcomeRow & { startedAt: string })[],
  seed: number,
): Learning {
  const examples = examplesOf(rows);
  const nothing: Learning = {
    verdict: 'too_little_data',
    reasons: [],
    outcomes: examples.length,
    repeats: LEARNING_REPEATS,
    tested: null,
    learntFrom: null,
    aucUntaught: null,
    steps: [],
    wholeGain: null,
    lastGain: null,
    curve: null,
    curveReason: 'too_few_steps',
    nextHundred: null,
  };
  const successes = examples.filter(({ success }) => success).length;
  if (examples.length > 0 && (successes === 0 || successes === examples.length))
    return { ...nothing, reasons: ['single_class'] };
  if (examples.length < MIN_OUTCOMES) return { ...nothing, reasons: ['too_few_outcomes'] };

  const splits = splitsOf(examples, seed);
  const sizes = sizesUpTo(Math.min(...splits.map(({ learnt }) => learnt.length)));
  const found = splits.flatMap((split) => areasOf(split.learnt, split.tested, sizes) ?? []);
  if (sizes.length < 3 || found.length < LEARNING_REPEATS)
    return { ...nothing, reasons: ['too_few_outcomes'] };

  const learntFrom = sizes.at(-1)!;
  const tested = mean(found.map((split) => split.tested));
  const over = (of: (split: SplitAreas) => number, n: number) => resampledMean(found.map(of), tested / n)!;
  const steps = sizes.map((n, at): LearningStep => {
    const { mean: auc, low, high } = over(({ areas }) => areas[at]!, n);
    return n < tested
      ? { n, auc, low: null, high: null }
      : { n, auc, low: Math.max(0, low), high: Math.min(1, high) };
  });
  const gained = (from: number, gain: ResampledMean): GainBetween => ({
    from,
    to: learntFrom,
    gain: gain.mean,
    low: gain.low,
    high: gain.high,
  });
  const half = sizes.findLastIndex((n) => n <= learntFrom / 2);
  const wholeGain = gained(
    0,
    over(({ areas, untaught }) => areas.at(-1)! - untaught, learntFrom),
  );
  const lastGain = gained(
    sizes[half]!,
    over(({ areas }) => areas.at(-1)! - areas[half]!, sizes[half]!),
  );
  const curve = fitLearningCurve(steps.map(({ n, auc }) => ({ n, value: auc })));
  return {
    ...nothing,
    ...judge(wholeGain, lastGain),
    tested: Math.round(tested),
    learntFrom,
    aucUntaught: mean(found.map(({ untaught }) => untaught)),
    steps,
    wholeGain,
    lastGain,
    curve,
    curveReason: curve ? null : steps.length < MIN_CURVE_POINTS ? 'too_few_steps' : 'flat',
    nextHundred: curve && gainOf(curve, examples.length, 100),
  };
}

/** Rows with every score in the order of time; of one instant by pair, so that no order of the store's shows. */
function examplesOf(rows: readonly (OutcomeRow & { startedAt: string })[]): Example[] {
  const complete = rows
    .flatMap((row) => {
      const raw = COMPONENTS.map((component) => row.scores[component] ?? NaN);
      const key = `${row.startedAt}|${pairKey(row.entity1Id, row.entity2Id)}`;
      return raw.every(Number.isFinite) ? [{ row, raw, key }] : [];
    })
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const scales = COMPONENTS.map((_, j) => scaleOf(complete.map(({ raw }) => raw[j]!)));
  return complete.map(({ row, raw }) => ({
    x: raw.map((value, j) => (value - scales[j]!.centre) * scales[j]!.perUnit),
    sum: rounded(raw.reduce((a, b) => a + b, 0)),
    success: row.success,
    entities: [row.entity1Id, row.entity2Id],
  }));
}

function scaleOf(values: readonly number[]): { centre: number; perUnit: number } {
  if (values.length === 0) return { centre: 0, perUnit: 0 };
  const centre = mean([...values]);
  const spread = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
  return { centre, perUnit: spread > 1e-12 ? 1 / spread : 0 };
}

function splitsOf(examples: readonly Example[], seed: number): { learnt: Example[]; tested: Example[] }[] {
  const groups = examples.map(({ entities }) =>
    entities.map((id) => fnv1a(`${seed}|${id}`) % LEARNING_REPEATS),
  );
  return Array.from({ length: LEARNING_REPEATS }, (_, held) => {
    const isTested = (at: number): boolean => groups[at]!.includes(held);
    return {
      learnt: examples.filter((_example, at) => !isTested(at)),
      tested: examples.filter((_example, at) => isTested(at)),
    };
  });
}

/** 50, 100, 200, ... and the most there are, where that is a fifth more than the last of those. */
function sizesUpTo(most: number): number[] {
  const sizes: number[] = [];
  for (let n = FIRST_SIZE; n <= most; n *= 2) sizes.push(n);
  const last = sizes.at(-1);
  if (last !== undefined && most >= 1.2 * last) sizes.push(most);
  return sizes;
}

/** Null where a model or an area is undefined: too few of one outcome. */
function areasOf(
  learnt: readonly Example[],
  tested: readonly Example[],
  sizes: readonly number[],
): SplitAreas | null {
  const labels = tested.map(({ success }) => success);
  const positives = labels.filter(Boolean).length;
  if (Math.min(positives, labels.length - positives) < MIN_DEALS_PER_CLASS) return null;
  const areas: number[] = [];
  // Each size starts from the solution of the one before.
  let start: number[] | undefined;
  for (const n of sizes) {
    start = learn(learnt.slice(0, n), start);
    if (start === undefined) return null;
    const slopes = start.slice(1);
    const scores = tested.map(({ x }) => rounded(x.reduce((sum, value, j) => sum + slopes[j]! * value, 0)));
    areas.push(areaOf(scores, labels, positives));
  }
  const sums = tested.map(({ sum }) => sum);
  return { areas, untaught: areaOf(sums, labels, positives), tested: tested.length };
}

/** Intercept and log odds per standard deviation of each score; undefined without both outcomes. */
function learn(examples: readonly Example[], start: number[] | undefined): number[] | undefined {
  const y = examples.map(({ success }) => success);
  if (!y.includes(true) || !y.includes(false)) return undefined;
  const fit = fitLogistic({ x: examples.map(({ x }) => x), y, ridge: COMPONENTS.map(() => RIDGE), start });
  return fit.status === 'failed' ? undefined : fit.coefficients;
}

/** Equal sums may differ in the last bit, and a tie is no order. */
function rounded(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}

/** Area under the ROC curve by the rank sum, without the variance that `rocAuc` adds. */
function areaOf(scores: readonly number[], positive: readonly boolean[], positives: number): number {
  const rankSum = midRanks(scores).reduce((sum, rank, i) => (positive[i] ? sum + rank : sum), 0);
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (scores.length - positives));
}

function judge(whole: GainBetween, last: GainBetween): Pick<Learning, 'verdict' | 'reasons'> {
  if (last.low > 0) return { verdict: 'still_learning', reasons: ['gain_above_zero'] };
  const reasons: LearningReason[] = [last.high < 0 ? 'gain_below_zero' : 'gain_contains_zero'];
  return { verdict: whole.low > 0 ? 'levelled_off' : 'no_gain_seen', reasons };
}
