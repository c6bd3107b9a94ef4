import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../kernel/errors.js';
import { hostLockHolder } from './host-lock.js';
import {
  leaseReplySchema,
  readJsonLine,
  writeJsonLine,
  type EmbeddedEndpoints,
  type EmbeddedStore,
} from './lease-protocol.js';
import { readState, type HostState } from './state-file.js';

const POLL_MS = 40;
const LOG_TAIL_LINES = 15;
const MAX_LOG_BYTES = 8 * 1024 * 1024;

/** Queries in parallel in the engine + 4; must be in the environment before the process starts. */
const HOST_THREADS = 24;

/** What the host may know of the environment of whoever happened to start it: it serves others as well. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'USER', 'LOGNAME', 'LD_LIBRARY_PATH'];

export interface LeaseOptions {
  dataDir: string;
  stores: EmbeddedStore[];
  lingerMs: number;
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * A lease from the running host, or from one started here when none runs. Any number of processes may do this at
 * once: each may spawn a host, the host lock lets one live, and all find that one.
 */
export async function acquireLease(
  options: LeaseOptions,
): Promise<{ socket: Socket; endpoints: EmbeddedEndpoints }> {
  const { dataDir, signal } = options;
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const ended = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  let host: SpawnedHost | undefined;
  while (!ended.aborted) {
    const holder = hostLockHolder(dataDir);
    const state = readState(dataDir);
    // Before this host has written its own state, the port in the file may be anybody's: the token stays here.
    if (holder !== undefined && state?.pid === holder) {
      const lease = await requestLease(state, options, ended);
      if (lease !== undefined) return lease;
    }
    if (host?.failed() === true) throw hostFailed(host);
    if (holder === undefined && (host === undefined || host.exited())) host = spawnHost(dataDir);
    await delay(POLL_MS);
  }
  throw new AppError({
    class: 'transient',
    source: 'embedded',
    code: 'embedded_host_timeout',
    message:
      `The embedded stores in ${dataDir} did not serve within ${options.timeoutMs} ms; ` +
      `see ${logPath(dataDir)}`,
  });
}

/** The lease, or undefined when no host listens or it is about to stop. Throws what the host refused with. */
async function requestLease(
  state: HostState,
  { stores, lingerMs }: LeaseOptions,
  ended: AbortSignal,
): Promise<{ socket: Socket; endpoints: EmbeddedEndpoints } | undefined> {
  const socket = connect({ host: '127.0.0.1', port: state.ports.control });
  socket.on('error', () => undefined); // 'close' follows, and that is what counts
  const giveUp = (): void => void socket.destroy();
  ended.addEventListener('abort', giveUp);
  try {
    writeJsonLine(socket, { token: state.token, stores, lingerMs });
    const reply = leaseReplySchema.parse(await readJsonLine(socket));
    if ('error' in reply) {
      socket.destroy();
      throw new AppError(reply.error);
    }
    return { socket, endpoints: reply.endpoints };
  } catch (error) {
    socket.destroy();
    if (error instanceof AppError) throw error;
    return undefined;
  } finally {
    ended.removeEventListener('abort', giveUp);
  }
}

interface SpawnedHost {
  exited(): boolean;
  /** It exited for another reason than that another host was faster. */
  failed(): boolean;
  /** What it wrote to the log, the last lines only. */
  lastLines(): string;
}

function spawnHost(dataDir: string): SpawnedHost {
  const path = logPath(dataDir);
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
  const log = openSync(path, 'a', 0o600);
  const start = fstatSync(log).size;
  const inherited = Object.fromEntries(INHERITED.map((name) => [name, process.env[name]]));
  const { args, cwd } = hostEntry(dataDir);
  const child = spawn(process.execPath, [...args, '--data-dir', dataDir], {
    cwd,
    detached: true,
    stdio: ['ignore', log, log],
    // UTC whatever the starter's zone: the engine takes its default zone from here.
    env: { ...inherited, TZ: 'UTC', UV_THREADPOOL_SIZE: String(HOST_THREADS) },
  });
  closeSync(log);
  let spawnError: string | undefined;
  child.once('error', (error) => (spawnError = error.message));
  child.unref();
  return {
    exited: () => child.exitCode !== null || child.signalCode !== null,
    failed: () => spawnError !== undefined || (child.exitCode ?? 0) !== 0 || child.signalCode !== null,
    lastLines: () => {
      const written = readFileSync(path).subarray(start).toString('utf8').trimEnd().split('\n');
      return [...(spawnError === undefined ? [] : [spawnError]), ...written.slice(-LOG_TAIL_LINES)].join(
        '\n',
      );
    },
  };
}

/**
 * Runs the host the way this very file runs: compiled, or as TypeScript through the loader, which Node looks for from the
 * working directory.
 */
function hostEntry(dataDir: string): { args: string[]; cwd: string } {
  const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
  if (!import.meta.url.endsWith('.ts')) return { args: [path('./host.main.js')], cwd: dataDir };
  const loader = ['--import', './src/typescript/register.mjs'];
  return { args: [...loader, path('./host.main.ts')], cwd: path('../../..') };
}

function hostFailed(host: SpawnedHost): AppError {
  return new AppError({
    class: 'configuration',
    source: 'embedded',
    code: 'embedded_host_failed',
    message: `The host of the embedded stores ended at its start:\n${host.lastLines()}`,
  });
}

function logPath(dataDir: string): string {
  return join(dataDir, 'embedded.log');
}
