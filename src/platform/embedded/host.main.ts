import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startClickHouseHost } from '../clickhouse/embedded/clickhouse-host.js';
import { EmbeddedHost } from './embedded-host.js';
import { acquireHostLock } from './host-lock.js';

/**
 * The process that owns the embedded servers. Started by a client (`--data-dir D`), or by hand as a ClickHouse server
 * of its own (`--only clickhouse --port N --dir D`, password in EMBEDDED_PASSWORD), which serves until a signal ends it.
 */

/** Pool threads kept for files and for the KILL that frees the others: each query occupies one while it runs. */
const SPARE_THREADS = 4;

const { values: args } = parseArgs({
  options: {
    'data-dir': { type: 'string' },
    only: { type: 'string' },
    port: { type: 'string', default: '0' },
    dir: { type: 'string' },
  },
});
const threads = Number(process.env.UV_THREADPOOL_SIZE ?? '4');
const maxQueries = Math.max(1, threads - SPARE_THREADS);
const log = (line: string): void => void process.stderr.write(`${new Date().toISOString()} ${line}\n`);

if (args.only === 'clickhouse' && args.dir !== undefined) {
  await serveClickHouse(resolve(args.dir), Number(args.port));
} else if (args['data-dir'] !== undefined) {
  await serveLeases(args['data-dir']);
} else {
  log('usage: host.main --data-dir DIR | --only clickhouse --port N --dir DIR');
  process.exitCode = 64;
}

async function serveClickHouse(dir: string, port: number): Promise<void> {
  const password = process.env.EMBEDDED_PASSWORD;
  if (password === undefined || password === '') {
    log('set EMBEDDED_PASSWORD: the server does not start without a password');
    process.exitCode = 64;
    return;
  }
  mkdirSync(dir, { recursive: true });
  const server = await startClickHouseHost({ dir, port, username: 'default', password, maxQueries });
  process.stdout.write(server.url + '\n');
  onSignal(() => void server.close().then(() => process.exit(0)));
}

async function serveLeases(dataDir: string): Promise<void> {
  const release = acquireHostLock(dataDir);
  if (release === undefined) return; // another host was faster: the client finds it by itself
  let host: EmbeddedHost;
  try {
    host = await EmbeddedHost.start({ dataDir, maxQueries, log });
  } catch (error) {
    release();
    throw error;
  }
  log(`host ${process.pid} serves ${dataDir}`);
  onSignal(() => void host.stop());
  const orderly = await host.stopped;
  log(`host ${process.pid} stopped`);
  release();
  process.exit(orderly ? 0 : 1);
}

function onSignal(act: () => void): void {
  process.once('SIGTERM', act).once('SIGINT', act);
}
