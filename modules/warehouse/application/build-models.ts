import { z } from 'zod';
import { type AppError, toAppError } from '../../../src/kernel/errors.js';
import type { RunContext, StepOutcome } from '../../../src/kernel/progress.js';
import type { BuildState } from '../domain/build-state.js';
import type { DataTest, TestResult } from '../domain/data-test.js';
import { type Model, modelsOf } from '../domain/model.js';
import { planBuild, type Upstream } from '../domain/plan-build.js';
import type { ModelLayer, PreparedBuild, Standing } from './ports.js';

export interface ModelReport {
  model: string;
  /**
   * `built`: published anew. `unchanged`: nothing that it reads moved, or nothing came of it. `kept`: the table of the run
   * before stays, because a source it reads failed or something upstream was not built. `rejected`: a data test of severity
   * error failed, the table of the run before stays. `failed`: its SQL did.
   */
  status: 'built' | 'unchanged' | 'kept' | 'rejected' | 'failed';
  mode?: 'full' | 'incremental';
  /** Why it was built whole, or why it was kept. */
  reason?: string;
  /** Rows of the published table, and those written for it now. */
  rows: number;
  written: number;
  milliseconds?: number;
  error?: { class: string; code: string; message: string };
}
export interface BuildOptions {
  /** Names of the models to build; absent: all. */
  only?: ReadonlySet<string>;
  /** Builds whole what could be built by its changes. */
  full?: boolean;
}

const extractDetail = z.object({ failedSources: z.array(z.string()).default([]) });
/** Models in work at once: the engine runs each statement on all cores, so more would only wait for memory. */
const SIDE_BY_SIDE = 3;
/** A table of more rows has its data tests run in turn, for the memory; those of a smaller one or of an increment are one statement. */
const TESTED_AT_ONCE = 1_000_000;
/** Position of a raw table that was never loaded: everything that comes is new. */
const NEVER = '1970-01-01T00:00:00.000000Z';

/**
 * Step 2: dimensions, facts and aggregates, each after what it reads, independent ones side by side. A model is built
 * beside its table, tested there and only then published with its state; so whatever is published has passed its tests of
 * severity error. What fails stops what reads it and nothing else.
 */
export class BuildModels {
  /** `tellFindings` is called with the run's asOf once the results of its data tests are kept. */
  constructor(
    private readonly layer: ModelLayer,
    private readonly tellFindings: (now: string) => Promise<void> = () => Promise.resolve(),
  ) {}

  async execute(context: RunContext, options: BuildOptions = {}): Promise<StepOutcome> {
    const { failedSources } = extractDetail.parse(context.earlier?.get('extract')?.detail ?? {});
    const build = new Build(
      this.layer,
      await this.layer.standing(),
      context,
      options,
      new Set(failedSources),
    );
    await build.run();
    await this.layer.recordTests(
      build.tests.map((test) => ({ ...test, run_id: context.runId, tested_at: context.asOf })),
    );
    await this.tellFindings(context.asOf);
    await this.layer.forgetConsumed(build.states);
    return summarise(this.layer.models, build.reports, build.tests);
  }
}

/** One walk over the models. */
class Build {
  readonly reports = new Map<string, ModelReport>();
  readonly states = new Map<string, BuildState | null>();
  readonly tests: TestResult[] = [];

  constructor(
    private readonly layer: ModelLayer,
    private readonly standing: Standing,
    private readonly context: RunContext,
    private readonly options: BuildOptions,
    private readonly failedSources: ReadonlySet<string>,
  ) {
    for (const [name, { state }] of standing.published) this.states.set(name, state);
  }

  /** Every model once, a model as soon as all it reads are done. A transient failure or an abort ends the walk. */
  async run(): Promise<void> {
    const { models } = this.layer;
    const waiting = models.filter((model) => this.options.only?.has(model.name) ?? true);
    const total = waiting.length;
    const busy = new Map<string, Promise<void>>();
    const failures: unknown[] = [];
    while (failures.length === 0 && (waiting.length > 0 || busy.size > 0)) {
      const ready = waiting.filter((model) =>
        modelsOf(model).every((name) => !busy.has(name) && !waiting.some((other) => other.name === name)),
      );
      for (const model of ready.slice(0, SIDE_BY_SIDE - busy.size)) {
        waiting.splice(waiting.indexOf(model), 1);
        this.context.onProgress({ phase: model.name, done: this.reports.size, total });
        const work = this.one(model)
          .then((report) => void this.reports.set(model.name, report))
          .catch((error: unknown) => void failures.push(error))
          .finally(() => busy.delete(model.name));
        busy.set(model.name, work);
      }
      await Promise.race(busy.values());
    }
    await Promise.allSettled(busy.values());
    if (failures.length > 0) throw failures[0];
    this.context.onProgress({ phase: 'models', done: this.reports.size, total });
  }

  private async one(model: Model): Promise<ModelReport> {
    this.context.signal.throwIfAborted();
    const published = this.standing.published.get(model.name);
    const { state = null, rows = 0, expires = false, hash = '' } = published ?? {};
    const kept = (reason: string): ModelReport => ({
      model: model.name,
      status: 'kept',
      reason,
      rows,
      written: 0,
    });
    const failedSource = model.reads.find((name) => this.failedSources.has(name.replace(/^raw_/, '')));
    if (failedSource) return kept(`${failedSource} was not loaded`);
    const behind = modelsOf(model).find((name) => stopped(this.reports.get(name)));
    if (behind) return kept(`${behind} was not built`);

    const upstream = this.upstream(model);
    const plan = planBuild(model, hash, this.options.full ? null : state, { rows, expires }, upstream);
    const unchanged: ModelReport = { model: model.name, status: 'unchanged', rows, written: 0 };
    if (plan.mode === 'unchanged') {
      const error = await this.failedTests(model, asPublished(model, rows, upstream), (test) => test.timed);
      return error ? { ...unchanged, status: 'rejected', error } : unchanged;
    }
    const started = performance.now();
    try {
      const prepared = await this.layer.prepare(model, plan, state, positionsOf(upstream));
      // Rows that stay as they are have passed; but time goes on, and after a full build the tests themselves may be new.
      const all = prepared.changed || plan.mode === 'full';
      const error = await this.failedTests(model, prepared, (test) => all || test.timed);
      if (error) {
        await this.layer.discard(model);
        return { model: model.name, status: 'rejected', mode: plan.mode, rows, written: 0, error };
      }
      const next = this.nextState(state, hash, upstream, prepared);
      await this.layer.publish(model, prepared, next);
      this.states.set(model.name, next);
      return {
        ...(prepared.changed ? { model: model.name, status: 'built' } : unchanged),
        mode: plan.mode,
        ...(plan.mode === 'full' ? { reason: this.options.full ? 'it was asked for' : plan.reason } : {}),
        rows: prepared.rows,
        written: prepared.written,
        milliseconds: Math.round(performance.now() - started),
      };
    } catch (error) {
      const failure: AppError = toAppError(error, 'warehouse');
      if (this.context.signal.aborted || failure.class === 'transient') throw failure;
      const { class: kind, code, message } = failure;
      return { model: model.name, status: 'failed', rows, written: 0, error: { class: kind, code, message } };
    }
  }

  /** What the model stands on: positions of raw tables as they were when the walk began, versions of models as they are. */
  private upstream(model: Model): Map<string, Upstream> {
    return new Map(
      model.reads.map((name): [string, Upstream] => {
        if (name.startsWith('raw_'))
          return [name, { position: this.standing.raw.get(name) ?? NEVER, reset: 0 }];
        const state = this.states.get(name);
        return [name, { position: state?.version ?? 0, reset: state?.reset ?? 0 }];
      }),
    );
  }

  private nextState(
    state: BuildState | null,
    hash: string,
    upstream: ReadonlyMap<string, Upstream>,
    { changed, reset, rows }: PreparedBuild,
  ): BuildState {
    const version = (state?.version ?? 0) + (changed ? 1 : 0);
    return {
      version,
      reset: changed && reset ? version : (state?.reset ?? 0),
      positions: positionsOf(upstream),
      hash,
      rows,
      builtAt: new Date().toISOString(),
    };
  }

  /** Runs the tests that are due on what was prepared; the error when one of severity error failed. */
  private async failedTests(
    model: Model,
    prepared: PreparedBuild,
    due: (test: DataTest) => boolean,
  ): Promise<ModelReport['error']> {
    const tests = (this.layer.testsOf.get(model.name) ?? []).filter(due);
    const isSmall = prepared.changedTable !== undefined || prepared.rows <= TESTED_AT_ONCE;
    const reports: TestResult[] = [];
    for (const batch of isSmall && tests.length > 0 ? [tests] : tests.map((test) => [test])) {
      this.context.signal.throwIfAborted();
      const results = await this.layer.test(batch, prepared, this.context.asOf);
      batch.forEach(({ name, severity, rule }, i) => {
        reports.push({ test: name, model: model.name, severity, rule, ...results[i]! });
      });
    }
    this.tests.push(...reports);
    const broken = reports.filter(({ severity, failures }) => severity === 'error' && failures > 0);
    if (broken.length === 0) return undefined;
    const message = broken
      .map(({ test, failures, sample }) => `${test}: ${failures} records (${sample.join(', ')})`)
      .join('; ');
    return { class: 'rejected', code: 'data_test_failed', message };
  }
}

const positionsOf = (upstream: ReadonlyMap<string, Upstream>): BuildState['positions'] =>
  Object.fromEntries([...upstream].map(([name, { position }]) => [name, position]));

/** The published table as a build that changes nothing. */
const asPublished = (
  { name }: Model,
  rows: number,
  upstream: ReadonlyMap<string, Upstream>,
): PreparedBuild => ({
  rows,
  written: 0,
  changed: false,
  reset: false,
  thisTable: name,
  wholeTable: name,
  until: positionsOf(upstream),
});

const stopped = (report: ModelReport | undefined): boolean =>
  report !== undefined && ['kept', 'rejected', 'failed'].includes(report.status);

/**
 * The step's outcome. `blocked` names the models that stay behind because a build or a test failed, with all that read
 * them: later steps leave out what depends on these. A source that failed blocks nothing: its last tables are whole.
 */
function summarise(
  models: readonly Model[],
  reports: ReadonlyMap<string, ModelReport>,
  tests: readonly TestResult[],
): StepOutcome {
  const all = [...reports.values()];
  const broken = all.filter((report) => report.status === 'rejected' || report.status === 'failed');
  const blocked = new Set(broken.map((report) => report.model));
  for (const model of models)
    if (reports.has(model.name) && modelsOf(model).some((name) => blocked.has(name))) blocked.add(model.name);
  const written = all.reduce((total, report) => total + report.written, 0);
  const base = {
    rowsIn: written,
    rowsOut: written,
    rejected: 0,
    detail: {
      models: all,
      tests: tests.filter((test) => test.failures > 0),
      testsRun: tests.length,
      blocked: [...blocked],
    },
  };
  const first = broken[0]?.error;

  if (first) {
    const message = broken.map(({ model, error }) => `${model}: ${error?.message}`).join('; ');
    // The models that stand on their own are built: the later steps go on with these.
    const status = broken.length === all.length ? 'failed' : 'partial';
    return { ...base, status, error: { ...first, message } };
  }
  return { ...base, status: all.some((report) => report.status === 'kept') ? 'partial' : 'succeeded' };
}
