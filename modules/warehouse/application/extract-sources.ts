import { toAppError } from '../../../src/kernel/errors.js';
import type { RunContext, StepOutcome } from '../../../src/kernel/progress.js';
import type { Extraction, RawLayer, ReadableSource, SourceSnapshot } from './ports.js';

/** What one source did in a run; `staged` rows were read, the rest was known already. */
export interface SourceReport {
  source: string;
  status: 'succeeded' | 'failed';
  staged: number;
  loaded: number;
  rejected: number;
  error?: { class: string; code: string; message: string };
}

/** Step 1: every source into raw_*, each on its own; a broken source fails the step and leaves the others whole. */
export class ExtractSources {
  constructor(
    private readonly store: RawLayer,
    private readonly withSnapshot: <T>(work: (snapshot: SourceSnapshot) => Promise<T>) => Promise<T>,
    private readonly stageNames: readonly string[],
  ) {}

  async execute(context: RunContext): Promise<StepOutcome> {
    return await this.withSnapshot(async ({ bound, sources }) => {
      const extraction: Extraction = { runId: context.runId, bound, stages: this.stageNames };
      const reports: SourceReport[] = [];
      for (const [index, source] of sources.entries()) {
        context.signal.throwIfAborted();
        context.onProgress({ phase: source.definition.name, done: index, total: sources.length });
        reports.push(await this.extract(source, extraction, context));
      }
      return summarise(reports);
    });
  }

  private async extract(
    source: ReadableSource,
    extraction: Extraction,
    context: RunContext,
  ): Promise<SourceReport> {
    const { definition } = source;
    try {
      const cursor = definition.cursor ? await this.store.cursor(definition, extraction.stages) : null;
      await this.store.emptyStage(definition);
      let lines = 0;
      await source.read(cursor, (bytes) =>
        this.store.stage(definition, bytes, (more) => {
          lines += more;
          context.onProgress({ phase: definition.name, done: lines });
        }),
      );
      const counts = await this.store.load(definition, extraction);
      await this.store.dropStage(definition);
      return { source: definition.name, status: 'succeeded', ...counts };
    } catch (error) {
      if (context.signal.aborted) throw error;
      const failure = toAppError(error, 'warehouse');
      // A store that is down fails every source alike: end here, the whole run can be repeated.
      if (failure.class === 'transient') throw failure;
      return {
        source: definition.name,
        status: 'failed',
        staged: 0,
        loaded: 0,
        rejected: 0,
        error: { class: failure.class, code: failure.code, message: failure.message },
      };
    }
  }
}

function summarise(reports: readonly SourceReport[]): StepOutcome {
  const sum = (pick: (report: SourceReport) => number) =>
    reports.reduce((total, report) => total + pick(report), 0);
  const failed = reports.filter((report) => report.status === 'failed');
  const first = failed[0]?.error;
  return {
    status: failed.length > 0 ? 'failed' : 'succeeded',
    rowsIn: sum((report) => report.staged),
    rowsOut: sum((report) => report.loaded),
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
