import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { AppError } from '../../kernel/errors.js';
import { splitStatements } from '../sql-file.js';
import { ClickHouse } from './clickhouse.js';

const folder = new URL('../../../migrations/clickhouse/', import.meta.url);

/**
 * Applies migrations/clickhouse/*.sql in name order and returns the names applied now. Every statement is idempotent
 * (IF NOT EXISTS), so a run killed half way, or two at once, ends in the same schema. A changed file is refused:
 * what ran somewhere must stay readable.
 */
export async function migrateClickHouse(url: string): Promise<string[]> {
  const withoutDatabase = new URL(url);
  withoutDatabase.pathname = '/default';
  const database = new ClickHouse(url).database;
  const server = new ClickHouse(withoutDatabase.href);
  try {
    await server.command('CREATE DATABASE IF NOT EXISTS {database: Identifier}', { database });
  } finally {
    await server.close();
  }
  const clickhouse = new ClickHouse(url);
  try {
    await clickhouse.command(
      `CREATE TABLE IF NOT EXISTS _migrations (name String, checksum String, applied_at DateTime64(6, 'UTC')) ENGINE = MergeTree ORDER BY name`,
    );
    const history = await clickhouse.rows(
      'SELECT name, any(checksum) AS checksum FROM _migrations GROUP BY name',
      {},
      z.object({ name: z.string(), checksum: z.string() }),
    );
    const known = new Map(history.map((row) => [row.name, row.checksum]));
    const applied: string[] = [];
    for (const name of readdirSync(folder)
      .filter((file) => file.endsWith('.sql'))
      .sort()) {
      const text = readFileSync(new URL(name, folder), 'utf8');
      const checksum = createHash('sha256').update(text).digest('hex');
      const before = known.get(name);
      if (before === checksum) continue;
      if (before !== undefined) {
        throw new AppError({
          class: 'configuration',
          source: 'clickhouse',
          code: 'migration_changed',
          message: `Migration clickhouse/${name} was applied with other contents. Restore the file and add a new one.`,
        });
      }
      for (const statement of splitStatements(text)) await clickhouse.command(statement);
      await clickhouse.command(
        'INSERT INTO _migrations SELECT {name: String}, {checksum: String}, now64(6)',
        { name, checksum },
      );
      applied.push(`clickhouse/${name}`);
    }
    return applied;
  } finally {
    await clickhouse.close();
  }
}
