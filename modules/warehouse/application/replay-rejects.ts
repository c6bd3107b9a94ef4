import { AppError, toAppError } from '../../../src/kernel/errors.js';

/** Which waiting rejects; absent: of every source, for every reason. */
export interface ReplayFilter {
  source?: string | undefined;
  reason?: string | undefined;
}

/** Rejects of one reason that stay. */
export interface StillRejected {
  reasonCode: string;
  reason: string;
  count: number;
}

/** What the rules say now of the waiting rejects of a source. */
export interface ReplayJudgement {
  /** Rejects that the rules would let pass. */
  passing: number;
  /** The others by the reason that holds them now. */
  failing: readonly StillRejected[];
}

/** Where rejects wait, and the way from there into raw. */
export interface RejectReplay {
  /** Names of the sources that are declared. */
  readonly sources: readonly string[];
  /** Sources with waiting rejects, in the order in which sources are extracted: parents before children. */
  waiting(filter: ReplayFilter): Promise<string[]>;
  /** Puts the waiting rejects of a source into a stage of its own and judges them by the rules of a load. */
  judge(source: string, filter: ReplayFilter): Promise<ReplayJudgement>;
  /**
   * Brings what was judged good into raw, as of the instant at which it was first seen, and then marks its rejects as
   * replayed. Rows added to raw: none for what is there already or was overtaken.
   */
  apply(source: string, asked: { by: string; now: string }): Promise<number>;
  /** Drops the stage. */
  discard(source: string): Promise<void>;
}

export interface ReplayedSource {
  source: string;
  replayed: number;
  /** Rows that raw did not have. */
  loaded: number;
  rejected: readonly StillRejected[];
  error?: { class: string; code: string; message: string };
}
export interface ReplayReport {
  dryRun: boolean;
  replayed: number;
  rejected: number;
  sources: readonly ReplayedSource[];
}

/** Judges waiting rejects again, from what was kept of them, and loads those that the rules let pass now. */
export class ReplayRejects {
  /**
   * `alone` runs work while no pipeline run does, or answers null: a run that builds models between a row's instant and
   * its arrival would never see it. `lost` says that this holds no longer.
   */
  constructor(
    private readonly rejects: RejectReplay,
    private readonly alone: <T>(work: (lost: AbortSignal) => Promise<T>) => Promise<T | null>,
  ) {}

  /**
   * `by`: name of the key or person who asks, kept with each reject; `now`: ISO 8601 UTC. Killed anywhere and repeated,
   * the end is the same. A dry run only says what would pass.
   * Throws AppErrors: `source_unknown` (rejected), `run_in_progress` (transient). What fails in one source is in its
   * report, and the others go on.
   */
  async execute(
    filter: ReplayFilter,
    asked: { by: string; now: string; dryRun?: boolean | undefined },
  ): Promise<ReplayReport> {
    if (filter.source !== undefined && !this.rejects.sources.includes(filter.source)) {
      throw new AppError({
        class: 'rejected',
        source: 'warehouse',
        code: 'source_unknown',
        message: `There is no source ${filter.source}. Sources: ${this.rejects.sources.join(', ')}.`,
      });
    }
    const dryRun = asked.dryRun ?? false;
    const report = dryRun
      ? await this.replay(filter, { ...asked, dryRun })
      : await this.alone((lost) => this.replay(filter, { ...asked, dryRun }, lost));
    if (report !== null) return report;
    throw new AppError({
      class: 'transient',
      source: 'warehouse',
      code: 'run_in_progress',
      message: 'A pipeline run is in progress. Replay when it has ended.',
    });
  }

  private async replay(
    filter: ReplayFilter,
    asked: { by: string; now: string; dryRun: boolean },
    lost?: AbortSignal,
  ): Promise<ReplayReport> {
    const sources: ReplayedSource[] = [];
    for (const source of await this.rejects.waiting(filter)) {
      lost?.throwIfAborted();
      sources.push(await this.replaySource(source, filter, asked));
    }
    return {
      dryRun: asked.dryRun,
      replayed: sources.reduce((sum, { replayed }) => sum + replayed, 0),
      rejected: sources.reduce(
        (sum, { rejected }) => sum + rejected.reduce((all, { count }) => all + count, 0),
        0,
      ),
      sources,
    };
  }

  private async replaySource(
    source: string,
    filter: ReplayFilter,
    asked: { by: string; now: string; dryRun: boolean },
  ): Promise<ReplayedSource> {
    try {
      const { passing, failing } = await this.rejects.judge(source, filter);
      const loaded = asked.dryRun || passing === 0 ? 0 : await this.rejects.apply(source, asked);
      await this.rejects.discard(source);
      return { source, replayed: passing, loaded, rejected: failing };
    } catch (error) {
      const failure = toAppError(error, 'warehouse');
      // A store that is down fails every source alike, and the whole can be repeated.
      if (failure.class === 'transient') throw failure;
      const { class: kind, code, message } = failure;
      return { source, replayed: 0, loaded: 0, rejected: [], error: { class: kind, code, message } };
    }
  }
}
