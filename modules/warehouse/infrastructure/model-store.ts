import { createHash } from 'node:crypto';
import { z } from 'zod';
import { literal } from '../../../src/kernel/sql-text.js';
import { ANY_PARTITIONS, type ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { ModelLayer, PreparedBuild, Standing, TestRecord } from '../application/ports.js';
import { type BuildState, parseBuildState } from '../domain/build-state.js';
import type { DataTest } from '../domain/data-test.js';
import type { Model } from '../domain/model.js';
import { renderSql } from '../domain/model-sql.js';
import type { BuildPlan } from '../domain/plan-build.js';
import type { Stage } from '../domain/stages.js';
import { recordTestResults } from './data-test-results.js';
import { models, testsOf } from './model-catalog.js';

const SAMPLE = 5;

const rawPositions = readStatement(import.meta.url, './sql/raw_positions.sql');
const publishedTables = readStatement(import.meta.url, './sql/published_tables.sql');
const fittingDeltas = readStatement(import.meta.url, './sql/fitting_deltas.sql');
const consumedPartitions = readStatement(import.meta.url, './sql/delta_partitions.sql');

const counted = z.object({ n: z.coerce.number() });

/**
 * The star schema in ClickHouse. A model is built beside its table (build_<name>), tested there, and exchanged in one step
 * together with its state, the table's comment: no reader sees half of it, and a kill at any moment leaves the old table or
 * the new one. An increment links the partitions it does not touch and rewrites the others.
 */
export class ModelStore implements ModelLayer {
  readonly models = models;
  readonly testsOf = testsOf;
  /** Models whose changes an incremental model follows: delta_<name> keeps the rows that left or entered, by version. */
  private readonly followed: ReadonlySet<string> = new Set(
    models.flatMap((model) => model.changedBy).filter((name) => !name.startsWith('raw_')),
  );

  /** Models whose delta_<name> is there and has the model's columns, as of the last `standing`. */
  private readonly deltas = new Set<string>();

  constructor(
    private readonly clickhouse: ClickHouse,
    private readonly stages: readonly Stage[],
    private readonly reportingCurrency: string,
  ) {}

  async standing(): Promise<Standing> {
    const raw = await this.clickhouse.rows(
      rawPositions,
      {},
      z.object({ source: z.string(), position: z.string() }),
    );
    const tables = await this.clickhouse.rows(
      publishedTables,
      { names: this.models.map((model) => model.name) },
      z.object({
        name: z.string(),
        comment: z.string(),
        rows: z.coerce.number(),
        expires: z.union([z.boolean(), z.number()]).transform(Boolean),
        columns: z.array(z.string()),
      }),
    );
    const names = [...this.followed];
    this.deltas.clear();
    for (const { name } of await this.clickhouse.rows(
      fittingDeltas,
      { names },
      z.object({ name: z.string() }),
    ))
      this.deltas.add(name);
    return {
      raw: new Map(raw.map(({ source, position }) => [`raw_${source}`, position])),
      published: new Map(
        this.models.map((model) => {
          const table = tables.find(({ name }) => name === model.name);
          return [
            model.name,
            {
              state: parseBuildState(table?.comment ?? ''),
              rows: table?.rows ?? 0,
              expires: table?.expires ?? false,
              hash: this.hash(model, table?.columns ?? []),
            },
          ];
        }),
      ),
    };
  }

  async prepare(
    model: Model,
    plan: Exclude<BuildPlan, { mode: 'unchanged' }>,
    state: BuildState | null,
    until: BuildState['positions'],
  ): Promise<PreparedBuild> {
    await this.discard(model);
    if (model.materialised === 'view') {
      const { sql } = renderSql(model.select, {});
      return {
        rows: 0,
        written: 0,
        changed: true,
        reset: true,
        thisTable: `(${sql})`,
        wholeTable: `(${sql})`,
        until,
      };
    }
    return plan.mode === 'full'
      ? await this.prepareFull(model, state, until)
      : await this.prepareIncrement(model, plan.since, state, until);
  }

  private async prepareFull(
    model: Model,
    state: BuildState | null,
    until: BuildState['positions'],
  ): Promise<PreparedBuild> {
    const build = `build_${model.name}`;
    await this.clickhouse.command(`CREATE TABLE ${build} AS ${model.name}`);
    const { written } = await this.insert(build, model, {});
    const tested = { thisTable: build, wholeTable: build, until };
    // A model of versions or of people is small: what a full build changed can be told. A large one says that all may have.
    const toldApart = model.materialised !== 'incremental' && this.followed.has(model.name) && state !== null;
    if (!toldApart || !this.deltas.has(model.name))
      return { rows: written, written, changed: true, reset: true, ...tested };
    const changed = await this.keepDifference(model.name, build, state.version + 1);
    return { rows: written, written, changed: changed > 0, reset: false, ...tested };
  }

  private async prepareIncrement(
    model: Model,
    since: BuildState['positions'],
    state: BuildState | null,
    until: BuildState['positions'],
  ): Promise<PreparedBuild> {
    const { name, key = '' } = model;
    const [build, changedTable, freshTable] = [`build_${name}`, `changed_${name}`, `fresh_${name}`];
    for (const upstream of model.changedBy) if (this.followed.has(upstream)) await this.needDelta(upstream);
    const keys = renderSql(model.changed ?? '', { since, until });
    await this.clickhouse.command(
      `CREATE TABLE ${changedTable} ENGINE = Memory AS SELECT ${key} AS key FROM ${name} LIMIT 0`,
    );
    const { written: changed } = await this.clickhouse.command(
      `INSERT INTO ${changedTable} SELECT DISTINCT key FROM (${keys.sql})`,
      keys.params,
    );
    if (changed === 0)
      return {
        rows: state?.rows ?? 0,
        written: 0,
        changed: false,
        reset: false,
        thisTable: name,
        wholeTable: name,
        until,
      };
    const isChanged = `${key} IN (SELECT key FROM ${changedTable})`;
    // The new rows by themselves first: whoever asks about them (the tests, the next models) need not search the table.
    await this.clickhouse.command(
      `CREATE TABLE ${freshTable} ENGINE = MergeTree ORDER BY tuple() AS SELECT * FROM ${name} LIMIT 0`,
    );
    const { written } = await this.insert(freshTable, model, { changedTable });
    await this.copyUnchanged(name, build, isChanged);
    await this.clickhouse.command(`INSERT INTO ${build} SELECT * FROM ${freshTable}`, {}, ANY_PARTITIONS);
    if (this.followed.has(name)) {
      await this.needDelta(name);
      await this.keepDelta(
        name,
        (state?.version ?? 0) + 1,
        `SELECT toInt8(-1), * FROM ${name} WHERE ${isChanged} UNION ALL SELECT toInt8(1), * FROM ${freshTable}`,
      );
    }
    const { n: rows } = await this.clickhouse.row(`SELECT count() AS n FROM ${build}`, {}, counted);
    return {
      rows,
      written,
      changed: true,
      reset: false,
      changedTable,
      thisTable: freshTable,
      wholeTable: build,
      until,
    };
  }

  /** The published rows without the changed ones: untouched partitions by hard link, the others row by row. */
  private async copyUnchanged(name: string, build: string, isChanged: string): Promise<void> {
    await this.clickhouse.command(`CREATE TABLE ${build} CLONE AS ${name}`);
    const found = await this.clickhouse.rows(
      `SELECT DISTINCT _partition_id AS partition_id FROM ${name} WHERE ${isChanged}`,
      {},
      z.object({ partition_id: z.string() }),
    );
    if (found.length === 0) return;
    const touched = found.map(({ partition_id }) => partition_id);
    // All in one statement: each ALTER waits for the table's metadata.
    await this.clickhouse.command(
      `ALTER TABLE ${build} ${touched.map((id) => `DROP PARTITION ID ${literal(id)}`).join(', ')}`,
    );
    await this.clickhouse.command(
      `INSERT INTO ${build} SELECT * FROM ${name} WHERE _partition_id IN {touched: Array(String)} AND NOT (${isChanged})`,
      { touched },
      ANY_PARTITIONS,
    );
  }

  async test(
    tests: readonly DataTest[],
    prepared: PreparedBuild,
    asOf: string,
  ): Promise<{ failures: number; sample: string[] }[]> {
    const { thisTable, wholeTable, changedTable, until } = prepared;
    const tables = { thisTable, wholeTable, ...(changedTable ? { changedTable } : {}) };
    const rendered = tests.map((test) => renderSql(test.select, { ...tables, until }));
    const found = await this.clickhouse.rows(
      rendered
        .map(
          ({ sql }, i) =>
            `SELECT ${i} AS i, count() AS failures, groupArraySorted(${SAMPLE})(record) AS sample FROM (${sql})`,
        )
        .join('\nUNION ALL\n'),
      Object.assign({ ...this.params(), as_of: asOf }, ...rendered.map(({ params }) => params)),
      z.object({ i: z.number(), failures: z.coerce.number(), sample: z.array(z.string()) }),
      // A test that groups by the sort key streams; otherwise it would hold every key of the table.
      { settings: { optimize_aggregation_in_order: 1 } },
    );
    return found.sort((a, b) => a.i - b.i).map(({ failures, sample }) => ({ failures, sample }));
  }

  async publish(model: Model, prepared: PreparedBuild, state: BuildState): Promise<void> {
    const comment = literal(JSON.stringify(state));
    if (model.materialised === 'view') {
      const { sql } = renderSql(model.select, {});
      await this.clickhouse.command(`CREATE OR REPLACE VIEW ${model.name} AS ${sql} COMMENT ${comment}`);
      return;
    }
    if (prepared.changed) {
      await this.clickhouse.command(`ALTER TABLE build_${model.name} MODIFY COMMENT ${comment}`);
      await this.clickhouse.command(`EXCHANGE TABLES build_${model.name} AND ${model.name}`);
      // Only now: whoever has not seen the older changes is told by the state's reset to build whole.
      if (prepared.reset && this.followed.has(model.name)) await this.needDelta(model.name);
    } else {
      await this.clickhouse.command(`ALTER TABLE ${model.name} MODIFY COMMENT ${comment}`);
    }
    await this.discard(model);
  }

  async discard(model: Model): Promise<void> {
    const aside = ['build', 'changed', 'fresh'].map((kind) => `${kind}_${model.name}`);
    await this.clickhouse.command(`DROP TABLE IF EXISTS ${aside.join(', ')} SYNC`);
  }

  async forgetConsumed(states: ReadonlyMap<string, BuildState | null>): Promise<void> {
    const kept = await this.clickhouse.rows(
      consumedPartitions,
      { names: [...this.followed].map((name) => `delta_${name}`) },
      z.object({ table: z.string(), partition_id: z.string(), version: z.coerce.number() }),
    );
    for (const { table, partition_id, version } of kept) {
      const name = table.replace(/^delta_/, '');
      const readers = this.models.filter((model) => model.changedBy.includes(name));
      const everyone = readers.every(
        (reader) => Number(states.get(reader.name)?.positions[name] ?? 0) >= version,
      );
      if (everyone)
        await this.clickhouse.command(`ALTER TABLE ${table} DROP PARTITION ID ${literal(partition_id)}`);
    }
  }

  async recordTests(records: readonly TestRecord[]): Promise<void> {
    await recordTestResults(this.clickhouse, records);
  }

  private async insert(
    build: string,
    model: Model,
    tokens: { changedTable?: string },
  ): Promise<{ written: number }> {
    const { sql, params } = renderSql(model.select, tokens);
    return await this.clickhouse.command(
      `INSERT INTO ${build}\n${sql}`,
      { ...this.params(), ...params },
      ANY_PARTITIONS,
    );
  }

  /** Makes an empty table of changes unless a fitting one is there; what an older one holds belongs to another shape of the model. */
  private async needDelta(name: string): Promise<void> {
    if (this.deltas.has(name)) return;
    await this.clickhouse.command(`DROP TABLE IF EXISTS delta_${name} SYNC`);
    await this.clickhouse.command(
      `CREATE TABLE delta_${name} ENGINE = MergeTree PARTITION BY _version ORDER BY tuple()
AS SELECT toUInt64(0) AS _version, toInt8(0) AS _sign, * FROM ${name} LIMIT 0`,
    );
    this.deltas.add(name);
  }

  /** Keeps a version's changes; a version that was prepared before and never published leaves nothing behind. */
  private async keepDelta(name: string, version: number, changes: string): Promise<number> {
    await this.clickhouse.command(`ALTER TABLE delta_${name} DROP PARTITION ${version}`);
    const { written } = await this.clickhouse.command(
      `INSERT INTO delta_${name} SELECT {version: UInt64}, * FROM (${changes})`,
      { version },
    );
    return written;
  }

  private async keepDifference(name: string, build: string, version: number): Promise<number> {
    return await this.keepDelta(
      name,
      version,
      `SELECT toInt8(sum(sign)), * EXCEPT sign FROM (SELECT toInt8(-1) AS sign, * FROM ${name} UNION ALL SELECT toInt8(1), * FROM ${build}) GROUP BY ALL HAVING sum(sign) != 0`,
    );
  }

  /** Of everything besides the data that decides a model's rows. */
  private hash(model: Model, columns: readonly string[]): string {
    const params = Object.entries(this.params()).filter(([name]) => model.select.includes(`{${name}:`));
    const { description: _, freshness_minutes: __, ...declared } = model;
    const tests = this.testsOf.get(model.name);
    return createHash('sha256')
      .update(JSON.stringify([declared, tests, columns, params]))
      .digest('hex')
      .slice(0, 32);
  }

  private params() {
    return {
      reporting_currency: this.reportingCurrency,
      stage_names: this.stages.map((stage) => stage.name),
      stage_orders: this.stages.map((stage) => stage.order),
      stage_categories: this.stages.map((stage) => stage.category),
      stage_outcomes: this.stages.map((stage) => stage.outcome),
    };
  }
}
