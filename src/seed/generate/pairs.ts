import type { Micros } from './format.js';
import type { Entity } from './organisations.js';
import { at, type Random } from './random.js';

/**
 * Chooses two entities of different tenants that both existed at an instant, no pair twice. Of two random candidates
 * the one with fewer deals is taken, so that nobody is left without outcomes. Planted performers appear only in the
 * deals planned for them.
 */
export class PairPicker {
  private readonly used = new Set<number>();
  private readonly deals: Uint32Array;
  private readonly firstRegular: number;

  constructor(
    private readonly random: Random,
    private readonly entities: readonly Entity[],
  ) {
    this.deals = new Uint32Array(entities.length);
    this.firstRegular = entities.findIndex(({ performer }) => performer === null);
  }

  pick(joinedBefore: Micros, performer: number | null): [number, number] {
    const end = this.countJoined(joinedBefore);
    for (;;) {
      const first = performer ?? this.candidate(end);
      const second = this.candidate(end);
      const key = pairKey(first, second, this.entities.length);
      if (at(this.entities, first).tenant === at(this.entities, second).tenant || this.used.has(key))
        continue;
      this.used.add(key);
      this.deals[first] = (this.deals[first] ?? 0) + 1;
      this.deals[second] = (this.deals[second] ?? 0) + 1;
      return this.random.chance(0.5) ? [first, second] : [second, first];
    }
  }

  private candidate(end: number): number {
    const span = end - this.firstRegular;
    const a = this.firstRegular + this.random.int(span);
    const b = this.firstRegular + this.random.int(span);
    return (this.deals[a] ?? 0) <= (this.deals[b] ?? 0) ? a : b;
  }

  /** Entities are sorted by the time they joined. */
  private countJoined(before: Micros): number {
    let low = 0;
    let high = this.entities.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at(this.entities, middle).createdAt < before) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** One number per unordered pair. */
export function pairKey(a: number, b: number, count: number): number {
  return Math.min(a, b) * count + Math.max(a, b);
}
