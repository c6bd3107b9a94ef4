import { COMPONENTS, type Component, type OutcomeRow } from '../components.js';

/** A generator of uniform numbers in [0, 1) that repeats itself for a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Deals between 200 invented entities, one an hour, whose success depends on their scores as told.
 * @param effects log odds per unit of a component (scores are uniform on 0..1); 0 where not told
 */
export function plantedDeals(
  n: number,
  effects: Partial<Record<Component, number>>,
  seed: number,
): (OutcomeRow & { startedAt: string })[] {
  const random = seeded(seed);
  return Array.from({ length: n }, (_, index) => {
    const scores: Record<Component, number> = {
      semantic: random(),
      goal_alignment: random(),
      cultural_momentum: random(),
      historical: random(),
      authenticity: random(),
    };
    const logOdds = COMPONENTS.reduce(
      (sum, component) => sum + (effects[component] ?? 0) * (scores[component] - 0.5),
      0,
    );
    const success = random() < 1 / (1 + Math.exp(-logOdds));
    return {
      entity1Id: `entity-${Math.floor(random() * 200)}`,
      entity2Id: `entity-${Math.floor(random() * 200)}`,
      success,
      successScore: success ? 3.5 + 1.5 * random() : 3.5 * random(),
      scores,
      confidence: random(),
      startedAt: new Date(Date.UTC(2024, 0, 1) + index * 3_600_000).toISOString(),
    };
  });
}
