/** One line of progress of long work. `total` is undefined while nobody knows it. */
export interface Progress {
  phase: string;
  done: number;
  total?: number;
}
export type OnProgress = (progress: Progress) => void;

/** What every step of a run gets: one run id, one `now`, a way to stop and to tell. */
export interface RunContext {
  runId: string;
  /** ISO 8601 UTC instant, the only `now` that steps 2 to 5 see. */
  asOf: string;
  signal: AbortSignal;
  onProgress: OnProgress;
  /** Outcomes of this run's earlier steps by name: a model whose source failed just now is left as it is. */
  earlier?: ReadonlyMap<string, { status: string; detail?: Record<string, unknown> }>;
}

/** What a step reports back. */
export interface StepOutcome {
  status: 'succeeded' | 'partial' | 'failed' | 'held';
  rowsIn: number;
  rowsOut: number;
  rejected: number;
  error?: { class: string; code: string; message: string };
  /** For people: per source, per model, per sync figures. Plain JSON. */
  detail: Record<string, unknown>;
}
