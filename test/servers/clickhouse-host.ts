import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from './child.js';

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
  const loader = ['--import', '@swc-node/register/esm-register'];
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
