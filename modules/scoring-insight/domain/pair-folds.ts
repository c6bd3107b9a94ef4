/** A cross-validation fold. */
export type Fold = 0 | 1 | 2 | 3 | 4;

export const FOLDS: readonly Fold[] = [0, 1, 2, 3, 4];

/** The unordered pair of two entities as one key: the smaller id first. */
export function pairKey(entity1Id: string, entity2Id: string): string {
  return entity1Id < entity2Id ? `${entity1Id}|${entity2Id}` : `${entity2Id}|${entity1Id}`;
}

/**
 * The fold of a pair, from a hash of its key alone: all deals of a pair share a fold, so that none is judged by a model
 * that saw the same pair, and a new deal moves no other deal to another fold.
 */
export function foldOfPair(key: string): Fold {
  return FOLDS[fnv1a(key) % FOLDS.length]!;
}

/** 32-bit FNV-1a over UTF-16 code units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}
