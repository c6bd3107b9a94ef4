import { mean } from 'simple-statistics';
import { cholesky, invertCholesky, solveCholesky } from './cholesky.js';

/** A column that is an exact linear function of earlier ones (indexes), and a constant. */
export interface Alias {
  column: number;
  of: number[];
}

export interface Collinearity {
  /** Variance inflation factor per column; null for an alias and for the columns it is made of, where it is infinite. */
  vif: (number | null)[];
  aliases: Alias[];
  /** Pearson correlations. */
  correlation: number[][];
}

/** Above these a coefficient's interval says less than its data: warn, severe. */
export const VIF_WARN = 5;
export const VIF_SEVERE = 10;

/**
 * How far columns explain each other: VIF_j = (R^-1)_jj = 1 / (1 - R2_j) with R the correlation matrix.
 *
 * Where R is singular the first column that the ones before it explain exactly is an alias of those it needs; factors of
 * the rest are taken without the aliases.
 * @param columns of equal length, none constant
 */
export function collinearity(columns: readonly (readonly number[])[]): Collinearity {
  const correlation = correlationMatrix(columns);
  const kept: number[] = [];
  const aliases: Alias[] = [];
  columns.forEach((_, column) => {
    if (cholesky(within(correlation, [...kept, column])) !== null) kept.push(column);
    else aliases.push({ column, of: partsOf(correlation, kept, column) });
  });
  const involved = new Set(aliases.flatMap((alias) => [alias.column, ...alias.of]));
  const factor = cholesky(within(correlation, kept));
  const inverse = factor === null ? [] : invertCholesky(factor);
  const vif = columns.map((_, column) => {
    const at = kept.indexOf(column);
    // Rounding may take a factor below its bound of 1.
    return involved.has(column) ? null : Math.max(1, inverse[at]![at]!);
  });
  return { vif, aliases, correlation };
}

/** The kept columns with a coefficient in the regression that explains `column` exactly. */
function partsOf(
  correlation: readonly (readonly number[])[],
  kept: readonly number[],
  column: number,
): number[] {
  const factor = cholesky(within(correlation, kept));
  if (factor === null) return [];
  const slopes = solveCholesky(
    factor,
    kept.map((other) => correlation[other]![column]!),
  );
  return kept.filter((_, i) => Math.abs(slopes[i]!) > 1e-6);
}

function within(matrix: readonly (readonly number[])[], indexes: readonly number[]): number[][] {
  return indexes.map((i) => indexes.map((j) => matrix[i]![j]!));
}

function correlationMatrix(columns: readonly (readonly number[])[]): number[][] {
  const units = columns.map((column) => {
    const centre = mean([...column]);
    const length = Math.sqrt(column.reduce((sum, value) => sum + (value - centre) ** 2, 0));
    return column.map((value) => (value - centre) / length);
  });
  return units.map((a, i) =>
    units.map((b, j) => (i === j ? 1 : a.reduce((sum, value, row) => sum + value * b[row]!, 0))),
  );
}
