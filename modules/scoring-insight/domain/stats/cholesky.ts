/**
 * Lower triangle L with L L' = matrix, for small dense matrices.
 * @param matrix symmetric, rows of equal length
 * @returns null when the matrix is not positive definite to working precision
 */
export function cholesky(matrix: readonly (readonly number[])[]): number[][] | null {
  const lower: number[][] = [];
  for (let i = 0; i < matrix.length; i += 1) {
    const row: number[] = [];
    for (let j = 0; j <= i; j += 1) {
      let rest = matrix[i]![j]!;
      const other = j === i ? row : lower[j]!;
      for (let k = 0; k < j; k += 1) rest -= row[k]! * other[k]!;
      if (j < i) {
        row.push(rest / other[j]!);
      } else {
        // A pivot this far below its own diagonal is rounding noise: the columns are linearly dependent.
        if (!(rest > matrix[i]![i]! * 1e-13)) return null;
        row.push(Math.sqrt(rest));
      }
    }
    lower.push(row);
  }
  return lower;
}

/** Solves L L' x = b for a Cholesky factor L. */
export function solveCholesky(lower: readonly (readonly number[])[], b: readonly number[]): number[] {
  const size = b.length;
  const x = [...b];
  for (let i = 0; i < size; i += 1) {
    for (let k = 0; k < i; k += 1) x[i]! -= lower[i]![k]! * x[k]!;
    x[i]! /= lower[i]![i]!;
  }
  for (let i = size - 1; i >= 0; i -= 1) {
    for (let k = i + 1; k < size; k += 1) x[i]! -= lower[k]![i]! * x[k]!;
    x[i]! /= lower[i]![i]!;
  }
  return x;
}

/** The inverse of L L' for a Cholesky factor L, symmetric. */
export function invertCholesky(lower: readonly (readonly number[])[]): number[][] {
  return lower.map((_, column) =>
    solveCholesky(
      lower,
      lower.map((__, row) => (row === column ? 1 : 0)),
    ),
  );
}
