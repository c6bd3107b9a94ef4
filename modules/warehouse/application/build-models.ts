import { z } from 'zod';
import { type AppError, toAppError } from '../../../src/kernel/errors.js';
import type { RunContext, StepOutcome } from '../../../src/kernel/progress.js';
import { modelsOf } from '../domain/model.js';
import type { DataTest, ModelLayer } from './ports.js';

export interface ModelReport {
  model: string;
  /** `kept`: a source it reads failed, so the tables of the run before stay. */
  status: 'built' | 'kept' | 'failed';
  rows: number;
  error?: { class: string; code: string; message: string };
}
export interface TestReport {
  test: string;
  severity: DataTest['severity'];
  rule: string;
  failures: number;
  sample: string[];
}

const extractDetail = z.object({ failedSources: z.array(z.string()).default([]) });

/**
 * Step 2: dimensions, facts and aggregates in dependency order, then the data tests. Every model is rebuilt whole from
 * raw_*, so the result depends on raw alone. A failed test of severity error fails the step, which stops insight and
 * sync: the targets keep the last good figures.
 */
export class BuildModels {
  constructor(private readonly layer: ModelLayer) {}

  async execute(context: RunContext): Promise<StepOutcome> {
    const { failedSources } = extractDetail.parse(context.earlier?.get('extract')?.detail ?? {});
    const reports = new Map<string, ModelReport>();
    const { models } = this.layer;
    for (const [index, model] of models.entries()) {
      context.signal.throwIfAborted();
      context.onProgress({ phase: model.name, done: index, total: models.length });
      const blocked =
        failedSources.some((source) => model.reads.includes(`raw_${source}`)) ||
        modelsOf(model).some((name) => reports.get(name)?.status !== 'built');
      reports.set(
        model.name,
        blocked ? { model: model.name, status: 'kept', rows: 0 } : await this.build(model, context),
      );
    }
    context.onProgress({ phase: 'data tests', done: models.length, total: models.length });
    const built = [...reports.values()]
      .filter((report) => report.status === 'built')
      .map((report) => report.model);
    const tests = await this.runTests(built, context);
    return summarise([...reports.values()], tests);
  }

  private async build(model: ModelLayer['models'][number], context: RunContext): Promise<ModelReport> {
    try {
      return { model: model.name, status: 'built', rows: await this.layer.build(model) };
    } catch (error) {
      const failure: AppError = toAppError(error, 'warehouse');
      if (context.signal.aborted || failure.class === 'transient') throw failure;
      return {
        model: model.name,
        status: 'failed',
        rows: 0,
        error: { class: failure.class, code: failure.code, message: failure.message },
      };
    }
  }

  /** A table that was kept may disagree with newer raw rows and neighbours: its tests wait until it is built again. */
  private async runTests(built: readonly string[], context: RunContext): Promise<TestReport[]> {
    const reports: TestReport[] = [];
    const rows: object[] = [];
    for (const test of this.layer.tests) {
      if (test.model !== 'all' && !built.includes(test.model)) continue;
      context.signal.throwIfAborted();
      const { failures, sample } = await this.layer.test(test, built);
      reports.push({ test: test.name, severity: test.severity, rule: test.rule, failures, sample });
      rows.push({
        run_id: context.runId,
        test: test.name,
        model: test.model,
        severity: test.severity,
        failures,
        sample: sample.join(', '),
        tested_at: context.asOf,
      });
    }
    await this.layer.recordTests(rows);
    return reports;
  }
}

function summarise(models: readonly ModelReport[], tests: readonly TestReport[]): StepOutcome {
  const failedModel = models.find((model) => model.status === 'failed');
  const failedTests = tests.filter((test) => test.severity === 'error' && test.failures > 0);
  const rows = models.reduce((total, model) => total + model.rows, 0);
  const detail = { models, tests: tests.filter((test) => test.failures > 0), testsRun: tests.length };
  const base = { rowsIn: rows, rowsOut: rows, rejected: 0 };
  if (failedModel?.error) return { ...base, status: 'failed', error: failedModel.error, detail };
  if (failedTests.length > 0) {
    const message = failedTests
      .map((test) => `${test.test}: ${test.failures} records (${test.sample.join(', ')})`)
      .join('; ');
    return {
      ...base,
      status: 'failed',
      error: { class: 'rejected', code: 'data_test_failed', message },
      detail,
    };
  }
  return {
    ...base,
    status: models.some((model) => model.status === 'kept') ? 'partial' : 'succeeded',
    detail,
  };
}
