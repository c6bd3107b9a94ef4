import { mean } from 'simple-statistics';
import { pairKey } from '../pair-folds.js';

/**
 * Standard error of a mean over pairs of entities. Values of pairs that share an entity are not independent, so every
 * product of two such deviations counts (Aronow, Samii and Assenova 2015): the squared sums of each entity's
 * deviations, less those of each pair, which both of its entities counted. Not below the error of independent values:
 * with few entities the estimate is itself uncertain, and around a single hub it is zero.
 * @param members the two entities of each value, in any order; the same entity twice is a pair of its own
 * @returns null below two values
 */
export function dyadicStandardError(
  values: readonly number[],
  members: readonly (readonly [string, string])[],
): number | null {
  const n = values.length;
  if (n < 2) return null;
  const centre = mean([...values]);
  const ofEntity = new Map<string, number>();
  const ofPair = new Map<string, number>();
  let independent = 0;
  values.forEach((value, i) => {
    const deviation = value - centre;
    const [a, b] = members[i]!;
    independent += deviation ** 2;
    add(ofEntity, a, deviation);
    if (a !== b) {
      add(ofEntity, b, deviation);
      add(ofPair, pairKey(a, b), deviation);
    }
  });
  const entities = ofEntity.size;
  const shared = squares(ofEntity) - squares(ofPair);
  const clustered = entities > 1 ? (shared * entities) / (entities - 1) : 0;
  return Math.sqrt(Math.max(clustered, (independent * n) / (n - 1))) / n;
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

function squares(sums: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const sum of sums.values()) total += sum ** 2;
  return total;
}
