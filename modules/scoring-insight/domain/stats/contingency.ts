import { chiSquareTail } from './chi-square.js';
import { noncentralityLimits } from './contingency-distributions.js';

export type ContingencyReason = 'no_rows' | 'single_row' | 'single_column' | 'no_plausible_association';

export interface Contingency {
  /** Of the table as it stands, whatever the design effect. */
  n: number;
  /** Rows and columns that are not empty. */
  rows: number;
  columns: number;
  /** Pearson's, with Yates' correction on 2 x 2. */
  chiSquare: number | null;
  df: number | null;
  p: number | null;
  /** 0..1, of the chi-square without correction. */
  cramersV: number | null;
  /** Bergsma's (2013) estimate of the population's, 0 where `cramersV` is no more than chance brings. */
  cramersVCorrected: number | null;
  /** Limits of the population's V; null where there are none. `cramersV` itself may lie above them in a small sample. */
  low: number | null;
  high: number | null;
  /** Share of cells with an expected count below 5 (over the design effect), where p is rough; null without a test. */
  smallExpectedShare: number | null;
  /** Why a figure is null; null when none is. */
  reason: ContingencyReason | null;
}

export interface ContingencyOptions {
  confidence?: number;
  /** Rows tell as much as `designEffect` times fewer independent ones (Rao & Scott 1984): chi-square and n are divided by it. */
  designEffect?: number;
}

/**
 * Chi-square test of independence and Cramer's V.
 *
 * Interval: the noncentrality that the uncorrected chi-square allows (Steiger 2004), as V = sqrt(ncp / (n min(r - 1, c - 1))).
 * With a design effect above 1 all figures are those of the smaller sample, but `n`, and V, which the division leaves as it is.
 *
 * @param table counts, rows of one length; rows and columns without a count are left out
 */
export function contingency(
  table: readonly (readonly number[])[],
  { confidence = 0.95, designEffect = 1 }: ContingencyOptions = {},
): Contingency {
  const cells = withoutEmpty(table);
  const rowSums = cells.map(total);
  const columnSums = transposed(cells).map(total);
  const counted = total(rowSums);
  const [rows, columns] = [rowSums.length, columnSums.length];
  const none = {
    ...{ n: counted, rows, columns, chiSquare: null, df: null, p: null, cramersV: null },
    ...{ cramersVCorrected: null, low: null, high: null, smallExpectedShare: null },
  };
  if (counted === 0) return { ...none, reason: 'no_rows' };
  if (rows === 1) return { ...none, reason: 'single_row' };
  if (columns === 1) return { ...none, reason: 'single_column' };

  const expected = rowSums.map((row) => columnSums.map((column) => (row * column) / counted));
  const isTwoByTwo = rows === 2 && columns === 2;
  const uncorrected = distance(cells, expected, 0) / designEffect;
  const chiSquare = isTwoByTwo ? distance(cells, expected, 0.5) / designEffect : uncorrected;
  const n = counted / designEffect;
  const df = (rows - 1) * (columns - 1);
  const limits = noncentralityLimits(uncorrected, df, confidence);
  const vOf = (ncp: number): number => cramersVOf(ncp, n, rows, columns);
  return {
    n: counted,
    rows,
    columns,
    chiSquare,
    df,
    p: chiSquareTail(chiSquare, df),
    cramersV: vOf(uncorrected),
    cramersVCorrected: bergsma(uncorrected / n, n, rows, columns),
    low: limits && vOf(limits.low),
    high: limits && vOf(limits.high),
    smallExpectedShare: expected.flat().filter((count) => count / designEffect < 5).length / (rows * columns),
    reason: limits === null ? 'no_plausible_association' : null,
  };
}

/** Cramer's V of a chi-square or a noncentrality: sqrt(chi2 / (n min(r - 1, c - 1))), at most 1. */
export function cramersVOf(chiSquare: number, n: number, rows: number, columns: number): number {
  return Math.min(1, Math.sqrt(chiSquare / (n * (Math.min(rows, columns) - 1))));
}

/** Null for a sample so small that its corrected table has no second row or column. */
function bergsma(phiSquare: number, n: number, rows: number, columns: number): number | null {
  if (n <= 1) return null;
  const corrected = Math.max(0, phiSquare - ((rows - 1) * (columns - 1)) / (n - 1));
  const side = (size: number): number => size - (size - 1) ** 2 / (n - 1);
  const smaller = Math.min(side(rows), side(columns)) - 1;
  return smaller <= 0 ? null : Math.min(1, Math.sqrt(corrected / smaller));
}

/** Sum of squared differences over what is expected, each difference made smaller by the correction, but not below 0. */
function distance(
  cells: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
  correction: number,
): number {
  return total(
    cells.flatMap((row, i) =>
      row.map((count, j) => {
        const mean = expected[i]?.[j] ?? 0;
        return Math.max(0, Math.abs(count - mean) - correction) ** 2 / mean;
      }),
    ),
  );
}

function withoutEmpty(table: readonly (readonly number[])[]): number[][] {
  const rows = table.filter((row) => total(row) > 0);
  return transposed(transposed(rows).filter((column) => total(column) > 0));
}

function transposed(table: readonly (readonly number[])[]): number[][] {
  return (table[0] ?? []).map((_, column) => table.map((row) => row[column] ?? 0));
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
