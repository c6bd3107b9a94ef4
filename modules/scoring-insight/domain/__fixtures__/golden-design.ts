import { mean, sampleStandardDeviation } from 'simple-statistics';
import { golden } from './golden.js';

/** The six columns of the golden deals, and its rows with every column standardised (sample standard deviation). */
export const goldenColumns = golden.names.map((_, j) => golden.X.map((row) => row[j]!));
export const goldenStandardised = golden.X.map((row) =>
  row.map((value, j) => (value - mean(goldenColumns[j]!)) / sampleStandardDeviation(goldenColumns[j]!)),
);

/** Largest absolute difference of two lists of equal length. */
export function farthest(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) return Infinity;
  return Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)));
}
