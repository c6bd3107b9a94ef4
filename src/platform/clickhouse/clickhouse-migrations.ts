import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { AppError } from '../../kernel/errors.js';
import { identifier } from '../../kernel/sql-text.js';
import { ClickHouse } from './clickhouse.js';
import { type RenderedMigrations, renderMigrations } from './render-migration.js';
import { type Retention, retentionStatements, storedTable } from './retention.js';

const folder = new URL('../../../migrations/clickhouse/', import.meta.url);

/** What the tables are made for: one server or a cluster, how long rows stay, how long a partition is. */
export type ClickHouseLayout = Retention;
const ONE_SERVER: ClickHouseLayout = { partitionBy: 'month' };

/** Statements that are not applied yet, under the name that `migrate` reports. */
export interface PlannedMigration {
  name: string;
  statements: string[];
}

// Not in a file: the files' own history cannot be one of them.
const history = {
  name: '_migrations',
  text: `-- on every shard
CREATE TABLE IF NOT EXISTS _migrations (name String, checksum String, applied_at DateTime64(6, 'UTC')) ENGINE = MergeTree ORDER BY name;
`,
};

/**
 * Applies migrations/clickhouse/*.sql in name order, then the retention; returns the names of what was applied now.
 * Every statement is idempotent (IF NOT EXISTS), so a run killed half way, or two at once, ends in the same schema.
 * A changed file is refused: what ran somewhere must stay readable.
 */
export async function migrateClickHouse(url: string, layout = ONE_SERVER): Promise<string[]> {
  return await withSchema(url, layout, async (schema) => {
    const planned = await schema.pending();
    await schema.prepare();
    for (const { name, statements, checksum } of planned) {
      for (const statement of statements) await (checksum ? schema.run(statement) : schema.settle(statement));
      if (checksum) await schema.note(name, checksum);
    }
    return planned.map(({ name }) => `clickhouse/${name}`);
  });
}

/**
 * What `migrateClickHouse` would run now, and with `all` also what was applied before (for a server that joined the
 * cluster later). Reads what is applied and changes nothing.
 */
export async function planClickHouse(
  url: string,
  layout = ONE_SERVER,
  { all = false }: { all?: boolean } = {},
): Promise<PlannedMigration[]> {
  return await withSchema(url, layout, async (schema) => {
    const pending = await schema.pending({ all });
    const first = { name: 'clickhouse/_migrations', statements: schema.beginning };
    const planned = pending.map(({ name, statements }) => ({ name: `clickhouse/${name}`, statements }));
    return all || !(await schema.begun()) ? [first, ...planned] : planned;
  });
}

async function withSchema<T>(
  url: string,
  layout: ClickHouseLayout,
  work: (schema: Schema) => Promise<T>,
): Promise<T> {
  const withoutDatabase = new URL(url);
  withoutDatabase.pathname = '/default';
  const clickhouse = new ClickHouse(url);
  const server = new ClickHouse(withoutDatabase.href);
  try {
    return await work(new Schema(clickhouse, server, layout));
  } finally {
    await Promise.all([clickhouse.close(), server.close()]);
  }
}

/** One database with its migrations, read from disk and rendered for it. */
class Schema {
  private readonly files = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }));
  private readonly rendered: RenderedMigrations;
  private readonly historyTable: string[];
  /** Makes the database and the table of what was applied. */
  readonly beginning: string[];

  constructor(
    private readonly clickhouse: ClickHouse,
    /** The same server without the database, which may not be there yet. */
    private readonly server: ClickHouse,
    private readonly layout: ClickHouseLayout,
  ) {
    const target = { ...layout, database: clickhouse.database };
    this.rendered = renderMigrations(this.files, target);
    this.historyTable = renderMigrations([history], target).files.flatMap(({ statements }) => statements);
    this.beginning = [this.createDatabase(), ...this.historyTable];
  }

  private createDatabase(): string {
    const everywhere =
      this.layout.cluster === undefined ? '' : ` ON CLUSTER ${identifier(this.layout.cluster)}`;
    return `CREATE DATABASE IF NOT EXISTS ${identifier(this.clickhouse.database)}${everywhere}`;
  }

  async prepare(): Promise<void> {
    await this.server.command(this.createDatabase());
    for (const statement of this.historyTable) await this.clickhouse.command(statement);
  }

  async run(statement: string): Promise<void> {
    await this.clickhouse.command(statement);
  }

  /** A change of the retention. REMOVE TTL has no IF EXISTS: where another process was faster, there is nothing left to do. */
  async settle(statement: string): Promise<void> {
    try {
      await this.run(statement);
    } catch (error) {
      const pending = await this.pending();
      if (pending.some(({ statements }) => statements.includes(statement))) throw error;
    }
  }

  async note(name: string, checksum: string): Promise<void> {
    await this.clickhouse.command(
      'INSERT INTO _migrations SELECT {name: String}, {checksum: String}, now64(6)',
      { name, checksum },
    );
  }

  async begun(): Promise<boolean> {
    return (await this.stored()).some(({ name }) => name === '_migrations');
  }

  /** In order; the retention comes last and has no checksum, since it follows the configuration and not a file. */
  async pending({ all = false }: { all?: boolean } = {}): Promise<
    (PlannedMigration & { checksum?: string })[]
  > {
    const stored = await this.stored();
    const known = await this.applied(stored.find(({ name }) => name === '_migrations')?.engine_full);
    const pending = this.files.flatMap(({ name, text }, index) => {
      const checksum = createHash('sha256').update(text).digest('hex');
      const before = known.get(name);
      if (before !== undefined && before !== checksum) throw migrationChanged(name);
      if (before === checksum && !all) return [];
      return [{ name, checksum, statements: this.rendered.files[index]?.statements ?? [] }];
    });
    const retention = retentionStatements(this.rendered.retained, all ? [] : stored, this.layout);
    return retention.length > 0 ? [...pending, { name: 'retention', statements: retention }] : pending;
  }

  private async applied(historyEngine: string | undefined): Promise<Map<string, string>> {
    if (historyEngine === undefined) return new Map();
    const onCluster = historyEngine.startsWith('Replicated');
    if (onCluster !== (this.layout.cluster !== undefined)) throw clusterChanged(onCluster);
    const rows = await this.clickhouse.rows(
      'SELECT name, any(checksum) AS checksum FROM _migrations GROUP BY name',
      {},
      z.object({ name: z.string(), checksum: z.string() }),
    );
    return new Map(rows.map((row) => [row.name, row.checksum]));
  }

  private async stored() {
    return await this.server.rows(
      'SELECT name, engine_full, partition_key FROM system.tables WHERE database = {database: String}',
      { database: this.clickhouse.database },
      storedTable,
    );
  }
}

const migrationChanged = (name: string): AppError =>
  new AppError({
    class: 'configuration',
    source: 'clickhouse',
    code: 'migration_changed',
    message:
      `Migration clickhouse/${name} was applied with other contents. Restore the file and put the change into a new one. ` +
      'Data that can be made again, such as a demo: remove the folder DATA_DIR (or drop the ClickHouse database) and start over.',
  });

const clusterChanged = (onCluster: boolean): AppError =>
  new AppError({
    class: 'configuration',
    source: 'clickhouse',
    code: 'cluster_changed',
    message: onCluster
      ? 'The tables of this database were made for a cluster: set CLICKHOUSE_CLUSTER as before.'
      : 'The tables of this database were made for one server: unset CLICKHOUSE_CLUSTER, or name an empty database in CLICKHOUSE_URL.',
  });
