import { describe, expect, it } from '@jest/globals';
import { AppError, type ErrorClass } from '../../../src/kernel/errors.js';
import type { RunContext } from '../../../src/kernel/progress.js';
import type { BuildState } from '../domain/build-state.js';
import type { DataTest } from '../domain/data-test.js';
import type { Model } from '../domain/model.js';
import type { BuildPlan } from '../domain/plan-build.js';
import { BuildModels, type ModelReport } from './build-models.js';
import type { ModelLayer, PreparedBuild, Standing } from './ports.js';

const NOW = '2026-06-17T12:00:00.000000Z';
const context = (changes: Partial<RunContext> = {}): RunContext => ({
  runId: '7d4b0b3e-0000-4000-8000-000000000001',
  asOf: NOW,
  signal: new AbortController().signal,
  onProgress: () => undefined,
  ...changes,
});
const afterFailing = (...failedSources: string[]): RunContext =>
  context({ earlier: new Map([['extract', { status: 'failed', detail: { failedSources } }]]) });
const model = (name: string, ...reads: string[]): Model => ({
  name,
  grain: 'One row.',
  materialised: 'full',
  reads,
  changedBy: [],
  tests: [],
  select: '',
});
const dataTest = (name: string, severity: DataTest['severity'], of: string): DataTest => ({
  name,
  severity,
  model: of,
  rule: `rule of ${name}`,
  select: '',
  timed: name.startsWith('timed'),
});

interface Script {
  /** Models whose SQL fails. */
  broken?: Record<string, ErrorClass>;
  /** Records that a test finds. */
  found?: Record<string, string[]>;
  /** Models whose build gives the rows that are there. */
  same?: string[];
}

/** dim <- fact <- agg, and one model beside them. Remembers what it published, as the store does. */
class NotedModels implements ModelLayer {
  readonly models = [
    model('dim', 'raw_entities'),
    model('fact', 'raw_deals', 'dim'),
    model('agg', 'fact'),
    model('beside', 'raw_rates'),
  ];
  readonly testsOf = new Map([
    ['fact', [dataTest('warn_fact', 'warn', 'fact'), dataTest('error_fact', 'error', 'fact')]],
    ['beside', [dataTest('error_beside', 'error', 'beside')]],
  ]);
  readonly raw = new Map(['raw_entities', 'raw_deals', 'raw_rates'].map((name) => [name, NOW]));
  readonly states = new Map<string, BuildState>();
  readonly did: string[] = [];
  recorded: readonly object[] = [];
  /** Most models in work at once. */
  atOnce = 0;
  private inWork = 0;
  script: Script = {};

  standing(): Promise<Standing> {
    const published = this.models.map(({ name }) => {
      const state = this.states.get(name) ?? null;
      return [name, { state, rows: state?.rows ?? 0, expires: false, hash: 'h' }] as const;
    });
    return Promise.resolve({ raw: this.raw, published: new Map(published) });
  }
  async prepare({ name }: Model, plan: BuildPlan): Promise<PreparedBuild> {
    this.did.push(`prepare ${name} ${plan.mode}`);
    this.inWork += 1;
    this.atOnce = Math.max(this.atOnce, this.inWork);
    await new Promise(setImmediate);
    this.inWork -= 1;
    const kind = this.script.broken?.[name];
    if (kind)
      throw new AppError({
        class: kind,
        source: 'clickhouse',
        code: `${name}_broken`,
        message: `${name} is broken.`,
      });
    const changed = !this.script.same?.includes(name);
    return {
      rows: 10,
      written: 10,
      changed,
      reset: false,
      thisTable: `build_${name}`,
      wholeTable: `build_${name}`,
      until: {},
    };
  }
  test(tests: readonly DataTest[], { thisTable }: PreparedBuild, asOf: string) {
    const found = tests.map(({ name }) => {
      this.did.push(`test ${name} on ${thisTable} as of ${asOf}`);
      const sample = this.script.found?.[name] ?? [];
      return { failures: sample.length, sample };
    });
    return Promise.resolve(found);
  }
  publish({ name }: Model, _prepared: PreparedBuild, state: BuildState): Promise<void> {
    this.did.push(`publish ${name}`);
    this.states.set(name, state);
    return Promise.resolve();
  }
  discard({ name }: Model): Promise<void> {
    this.did.push(`discard ${name}`);
    return Promise.resolve();
  }
  forgetConsumed(): Promise<void> {
    return Promise.resolve();
  }
  recordTests(rows: readonly object[]): Promise<void> {
    this.recorded = rows;
    return Promise.resolve();
  }
}
const statuses = (outcome: { detail: Record<string, unknown> }): string[] =>
  (outcome.detail.models as ModelReport[]).map(({ model: name, status }) => `${name} ${status}`).sort();

describe('BuildModels', () => {
  it('builds each model after what it reads, tests it before it is published, and keeps every result', async () => {
    const layer = new NotedModels();
    const outcome = await new BuildModels(layer).execute(context());
    const order = (step: string) => layer.did.indexOf(step);
    expect(order('publish dim')).toBeLessThan(order('prepare fact full'));
    expect(order(`test error_fact on build_fact as of ${NOW}`)).toBeLessThan(order('publish fact'));
    expect(order('publish fact')).toBeLessThan(order('prepare agg full'));
    expect(layer.recorded).toHaveLength(3);
    expect(layer.recorded).toContainEqual({
      run_id: context().runId,
      test: 'warn_fact',
      model: 'fact',
      severity: 'warn',
      rule: 'rule of warn_fact',
      failures: 0,
      sample: [],
      tested_at: NOW,
    });
    expect(outcome).toMatchObject({
      status: 'succeeded',
      rowsOut: 40,
      detail: { tests: [], testsRun: 3, blocked: [] },
    });
  });

  it('has independent models in work side by side', async () => {
    const layer = new NotedModels();
    await new BuildModels(layer).execute(context());
    expect(layer.atOnce).toBe(2);
  });

  it('leaves alone what nothing moved, and rebuilds what stands on what did', async () => {
    const layer = new NotedModels();
    const step = new BuildModels(layer);
    await step.execute(context());
    const again = await step.execute(context());
    expect(statuses(again)).toEqual(['agg unchanged', 'beside unchanged', 'dim unchanged', 'fact unchanged']);
    layer.raw.set('raw_deals', '2026-06-17T12:00:00.000001Z');
    const moved = await step.execute(context());
    expect(statuses(moved)).toEqual(['agg built', 'beside unchanged', 'dim unchanged', 'fact built']);
    expect(layer.states.get('fact')).toMatchObject({ version: 2, positions: { dim: 1 } });
  });

  it('builds on what was loaded after it, though a raw table was never loaded before', async () => {
    const layer = new NotedModels();
    layer.raw.delete('raw_rates');
    const step = new BuildModels(layer);
    await step.execute(context());
    expect(layer.states.get('beside')?.positions).toEqual({ raw_rates: '1970-01-01T00:00:00.000000Z' });
    layer.raw.set('raw_rates', NOW);
    expect(statuses(await step.execute(context()))).toContain('beside built');
  });

  it('runs what time alone can break where nothing changed', async () => {
    const layer = new NotedModels();
    layer.testsOf.set('dim', [dataTest('timed_dim', 'error', 'dim'), dataTest('error_dim', 'error', 'dim')]);
    const step = new BuildModels(layer);
    await step.execute(context());
    layer.did.length = 0;
    layer.script = { found: { timed_dim: ['old'], error_dim: ['never asked'] } };
    const outcome = await step.execute(context());
    expect(layer.did.filter((did) => did.startsWith('test'))).toEqual([`test timed_dim on dim as of ${NOW}`]);
    expect(statuses(outcome)).toEqual(['agg kept', 'beside unchanged', 'dim rejected', 'fact kept']);
  });

  it('moves the positions, not the version, of a model whose rows stay the same', async () => {
    const layer = new NotedModels();
    const step = new BuildModels(layer);
    await step.execute(context());
    layer.raw.set('raw_entities', '2026-06-18T00:00:00.000000Z');
    layer.script = { same: ['dim'] };
    const outcome = await step.execute(context());
    expect(statuses(outcome)).toEqual([
      'agg unchanged',
      'beside unchanged',
      'dim unchanged',
      'fact unchanged',
    ]);
    expect(layer.states.get('dim')).toMatchObject({
      version: 1,
      positions: { raw_entities: '2026-06-18T00:00:00.000000Z' },
    });
  });

  it('keeps what reads a failed source, directly or not, and does not test it', async () => {
    const layer = new NotedModels();
    const outcome = await new BuildModels(layer).execute(afterFailing('deals', 'elsewhere'));
    expect(outcome).toMatchObject({ status: 'partial', detail: { blocked: [], testsRun: 1 } });
    expect(statuses(outcome)).toEqual(['agg kept', 'beside built', 'dim built', 'fact kept']);
  });

  it('stops what depends on a model that cannot be built, and builds the rest', async () => {
    const layer = new NotedModels();
    layer.script = { broken: { fact: 'bug' } };
    const outcome = await new BuildModels(layer).execute(context());
    expect(outcome).toMatchObject({
      status: 'partial',
      error: { class: 'bug', code: 'fact_broken' },
      detail: { blocked: ['fact', 'agg'] },
    });
    expect(statuses(outcome)).toEqual(['agg kept', 'beside built', 'dim built', 'fact failed']);
  });

  it('publishes nothing that failed a test of severity error, nor what depends on it, and says so', async () => {
    const layer = new NotedModels();
    layer.script = { found: { warn_fact: ['17'], error_fact: ['a', 'b'] } };
    const outcome = await new BuildModels(layer).execute(context());
    expect(outcome).toMatchObject({
      status: 'partial',
      error: {
        class: 'rejected',
        code: 'data_test_failed',
        message: 'fact: error_fact: 2 records (a, b)',
      },
      detail: { blocked: ['fact', 'agg'] },
    });
    expect(statuses(outcome)).toEqual(['agg kept', 'beside built', 'dim built', 'fact rejected']);
    expect(layer.did).toContain('discard fact');
    expect([...layer.states.keys()].sort()).toEqual(['beside', 'dim']);
  });

  it('tries a rejected model again in the next run, though nothing moved', async () => {
    const layer = new NotedModels();
    layer.script = { found: { error_fact: ['a'] } };
    const step = new BuildModels(layer);
    await step.execute(context());
    layer.script = {};
    expect(statuses(await step.execute(context()))).toEqual([
      'agg built',
      'beside unchanged',
      'dim unchanged',
      'fact built',
    ]);
  });

  it('tells of a failed warning and goes on', async () => {
    const layer = new NotedModels();
    layer.script = { found: { warn_fact: ['17'] } };
    const outcome = await new BuildModels(layer).execute(context());
    expect(outcome).toMatchObject({
      status: 'succeeded',
      detail: { tests: [{ test: 'warn_fact', model: 'fact', failures: 1, sample: ['17'] }] },
    });
  });

  it('builds the selected models alone, whole when asked', async () => {
    const layer = new NotedModels();
    const step = new BuildModels(layer);
    await step.execute(context());
    layer.did.length = 0;
    const outcome = await step.execute(context(), { only: new Set(['fact', 'agg']), full: true });
    expect(statuses(outcome)).toEqual(['agg built', 'fact built']);
    expect(layer.did.filter((did) => did.startsWith('prepare'))).toEqual([
      'prepare fact full',
      'prepare agg full',
    ]);
  });

  it('ends when the store is down, or when it is told to stop', async () => {
    const layer = new NotedModels();
    layer.script = { broken: { fact: 'transient' } };
    await expect(new BuildModels(layer).execute(context())).rejects.toMatchObject({ code: 'fact_broken' });
    expect([...layer.states.keys()]).not.toContain('agg');
    const stopping = new AbortController();
    stopping.abort(new Error('stop'));
    await expect(
      new BuildModels(new NotedModels()).execute(context({ signal: stopping.signal })),
    ).rejects.toThrow('stop');
  });
});
