import { mean } from 'simple-statistics';

/** What a figure has reached after n examples. */
export interface LearningPoint {
  n: number;
  value: number;
}

/** value = ceiling - reach n^-rate. */
export interface LearningCurve {
  /** What it comes to with ever more examples. */
  ceiling: number;
  /** Above 0 for a figure that rises. */
  reach: number;
  rate: number;
}

/** Four points for three parameters. */
export const MIN_CURVE_POINTS = 4;

const RATES = { least: 0.05, most: 2, steps: 40 };

/**
 * The inverse power law of learning (Cortes et al. 1994) by least squares. For a given rate the other two are a straight
 * line; the rate, 0.05 to 2, is searched on a grid and then by golden section around its best point.
 * @returns null below four points, or when the figure does not rise under any rate: the curve is flat
 */
export function fitLearningCurve(points: readonly LearningPoint[]): LearningCurve | null {
  if (points.length < MIN_CURVE_POINTS) return null;
  const loss = (rate: number): number => {
    const { ceiling, reach } = lineAt(points, rate);
    return points.reduce((sum, { n, value }) => sum + (value - ceiling + reach * n ** -rate) ** 2, 0);
  };
  const width = (RATES.most - RATES.least) / RATES.steps;
  const grid = Array.from({ length: RATES.steps + 1 }, (_, step) => RATES.least + step * width);
  const losses = grid.map(loss);
  const best = grid[losses.indexOf(Math.min(...losses))]!;
  const rate = leastBetween(loss, Math.max(RATES.least, best - width), Math.min(RATES.most, best + width));
  const line = lineAt(points, rate);
  const [least, most] = [Math.min(...points.map(({ n }) => n)), Math.max(...points.map(({ n }) => n))];
  // Rounding lifts a flat curve by some 1e-16.
  return gainOf({ ...line, rate }, least, most - least) > 1e-12 ? { ...line, rate } : null;
}

/** The best ceiling and reach for a rate. */
function lineAt(points: readonly LearningPoint[], rate: number): { ceiling: number; reach: number } {
  const x = points.map(({ n }) => n ** -rate);
  const [centreX, centreY] = [mean(x), mean(points.map(({ value }) => value))];
  let products = 0;
  let squares = 0;
  points.forEach(({ value }, i) => {
    products += (x[i]! - centreX) * (value - centreY);
    squares += (x[i]! - centreX) ** 2;
  });
  const reach = squares === 0 ? 0 : -products / squares;
  return { ceiling: centreY + reach * centreX, reach };
}

/** What `more` examples beyond n add. */
export function gainOf(
  { reach, rate }: Pick<LearningCurve, 'reach' | 'rate'>,
  n: number,
  more: number,
): number {
  return reach * (n ** -rate - (n + more) ** -rate);
}

/** Golden section: where a function with one valley is least. */
function leastBetween(f: (x: number) => number, from: number, to: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  let [a, b] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [fa, fb] = [f(a), f(b)];
  while (high - low > 1e-9) {
    if (fa <= fb) {
      [high, b, fb] = [b, a, fa];
      a = high - ratio * (high - low);
      fa = f(a);
    } else {
      [low, a, fa] = [a, b, fb];
      b = low + ratio * (high - low);
      fb = f(b);
    }
  }
  return (low + high) / 2;
}
