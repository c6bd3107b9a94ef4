/**
 * Numbers that repeat themselves for a seed: mulberry32 (public domain, T. Ettinger), 2^32 of them. For simulations of some
 * million draws; nothing secret may rest on it.
 */
export class SeededRandom {
  constructor(private state: number) {}

  /** Uniform in [0, 1). */
  uniform(): number {
    const one = new Float64Array(1);
    this.fill(one);
    return one[0]!;
  }

  /** As many uniform draws as the target holds: one by one they would cost several times as much. */
  fill(target: Float64Array): void {
    let state = this.state | 0;
    for (let i = 0; i < target.length; i += 1) {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      target[i] = ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    }
    this.state = state;
  }

  /** Standard normal (Box and Muller 1958, one of its two). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
}
