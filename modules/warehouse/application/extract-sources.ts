import { toAppError } from '../../../src/kernel/errors.js';
import type { RunContext, StepOutcome } from '../../../src/kernel/progress.js';
import { believes, type KeyComparison, sweepDue } from '../domain/sweep.js';
import type {
  Extraction,
  HeldSweep,
  LoadCounts,
  RawLayer,
  ReadableSource,
  SourceSnapshot,
  SweepCounts,
  SweepLog,
  SweepState,
} from './ports.js';

/** What one source did in a run; `staged` rows were read, the rest was known already. */
export interface SourceReport {
  source: string;
  /** `held`: its rows are in, but it lacks so many keys that their deletion waits for a person. */
  status: 'succeeded' | 'held' | 'failed';
  staged: number;
  loaded: number;
  rejected: number;
  deleted: number;
  held?: KeyComparison & { next: string };
  notes?: string[];
  error?: { class: string; code: string; message: string };
}

/** How deletions are found, and who hears of those that are not believed. */
export interface DeletionRules {
  log: SweepLog;
  /** Seconds between two comparisons of all keys of a source that is read by cursor; 0 = never. */
  intervalSeconds: number;
  signal: (held: readonly HeldSweep[], now: string) => Promise<void>;
}

const NEVER_COMPARED: SweepState = { comparedAt: null, held: null, released: null };

/** The deletions of a source that wait for a person after a load or sweep. */
interface Held {
  held: KeyComparison | null;
}

/** Step 1: every source into raw_*, each on its own; a broken source fails the step and leaves the others whole. */
export class ExtractSources {
  constructor(
    private readonly store: RawLayer,
    private readonly withSnapshot: <T>(work: (snapshot: SourceSnapshot) => Promise<T>) => Promise<T>,
    private readonly stageNames: readonly string[],
    private readonly deletions: DeletionRules,
  ) {}

  async execute(context: RunContext): Promise<StepOutcome> {
    return await this.withSnapshot(async ({ sources, ...snapshot }) => {
      const extraction: Extraction = { runId: context.runId, ...snapshot, stages: this.stageNames };
      const reports: SourceReport[] = [];
      const states = await this.deletions.log.states();
      for (const [index, source] of sources.entries()) {
        context.signal.throwIfAborted();
        context.onProgress({ phase: source.definition.name, done: index, total: sources.length });
        const state = states.get(source.definition.name) ?? NEVER_COMPARED;
        reports.push(await this.extract(source, state, extraction, context));
      }
      await this.deletions.signal(await this.deletions.log.held(), snapshot.bound);
      return summarise(reports);
    });
  }

  private async extract(
    source: ReadableSource,
    state: SweepState,
    extraction: Extraction,
    context: RunContext,
  ): Promise<SourceReport> {
    const { definition } = source;
    const notes: string[] = [];
    try {
      const cursor = definition.cursor ? await this.store.cursor(definition, extraction.stages) : null;
      const counts = await this.load(source, cursor, state, extraction, context, notes);
      const due = cursor !== null && sweepDue(this.deletions.intervalSeconds, state, extraction.bound);
      if (due && source.readKeys) {
        const swept = await this.sweep(source, source.readKeys, state, extraction);
        if (swept.compared.unknown > 0) {
          notes.push(`read whole: the source has ${swept.compared.unknown} keys that raw had not`);
          const again = await this.load(source, null, state, extraction, context, notes);
          counts.staged += again.staged;
          counts.loaded += again.loaded;
          counts.rejected += again.rejected;
          counts.deleted += again.deleted;
          counts.held = again.held;
        } else {
          counts.deleted += swept.deleted;
          counts.held = swept.held;
        }
      }
      await this.store.dropStage(definition);
      return {
        source: definition.name,
        ...heldOr(definition.name, counts.held),
        staged: counts.staged,
        loaded: counts.loaded,
        rejected: counts.rejected,
        deleted: counts.deleted,
        ...(notes.length > 0 ? { notes: [...new Set(notes)] } : {}),
      };
    } catch (error) {
      if (context.signal.aborted) throw error;
      const failure = toAppError(error, 'warehouse');
      // A store that is down fails every source alike: end here, the whole run can be repeated. A file's server is no store.
      if (failure.class === 'transient' && failure.source !== 'warehouse') throw failure;
      return {
        source: definition.name,
        status: 'failed',
        staged: 0,
        loaded: 0,
        rejected: 0,
        deleted: 0,
        error: { class: failure.class, code: failure.code, message: failure.message },
      };
    }
  }

  /** Rows from the cursor on into raw; without a cursor all rows, and what raw has beyond them is deleted. */
  private async load(
    source: ReadableSource,
    cursor: string | null,
    state: SweepState,
    extraction: Extraction,
    context: RunContext,
    notes: string[],
  ): Promise<LoadCounts & Held> {
    const { definition } = source;
    await this.store.emptyStage(definition);
    let lines = 0;
    await source.read(
      cursor,
      (bytes) =>
        this.store.stage(definition, bytes, (more) => {
          lines += more;
          context.onProgress({ phase: definition.name, done: lines });
        }),
      (text) => notes.push(text),
    );
    if (cursor !== null) return { ...(await this.store.load(definition, extraction)), held: state.held };
    const counts = await this.store.load(definition, extraction, {
      whole: (found) => believes(found, state.released),
    });
    return { ...counts, held: await this.record(source, extraction, counts, state) };
  }

  /** The keys alone of a source that is read by cursor, against those of raw. */
  private async sweep(
    source: ReadableSource,
    readKeys: NonNullable<ReadableSource['readKeys']>,
    state: SweepState,
    extraction: Extraction,
  ): Promise<SweepCounts & Held> {
    const { definition } = source;
    await this.store.emptyStage(definition);
    await readKeys((bytes) => this.store.stage(definition, bytes, () => undefined));
    // Keys that raw does not know mean reading the source whole; that finds the missing ones as well.
    const counts = await this.store.sweep(
      definition,
      extraction,
      (found) => found.unknown === 0 && believes(found, state.released),
    );
    if (counts.compared.unknown > 0) return { ...counts, held: state.held };
    return { ...counts, held: await this.record(source, extraction, counts, state) };
  }

  /** Writes down what a comparison led to; returns what is held after it. */
  private async record(
    { definition }: ReadableSource,
    extraction: Extraction,
    { compared, believed }: Partial<SweepCounts>,
    state: SweepState,
  ): Promise<KeyComparison | null> {
    if (!compared || believed === undefined) return state.held;
    // A source that is read whole every time is compared every time: only what changes is worth a line.
    const before = state.released === null ? state.held : undefined;
    const same = believed
      ? before === null
      : before?.live === compared.live && before.missing === compared.missing;
    if (!same || definition.cursor)
      await this.deletions.log.record(definition.name, extraction, compared, {
        believed,
        released: state.released,
      });
    return believed ? null : compared;
  }
}

function heldOr(source: string, held: KeyComparison | null): Pick<SourceReport, 'status' | 'held'> {
  if (held === null) return { status: 'succeeded' };
  return {
    status: 'held',
    held: { ...held, next: `look at the source; if it is right: cli warehouse sweeps --release ${source}` },
  };
}

function summarise(reports: readonly SourceReport[]): StepOutcome {
  const sum = (pick: (report: SourceReport) => number) =>
    reports.reduce((total, report) => total + pick(report), 0);
  const failed = reports.filter((report) => report.status === 'failed');
  const held = reports.some((report) => report.status === 'held');
  const first = failed[0]?.error;
  return {
    status: failed.length > 0 ? 'failed' : held ? 'partial' : 'succeeded',
    rowsIn: sum((report) => report.staged),
    rowsOut: sum((report) => report.loaded + report.deleted),
    rejected: sum((report) => report.rejected),
    ...(first
      ? { error: { ...first, message: failed.map((report) => report.error?.message).join(' ') } }
      : {}),
    // The other sources are whole: what is built from them may go on.
    detail: {
      sources: reports,
      failedSources: failed.map((report) => report.source),
      continue: failed.length < reports.length,
    },
  };
}
