import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { BuildModels, loadStages } from '../../../modules/warehouse/index.js';
import { ModelStore } from '../../../modules/warehouse/infrastructure/model-store.js';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { timed } from '../measure.js';

/** What one model cost in one walk. Models are built side by side, so their seconds overlap. */
export interface ModelCost {
  model: string;
  status: string;
  mode: string;
  reason: string;
  rows: number;
  written: number;
  /** Until it was built beside its table, and what its data tests took after that. */
  buildSeconds: number;
  testSeconds: number;
}

export interface Walk {
  seconds: number;
  status: string;
  models: ModelCost[];
  /** Data tests that found something: name to how many records. */
  failedTests: Record<string, number>;
}

const detail = z.object({
  models: z.array(
    z.object({
      model: z.string(),
      status: z.string(),
      mode: z.string().default(''),
      reason: z.string().default(''),
      rows: z.number(),
      written: z.number(),
      error: z.object({ message: z.string() }).optional(),
    }),
  ),
  tests: z.array(z.object({ test: z.string(), failures: z.number() })),
});

/** The model store with a clock on what it does for each model. */
class ClockedStore extends ModelStore {
  readonly building = new Map<string, number>();
  readonly testing = new Map<string, number>();

  override async prepare(...args: Parameters<ModelStore['prepare']>): ReturnType<ModelStore['prepare']> {
    const { seconds, result } = await timed(() => super.prepare(...args));
    this.building.set(args[0].name, seconds);
    return result;
  }

  /** Seconds of all data tests of one model; `testsOf` says whose tests these are. */
  override async test(...args: Parameters<ModelStore['test']>): ReturnType<ModelStore['test']> {
    const { seconds, result } = await timed(() => super.test(...args));
    for (const [model, tests] of this.testsOf)
      if (args[0].some((test) => tests.includes(test)))
        this.testing.set(model, (this.testing.get(model) ?? 0) + seconds);
    return result;
  }
}

/** One walk over all models with their data tests, the way a run does it. Throws when a model could not be built. */
export async function build(
  clickhouse: ClickHouse,
  options: { full?: boolean; asOf: string },
  log: (line: string) => void,
): Promise<Walk> {
  const store = new ClockedStore(clickhouse, loadStages(undefined), 'USD');
  const step = new BuildModels(store);
  const context = {
    runId: randomUUID(),
    asOf: options.asOf,
    signal: new AbortController().signal,
    onProgress: ({ phase }: { phase: string }) => log(`building ${phase}`),
  };
  const { seconds, result } = await timed(() => step.execute(context, { full: options.full ?? false }));
  const { models, tests } = detail.parse(result.detail);
  const broken = models.filter((model) => model.error);
  if (broken.length > 0)
    throw new Error(
      broken.map(({ model, status, error }) => `${model} ${status}: ${error?.message}`).join('\n'),
    );
  return {
    seconds,
    status: result.status,
    models: models.map(({ error: _, ...model }) => ({
      ...model,
      buildSeconds: store.building.get(model.model) ?? 0,
      testSeconds: store.testing.get(model.model) ?? 0,
    })),
    failedTests: Object.fromEntries(tests.map(({ test, failures }) => [test, failures])),
  };
}

/** Rows and content hash of every dimension, fact and aggregate: equal exactly when the tables are (in any order of rows). */
export async function contents(clickhouse: ClickHouse): Promise<Map<string, string>> {
  const tables = await clickhouse.rows(
    `SELECT table, groupArray(name) AS columns FROM (SELECT table, name FROM system.columns
     WHERE database = currentDatabase() AND match(table, '^(dim|fact|agg)_') ORDER BY table, position) GROUP BY table ORDER BY table`,
    {},
    z.object({ table: z.string(), columns: z.array(z.string()) }),
  );
  const found = new Map<string, string>();
  for (const { table, columns } of tables) {
    const row = columns.map((column) => `\`${column}\``).join(', ');
    const { content } = await clickhouse.row(
      `SELECT concat(toString(count()), ' rows, ', toString(sum(sipHash64(toString(tuple(${row})))))) AS content FROM ${table}`,
      {},
      z.object({ content: z.string() }),
    );
    found.set(table, content);
  }
  return found;
}
