import { describe, expect, it } from '@jest/globals';
import { AppError, type ErrorClass } from '../../../src/kernel/errors.js';
import type { RunContext } from '../../../src/kernel/progress.js';
import { BuildModels } from './build-models.js';
import type { Model } from '../domain/model.js';
import type { DataTest, ModelLayer } from './ports.js';

const context = (changes: Partial<RunContext> = {}): RunContext => ({
  runId: '7d4b0b3e-0000-4000-8000-000000000001',
  asOf: '2026-06-17T12:00:00.000000Z',
  signal: new AbortController().signal,
  onProgress: () => undefined,
  ...changes,
});
const afterFailing = (...failedSources: string[]): RunContext =>
  context({ earlier: new Map([['extract', { status: 'failed', detail: { failedSources } }]]) });
const model = (name: string, sources: string[], dependsOn: string[] = []): Model => ({
  name,
  sources,
  dependsOn,
  select: '',
});
const dataTest = (name: string, severity: DataTest['severity'], of: string): DataTest => ({
  name,
  severity,
  model: of,
  rule: `rule of ${name}`,
  select: '',
});

/** dim <- fact <- agg, and one model beside them; `broken` fails to build, `found` are the records a data test finds. */
class NotedModels implements ModelLayer {
  readonly models = [
    model('dim', ['entities']),
    model('fact', ['deals'], ['dim']),
    model('agg', [], ['fact']),
    model('beside', ['rates']),
  ];
  readonly tests = [
    dataTest('warn_fact', 'warn', 'fact'),
    dataTest('error_beside', 'error', 'beside'),
    dataTest('error_all', 'error', 'all'),
  ];
  readonly built: string[] = [];
  readonly tested: string[] = [];
  recorded: readonly object[] = [];
  constructor(
    private readonly broken: Record<string, ErrorClass> = {},
    private readonly found: Record<string, string[]> = {},
  ) {}
  build({ name }: Model): Promise<number> {
    const errorClass = this.broken[name];
    if (errorClass)
      return Promise.reject(
        new AppError({
          class: errorClass,
          source: 'clickhouse',
          code: `${name}_broken`,
          message: `${name} is broken.`,
        }),
      );
    this.built.push(name);
    return Promise.resolve(10);
  }
  test({ name }: DataTest, built: readonly string[]) {
    this.tested.push(`${name}(${built.join(' ')})`);
    const sample = this.found[name] ?? [];
    return Promise.resolve({ failures: sample.length, sample });
  }
  recordTests(rows: readonly object[]): Promise<void> {
    this.recorded = rows;
    return Promise.resolve();
  }
}
const statuses = (outcome: { detail: Record<string, unknown> }): unknown =>
  (outcome.detail.models as { model: string; status: string }[]).map(
    ({ model: name, status }) => `${name} ${status}`,
  );

describe('BuildModels', () => {
  it('builds all models in order, then tests them and keeps every result', async () => {
    const layer = new NotedModels();
    const outcome = await new BuildModels(layer).execute(context());
    expect(layer.built).toEqual(['dim', 'fact', 'agg', 'beside']);
    expect(layer.tested).toEqual(
      ['warn_fact', 'error_beside', 'error_all'].map((name) => `${name}(dim fact agg beside)`),
    );
    expect(layer.recorded).toHaveLength(3);
    expect(layer.recorded[0]).toEqual({
      run_id: context().runId,
      test: 'warn_fact',
      model: 'fact',
      severity: 'warn',
      failures: 0,
      sample: '',
      tested_at: context().asOf,
    });
    expect(outcome).toMatchObject({ status: 'succeeded', rowsOut: 40, detail: { tests: [], testsRun: 3 } });
  });

  it('keeps what reads a failed source, directly or not, and does not test it', async () => {
    const layer = new NotedModels();
    const outcome = await new BuildModels(layer).execute(afterFailing('deals', 'elsewhere'));
    expect(outcome.status).toBe('partial');
    expect(statuses(outcome)).toEqual(['dim built', 'fact kept', 'agg kept', 'beside built']);
    expect(layer.tested).toEqual(['error_beside(dim beside)', 'error_all(dim beside)']);
  });

  it('fails for a model that cannot be built, keeps its children and builds the rest', async () => {
    const layer = new NotedModels({ fact: 'bug' });
    const outcome = await new BuildModels(layer).execute(context());
    expect(outcome).toMatchObject({ status: 'failed', error: { class: 'bug', code: 'fact_broken' } });
    expect(statuses(outcome)).toEqual(['dim built', 'fact failed', 'agg kept', 'beside built']);
  });

  it('ends at once when the store is down, or when it is told to stop', async () => {
    const layer = new NotedModels({ fact: 'transient' });
    await expect(new BuildModels(layer).execute(context())).rejects.toMatchObject({ code: 'fact_broken' });
    expect(layer.built).toEqual(['dim']);
    const stopping = new AbortController();
    stopping.abort(new Error('stop'));
    await expect(
      new BuildModels(new NotedModels()).execute(context({ signal: stopping.signal })),
    ).rejects.toThrow('stop');
  });

  it('tells of a failed warning and goes on; a failed error fails the step with its records', async () => {
    const warned = await new BuildModels(new NotedModels({}, { warn_fact: ['17'] })).execute(context());
    expect(warned).toMatchObject({
      status: 'succeeded',
      detail: {
        tests: [
          { test: 'warn_fact', severity: 'warn', rule: 'rule of warn_fact', failures: 1, sample: ['17'] },
        ],
      },
    });
    const failed = await new BuildModels(
      new NotedModels({}, { warn_fact: ['17'], error_all: ['a', 'b'] }),
    ).execute(context());
    expect(failed).toMatchObject({
      status: 'failed',
      error: { class: 'rejected', code: 'data_test_failed', message: 'error_all: 2 records (a, b)' },
    });
  });
});
