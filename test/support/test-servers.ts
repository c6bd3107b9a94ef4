import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { EmbeddedStores } from '../../src/platform/embedded/embedded-stores.js';

let shared: { stores: EmbeddedStores; dataDir: string } | undefined;

/** Starts the embedded ClickHouse and Postgres once for all test files, unless the environment names servers. */
export async function startTestServers(): Promise<void> {
  if (process.env.TEST_CLICKHOUSE_URL && process.env.TEST_POSTGRES_URL) return;
  const dataDir = mkdtempSync(join(tmpdir(), 'insights-tests-'));
  const stores = await EmbeddedStores.attach({
    dataDir,
    stores: ['clickhouse', 'postgres'],
    timeoutMs: 120_000,
  });
  shared = { stores, dataDir };
  const { clickhouse, postgres } = stores.endpoints;
  if (!clickhouse || !postgres) throw new Error('the embedded host gave no addresses');
  const url = new URL(clickhouse.url);
  url.username = clickhouse.username;
  url.password = clickhouse.password;
  process.env.TEST_CLICKHOUSE_URL ??= url.href;
  process.env.TEST_POSTGRES_URL ??= postgres.url;
}

/** Gives the lease back and removes the data once the host has ended. */
export async function stopTestServers(): Promise<void> {
  if (!shared) return;
  const { stores, dataDir } = shared;
  const { pid } = z
    .object({ pid: z.number() })
    .parse(JSON.parse(readFileSync(join(dataDir, 'embedded.json'), 'utf8')));
  await stores.close();
  for (let i = 0; i < 150 && isRunning(pid); i++) await delay(100);
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
