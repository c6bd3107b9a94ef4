/** What is known of a reject when someone asks what to do about it. */
export interface RejectFacts {
  source: string;
  reasonCode: string;
  /** The columns of its payload; a line that was no row has none of the source's. */
  columns: readonly string[];
  file: string | null;
  line: number | null;
  replayedAt: string | null;
}

/** Reasons that the row's own values cannot lift. */
const NEVER_REPLAYED = new Set(['duplicate_key']);

/** Whether the payload alone can be judged again; SQL decides the same in infrastructure/replay-statements.ts. */
export function isReplayable(reject: Pick<RejectFacts, 'reasonCode' | 'columns'>): boolean {
  const isLine = reject.columns.length === 1 && reject.columns[0] === 'line';
  return !NEVER_REPLAYED.has(reject.reasonCode) && !isLine;
}

/** The next step for a person, one sentence or two. */
export function nextStep(reject: RejectFacts): string {
  if (reject.replayedAt !== null) return 'Nothing: the row was replayed and is in the warehouse.';
  if (!isReplayable(reject)) {
    const place = reject.file
      ? ` ${reject.file}${reject.line ? `, line ${reject.line}` : ''}`
      : ' the source';
    return reject.reasonCode === 'duplicate_key'
      ? `Let the key occur once in${place}: the next run reads it. Replaying cannot tell which of the rows is right.`
      : `Mend${place}: the next run reads it.`;
  }
  const replay = `cli warehouse replay --source ${reject.source} --reason ${reject.reasonCode}`;
  switch (reject.reasonCode) {
    case 'unknown_stage':
      return `Add the stage to STAGES_FILE and replay (${replay}), or mend the row at its source: the next run reads it.`;
    case 'event_before_deal':
      return `Mend the deal's created_at at its source, run, and replay (${replay}), or mend the event: the next run reads it.`;
    default:
      return `Mend the row at its source: the next run reads it. If the rule was wrong and is another now, replay (${replay}).`;
  }
}
