import { rootOfFalling } from './root.js';

/**
 * Exact interval of a Poisson mean from one count (Garwood 1936): the means under which this count or more, and this
 * count or fewer, have half of 1 - confidence each. The tails are summed term by term, outwards from the count: the
 * chi-square distribution that usually stands for them is off by 1e-4 for large counts in the library at hand.
 * @param count whole number
 */
export function poissonInterval(count: number, confidence = 0.95): { low: number; high: number } {
  const tail = (1 - confidence) / 2;
  let logFactorial = 0;
  for (let i = 2; i <= count; i += 1) logFactorial += Math.log(i);
  /** P(count), times the sum of 1, ratio(1), ratio(1) ratio(2), ... */
  const sumOutwards = (mean: number, ratio: (step: number) => number): number => {
    let term = Math.exp(count * Math.log(mean) - mean - logFactorial);
    let sum = term;
    for (let step = 1; term > sum * Number.EPSILON; step += 1) {
      term *= ratio(step);
      sum += term;
    }
    return sum;
  };
  const orMore = (mean: number): number => sumOutwards(mean, (step) => mean / (count + step));
  const orFewer = (mean: number): number => sumOutwards(mean, (step) => (count + 1 - step) / mean);
  // Ten standard deviations and more: beyond any usual tail.
  const far = 20 + 10 * Math.sqrt(count);
  return {
    low: count === 0 ? 0 : rootOfFalling((mean) => tail - orMore(mean), Math.max(0, count - far), count),
    high: rootOfFalling((mean) => orFewer(mean) - tail, Math.max(count, Number.MIN_VALUE), count + far),
  };
}
