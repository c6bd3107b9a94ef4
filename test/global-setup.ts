import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedStores } from '../src/platform/embedded/embedded-stores.js';

declare global {
  // Jest runs set-up and tear-down in one process, with nothing else between them.
  var insightsTestStores: { stores: EmbeddedStores; dataDir: string } | undefined;
}

/** Starts the embedded ClickHouse and Postgres once for all test files, unless the environment names servers. */
export default async function setup(): Promise<void> {
  if (process.env.TEST_CLICKHOUSE_URL && process.env.TEST_POSTGRES_URL) return;
  const dataDir = mkdtempSync(join(tmpdir(), 'insights-tests-'));
  const stores = await EmbeddedStores.attach({ dataDir, stores: ['clickhouse', 'postgres'], timeoutMs: 120_000 });
  globalThis.insightsTestStores = { stores, dataDir };
  const { clickhouse, postgres } = stores.endpoints;
  if (!clickhouse || !postgres) throw new Error('the embedded host gave no addresses');
  const url = new URL(clickhouse.url);
  url.username = clickhouse.username;
  url.password = clickhouse.password;
  process.env.TEST_CLICKHOUSE_URL ??= url.href;
  process.env.TEST_POSTGRES_URL ??= postgres.url;
}
