import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setInterval } from 'node:timers';
import { z } from 'zod';
import { migrateClickHouse } from '../../src/platform/clickhouse/clickhouse-migrations.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { EmbeddedStores } from '../../src/platform/embedded/embedded-stores.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { removeDataDir } from '../support/data-dir.js';

/** Embedded stores of a bench's own, in a temporary DATA_DIR. */
export interface BenchStores {
  dataDir: string;
  clickhouseUrl: string;
  postgresUrl: string;
  clickhouse: ClickHouse;
  postgres: Postgres;
  /** The process that holds the ClickHouse engine. */
  hostPid: number;
  /** Stops the stores and, unless `keep`, removes the data. Once, however often it is called. */
  close(keep: boolean): Promise<void>;
}

/** Migrated and empty. */
export async function openBenchStores(): Promise<BenchStores> {
  const dataDir = mkdtempSync(join(tmpdir(), 'insights-bench-'));
  const stores = await EmbeddedStores.attach({
    dataDir,
    stores: ['clickhouse', 'postgres'],
    timeoutMs: 120_000,
  });
  const { clickhouse: endpoint, postgres: product } = stores.endpoints;
  if (!endpoint || !product) throw new Error('the embedded host gave no addresses');
  const url = new URL(endpoint.url);
  url.username = endpoint.username;
  url.password = endpoint.password;
  await migrateClickHouse(url.href);
  const clickhouse = new ClickHouse(url.href);
  const postgres = new Postgres(createDataSource(product.url, []));
  const state: unknown = JSON.parse(readFileSync(join(dataDir, 'embedded.json'), 'utf8'));
  let closing: Promise<void> | undefined;
  const close = async (keep: boolean): Promise<void> => {
    await Promise.all([clickhouse.close(), postgres.close()]);
    await stores.close();
    if (!keep) await removeDataDir(dataDir);
  };
  return {
    dataDir,
    clickhouseUrl: url.href,
    postgresUrl: product.url,
    clickhouse,
    postgres,
    hostPid: z.object({ pid: z.number() }).parse(state).pid,
    close: (keep) => (closing ??= close(keep)),
  };
}

/** Resident memory of a process in MB; 0 where the system does not tell (it has no /proc). */
export function residentMb(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** The highest resident memory of a process, in MB, while `work` runs. */
export async function peakMb<T>(pid: number, work: () => Promise<T>): Promise<{ peak: number; result: T }> {
  let peak = residentMb(pid);
  const sample = setInterval(() => (peak = Math.max(peak, residentMb(pid))), 50);
  try {
    const result = await work();
    return { peak: Math.max(peak, residentMb(pid)), result };
  } finally {
    clearInterval(sample);
  }
}
