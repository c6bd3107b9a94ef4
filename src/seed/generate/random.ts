const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * A small seeded generator (sfc32, Doty-Humphrey): the same seed and stream name give the same numbers on every
 * machine. Each table draws from a stream of its own, so that a change to one leaves the others as they were.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;
  private spare: number | undefined;

  constructor(seed: number, stream: string) {
    [this.a, this.b, this.c] = [
      hash(`${seed}/${stream}/a`),
      hash(`${seed}/${stream}/b`),
      hash(`${seed}/${stream}/c`),
    ];
    for (let i = 0; i < 16; i++) this.uint32();
  }

  uint32(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    this.c |= 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1) with 53 bits. */
  float(): number {
    return ((this.uint32() >>> 5) * 67_108_864 + (this.uint32() >>> 6)) / 9_007_199_254_740_992;
  }

  /** Uniform real in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.float();
  }

  /** Uniform integer in [0, count). */
  int(count: number): number {
    return Math.floor(this.float() * count);
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return at(items, this.int(items.length));
  }

  /** One of `[item, weight]`, in proportion to the weights. */
  weighted<T>(items: readonly (readonly [T, number])[]): T {
    let rest = this.float() * items.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [item, weight] of items) {
      rest -= weight;
      if (rest < 0) return item;
    }
    return at(items, items.length - 1)[0];
  }

  /** Standard normal (Box-Muller). */
  normal(): number {
    if (this.spare !== undefined) {
      const value = this.spare;
      this.spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.float()));
    const angle = 2 * Math.PI * this.float();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Standard logistic: what makes a threshold on a linear predictor an exact logistic model. */
  logistic(): number {
    const u = this.between(1e-9, 1 - 1e-9);
    return Math.log(u / (1 - u));
  }

  /** A version 4 uuid. */
  uuid(): string {
    const [w0, w1, w2, w3] = [this.uint32(), this.uint32(), this.uint32(), this.uint32()];
    const v1 = (w1 & 0xffff0fff) | 0x4000;
    const v2 = (w2 & 0x3fffffff) | 0x80000000;
    return `${hex4(w0)}-${hex2(v1 >>> 16)}-${hex2(v1)}-${hex2(v2 >>> 16)}-${hex2(v2)}${hex4(w3)}`;
  }
}

/** Element of a list by an index that the caller knows to be inside. */
export function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`index ${index} of ${items.length}`);
  return item;
}

function hex2(value: number): string {
  return at(HEX, (value >>> 8) & 255) + at(HEX, value & 255);
}

function hex4(value: number): string {
  return hex2(value >>> 16) + hex2(value);
}

/** FNV-1a with a final mix: spreads short labels over 32 bits. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
