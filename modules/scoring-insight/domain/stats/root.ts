/**
 * Root of a function that falls from positive to negative between two bounds, by bisection to the last bit.
 * Where the function has no sign change the bound nearest to one is returned: `low` when it is never
 * positive inside, `high` when it is never negative.
 */
export function rootOfFalling(f: (x: number) => number, low: number, high: number): number {
  let left = low;
  let right = high;
  // Doubles between two bounds run out after about 60 halvings; more are needed only next to zero.
  for (let step = 0; step < 100; step += 1) {
    const middle = (left + right) / 2;
    if (middle <= left || middle >= right) break;
    if (f(middle) > 0) left = middle;
    else right = middle;
  }
  return (left + right) / 2;
}
