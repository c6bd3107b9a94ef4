import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, isInstalled, startServer, type Unavailable } from './child.js';

export interface RedisServer {
  url: string;
  stop(): Promise<void>;
}

/**
 * A real Redis for tests: TEST_REDIS_URL when set, else `redis-server` on a free port with an empty directory and no
 * persistence. It ends with the process that started it.
 */
export async function startRedis(): Promise<RedisServer | Unavailable> {
  const url = process.env.TEST_REDIS_URL;
  if (url) return { url, stop: () => Promise.resolve() };
  if (!(await isInstalled('redis-server', '--version')))
    return { unavailable: 'redis-server is not installed' };

  const dir = mkdtempSync(join(tmpdir(), 'insights-redis-'));
  const port = await freePort();
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    dir,
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  const child = await startServer('redis-server', settings, /Ready to accept connections/);
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      await child.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
