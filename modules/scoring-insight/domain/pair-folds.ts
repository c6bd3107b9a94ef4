/** A cross-validation fold. */
export type Fold = 0 | 1 | 2 | 3 | 4;

export const FOLDS: readonly Fold[] = [0, 1, 2, 3, 4];

/** Where a deal is tested, and which folds' models must not learn from it. */
export interface FoldPlace {
  fold: Fold;
  /** Contains `fold`. */
  hiddenFrom: readonly Fold[];
}

/** The unordered pair of two entities as one key: the smaller id first. */
export function pairKey(entity1Id: string, entity2Id: string): string {
  return entity1Id < entity2Id ? `${entity1Id}|${entity2Id}` : `${entity2Id}|${entity1Id}`;
}

/**
 * Folds by groups of entities: each entity belongs to one of five groups, a deal is tested with the group of one of its
 * two entities (a hash of the pair says which), and no model for that fold learns from any deal of any entity of the
 * group. From hashes alone, so that a new deal moves no other deal to another fold.
 */
export function foldByEntity(entity1Id: string, entity2Id: string): FoldPlace {
  const [low, high] = entity1Id < entity2Id ? [entity1Id, entity2Id] : [entity2Id, entity1Id];
  const groups: [Fold, Fold] = [foldOf(low), foldOf(high)];
  const fold = groups[fnv1a(pairKey(low, high)) & 1]!;
  return { fold, hiddenFrom: groups[0] === groups[1] ? [fold] : groups };
}

/** Folds by pairs alone, for where an entity takes part in so many deals that none are left without it. */
export function foldByPair(entity1Id: string, entity2Id: string): FoldPlace {
  const fold = foldOf(pairKey(entity1Id, entity2Id));
  return { fold, hiddenFrom: [fold] };
}

function foldOf(key: string): Fold {
  return FOLDS[fnv1a(key) % FOLDS.length]!;
}

/** 32-bit FNV-1a over UTF-16 code units. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}
