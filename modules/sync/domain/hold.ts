/** What a run would do to its target, and under which mapping. Rows. */
export interface WouldDo {
  creates: number;
  updates: number;
  deletes: number;
  mappingHash: string;
}

/** A run that its guard stopped, and what a person said about it. */
export interface Hold extends WouldDo {
  sync: string;
  /** The run that was held last. */
  runId: string;
  /** Which limit was passed, as text for a person. */
  reason: string;
  /** ISO 8601 UTC. */
  heldAt: string;
  state: 'held' | 'released' | 'rejected';
  /** Name of the key that decided, or `cli:` and the user. */
  decidedBy: string | null;
  decidedAt: string | null;
}

/** `held`: a person must look; `rejected`: a person has looked, and nothing is to be written. */
export type HoldVerdict = 'go' | 'held' | 'rejected';

/**
 * Whether a run beyond its guard may write. A decision covers what the person saw: as many rows of each kind or fewer,
 * under the same mapping. Anything more is a new question. Pure.
 */
export function mayGo(hold: Hold | null, wouldDo: WouldDo): HoldVerdict {
  if (hold === null || hold.state === 'held' || !covers(hold, wouldDo)) return 'held';
  return hold.state === 'released' ? 'go' : 'rejected';
}

function covers(hold: Hold, wouldDo: WouldDo): boolean {
  return (
    hold.mappingHash === wouldDo.mappingHash &&
    wouldDo.creates <= hold.creates &&
    wouldDo.updates <= hold.updates &&
    wouldDo.deletes <= hold.deletes
  );
}
