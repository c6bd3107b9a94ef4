import { z } from 'zod';
import type { SyncDefinition } from '../../modules/sync/index.js';
import { definition, type SyncFixture } from './sync-fixture.js';

/** One row of a probe model, in the text forms that both stores take. Missing columns are null. */
export interface ProbeRow {
  id: string | null;
  part: string;
  body?: string | null;
  extra?: string | null;
  big?: string | null;
  amount?: string | null;
  ratio?: number | null;
  flag?: boolean | null;
  at?: string | null;
  day?: string | null;
  doc?: string | null;
  as_of?: string;
}

export const MAPPING: Record<string, string> = {
  id: '{ type: text }',
  part: '{ type: text }',
  body: '{ type: text }',
  extra: '{ type: text }',
  big: '{ type: integer }',
  amount: '{ type: decimal }',
  ratio: '{ type: float }',
  flag: '{ type: boolean }',
  at: '{ type: instant }',
  day: '{ type: date }',
  doc: '{ type: json }',
  as_of: '{ type: instant }',
};

/** A model and a Postgres target with a column of every type, and the definition between them. */
export class Probe {
  readonly model: string;
  readonly table: string;
  readonly definition: SyncDefinition;

  private constructor(
    private readonly stores: SyncFixture,
    name: string,
  ) {
    this.model = `insight_${name}`;
    this.table = `insights.${name}`;
    this.definition = this.define(name);
  }

  static async create(stores: SyncFixture, name: string): Promise<Probe> {
    const probe = new Probe(stores, name);
    await stores.clickhouse.command(
      `CREATE TABLE ${probe.model} (id Nullable(String), part LowCardinality(String), body Nullable(String), extra LowCardinality(Nullable(String)),
         big Nullable(Int64), amount Nullable(Decimal(38, 18)), ratio Nullable(Float64), flag Nullable(Bool), at Nullable(DateTime64(6, 'UTC')),
         day Nullable(Date32), doc Nullable(String), as_of DateTime64(6, 'UTC'))
       ENGINE = MergeTree ORDER BY tuple()`,
    );
    for (const table of [probe.table, `${probe.table}_expected`]) {
      await stores.postgres.execute(
        `CREATE TABLE ${table} (id text, part text, body text, extra text, big bigint, amount numeric(38, 18), ratio double precision, flag boolean,
           at timestamptz, day date, doc jsonb, as_of timestamptz NOT NULL, PRIMARY KEY (id, part))`,
      );
    }
    return probe;
  }

  /** The same sync under another mapping, mode or order of columns. */
  define(
    name: string,
    {
      mapping = MAPPING,
      mode = 'mirror',
      more = ['guard: { deletes: { at_least: 0 }, empty: allow }'],
    }: { mapping?: Record<string, string>; mode?: string; more?: string[] } = {},
  ): SyncDefinition {
    const lines = Object.entries(mapping).map(([column, value]) => `  ${column}: ${value}`);
    return definition(
      [
        `name: ${name}`,
        `model: insight_${name}`,
        `mode: ${mode}`,
        'key: [id, part]',
        `target: { kind: postgres, table: insights.${name} }`,
      ]
        .concat('mapping:', lines, 'ignore: [as_of]', more)
        .join('\n'),
    );
  }

  /** Makes the model hold exactly these rows. */
  async setModel(rows: readonly ProbeRow[]): Promise<void> {
    await this.stores.clickhouse.command(`TRUNCATE TABLE ${this.model}`);
    await this.stores.clickhouse.insertRows(
      this.model,
      rows.map((row) => ({ as_of: '2026-01-01T00:00:00Z', ...row })),
    );
  }

  /** Where each row of the target lies: any write of a row moves it. */
  async places(): Promise<Map<string, string>> {
    const row = z.object({ key: z.string(), place: z.string() });
    const query = `SELECT id || '/' || part AS key, xmin::text || ' ' || ctid::text AS place FROM ${this.table}`;
    return new Map((await this.stores.postgres.query(query, [], row)).map(({ key, place }) => [key, place]));
  }

  async keys(): Promise<string[]> {
    return [...(await this.places()).keys()].sort();
  }

  /** Rows that the target has and should not, or should have and has not; as_of apart. Compared by Postgres, value by value. */
  async differences(rows: readonly ProbeRow[]): Promise<number> {
    const columns = Object.keys(MAPPING).filter((column) => column !== 'as_of');
    await this.stores.postgres.execute(`TRUNCATE ${this.table}_expected`);
    const records = rows.map((row) => ({
      ...row,
      doc: typeof row.doc !== 'string' ? null : z.json().parse(JSON.parse(row.doc)),
      as_of: 'epoch',
    }));
    await this.stores.postgres.execute(
      `INSERT INTO ${this.table}_expected SELECT * FROM json_populate_recordset(NULL::${this.table}, $1)`,
      [JSON.stringify(records)],
    );
    const list = columns.join(', ');
    return this.stores.count(
      `SELECT count(*) FROM ((SELECT ${list} FROM ${this.table} EXCEPT SELECT ${list} FROM ${this.table}_expected)
         UNION ALL (SELECT ${list} FROM ${this.table}_expected EXCEPT SELECT ${list} FROM ${this.table})) d`,
    );
  }
}
