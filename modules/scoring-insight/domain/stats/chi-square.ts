import gammainc from '@stdlib/math-base-special-gammainc';

/**
 * P(X > chiSquare) of a chi-square variable: the p of the tests that reject large values. The regularised upper incomplete
 * gamma function, because 1 - cdf has no digits left below 1e-16.
 * @param chiSquare not below 0
 * @returns 0..1; 0 only where the smallest number is larger
 */
export function chiSquareTail(chiSquare: number, degreesOfFreedom: number): number {
  return gammainc(chiSquare / 2, degreesOfFreedom / 2, true, true);
}
