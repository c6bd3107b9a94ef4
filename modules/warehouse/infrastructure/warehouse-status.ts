import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import { parseBuildState } from '../domain/build-state.js';
import type { TestResult } from '../domain/data-test.js';
import { freshness, type Freshness } from '../domain/freshness.js';
import type { Model } from '../domain/model.js';
import { readFileSources } from './file-reader.js';
import { models, rawTables, testsOf } from './model-catalog.js';

const lastLoads = readStatement(import.meta.url, './sql/last_loads.sql');
const publishedTables = readStatement(import.meta.url, './sql/published_tables.sql');
const latestResults = readStatement(import.meta.url, './sql/latest_test_results.sql');

const load = z.object({ source: z.string(), confirmed_at: z.string(), changed_at: z.string() });
const table = z.object({ name: z.string(), comment: z.string(), rows: z.coerce.number() });
const result = z
  .object({
    test: z.string(),
    model: z.string(),
    severity: z.enum(['warn', 'error']),
    rule: z.string(),
    failures: z.coerce.number(),
    sample: z.array(z.string()),
    run_id: z.string(),
    tested_at: z.string(),
    recorded_at: z.string(),
  })
  .transform(({ run_id, tested_at, recorded_at, ...rest }) => ({
    ...rest,
    runId: run_id,
    /** The run's asOf, and the instant by the clock. */
    testedAt: tested_at,
    recordedAt: recorded_at,
  }));

/** What a data test found when it last ran, and when that was. */
export type LatestTestResult = TestResult & z.output<typeof result>;

/** One model as declared, and what is published of it. */
export interface ModelStatus extends Pick<Model, 'name' | 'grain' | 'materialised' | 'reads'> {
  readBy: string[];
  tests: string[];
  /** Null: never built. */
  rows: number | null;
  version: number | null;
  builtAt: string | null;
}

/** How the warehouse stands: what is published, how fresh it is, what its data tests found. Only reads. */
export class WarehouseStatus {
  private readonly rawTables: readonly string[];

  /** @param sourcesDir folder with further declarations of files (SOURCES_DIR) */
  constructor(
    private readonly clickhouse: ClickHouse,
    private readonly objectiveMinutes: number,
    sourcesDir?: string,
  ) {
    const declared = readFileSources(sourcesDir).map(({ name }) => `raw_${name}`);
    this.rawTables = [...new Set([...rawTables, ...declared])];
  }

  /** Every declared source and model at `now` (ISO 8601 UTC). */
  async freshness(now: string): Promise<Freshness[]> {
    const found = await this.clickhouse.rows(lastLoads, {}, load);
    const loads = new Map(
      found.map(({ source, confirmed_at, changed_at }) => [
        `raw_${source}`,
        { confirmedAt: confirmed_at, changedAt: changed_at },
      ]),
    );
    const published = await this.published();
    return freshness(
      models,
      new Map([...published].map(([name, { state }]) => [name, state])),
      new Map(this.rawTables.map((name) => [name, loads.get(name) ?? null])),
      now,
      this.objectiveMinutes,
    );
  }

  /** All models in build order. */
  async models(): Promise<ModelStatus[]> {
    const published = await this.published();
    return models.map(({ name, grain, materialised, reads }) => {
      const { state = null, rows = 0 } = published.get(name) ?? {};
      return {
        name,
        grain,
        materialised,
        reads,
        readBy: models.filter((other) => other.reads.includes(name)).map((other) => other.name),
        tests: (testsOf.get(name) ?? []).map((test) => test.name),
        rows: state && (materialised === 'view' ? null : rows),
        version: state?.version ?? null,
        builtAt: state?.builtAt ?? null,
      };
    });
  }

  /** The latest result of every declared test that ever ran, errors first; `failing`: of those that fail. */
  async tests({ failing = false }: { failing?: boolean } = {}): Promise<LatestTestResult[]> {
    const tests = [...testsOf.values()].flat().map((test) => test.name);
    return await this.clickhouse.rows(latestResults, { tests, failing }, result);
  }

  private async published() {
    const tables = await this.clickhouse.rows(
      publishedTables,
      { names: models.map((model) => model.name) },
      table,
    );
    return new Map(
      tables.map(({ name, comment, rows }) => [name, { state: parseBuildState(comment), rows }]),
    );
  }
}
