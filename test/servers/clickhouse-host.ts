import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild, startServer } from './child.js';

export interface ClickHouseServer {
  /** With user and password, without a database: each test takes one of its own. */
  url: string;
  stop(): Promise<void>;
}

/** Queries in parallel + 4; the engine's host reads it at its start. */
const THREADS = '24';

/**
 * A ClickHouse over HTTP that is not the service's own: the server at TEST_CLICKHOUSE_SERVER_URL when set, else the
 * embedded engine's host as a process of its own on an empty directory. It ends with the process that started it.
 */
export async function startClickHouse(): Promise<ClickHouseServer> {
  const given = process.env.TEST_CLICKHOUSE_SERVER_URL;
  if (given) return { url: given, stop: () => Promise.resolve() };

  const dir = mkdtempSync(join(tmpdir(), 'insights-clickhouse-'));
  const password = randomBytes(16).toString('hex');
  const root = join(import.meta.dirname, '../..');
  const main = join(root, 'src/platform/embedded/host.main.ts');
  const loader = ['--import', './src/typescript/register.mjs'];
  const child = await startServer(
    process.execPath,
    [...loader, main, '--only', 'clickhouse', '--port', '0', '--dir', join(dir, 'data')],
    /^http:/,
    { cwd: root, env: { EMBEDDED_PASSWORD: password, TZ: 'UTC', UV_THREADPOOL_SIZE: THREADS } },
  );
  const url = new URL(child.ready);
  url.username = 'default';
  url.password = password;
  return {
    url: url.href,
    stop: async () => {
      await child.stop();
      rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** A ClickHouse that a test may kill and start again with the same data. */
export interface MortalClickHouse extends ClickHouseServer {
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** The embedded engine's host on a directory and a port of the caller's, directly a child of this process. */
export async function startClickHouseOn(
  dir: string,
  port: number,
  password: string,
): Promise<MortalClickHouse> {
  const root = join(import.meta.dirname, '../..');
  const main = join(import.meta.dirname, 'clickhouse.main.ts');
  const child = await startChild(
    process.execPath,
    ['--import', './src/typescript/register.mjs', main, dir, String(port), password],
    /^READY /,
    { cwd: root, env: { TZ: 'UTC', UV_THREADPOOL_SIZE: THREADS } },
  );
  const url = new URL(child.ready.replace('READY ', ''));
  url.username = 'default';
  url.password = password;
  return {
    url: url.href,
    kill: async () => {
      child.process.kill('SIGKILL');
      await child.stop();
    },
    stop: () => child.stop(),
  };
}
