import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { startEmbeddedPostgres, stopPostmaster } from './embedded-postgres.js';
import {
  leaseRequestSchema,
  readJsonLine,
  sameSecret,
  writeJsonLine,
  type EmbeddedEndpoints,
  type EmbeddedStore,
  type LeaseRequest,
} from './lease-protocol.js';
import { freePort } from './ports.js';
import { startFailure } from './start-failure.js';
import { readState, writeState, type HostState } from './state-file.js';

/** How long a host without any lease waits for its first one; whoever started it may have died meanwhile. */
const FIRST_LEASE_MS = 15_000;
const REQUEST_MS = 10_000;
const WATCH_MS = 1_000;

interface RunningStore {
  endpoint: EmbeddedEndpoints;
  /** False once the store has died on its own. */
  isRunning(): boolean;
  close(): Promise<void>;
}

/**
 * Owns the embedded servers of one data directory and serves them for as long as anyone holds a lease. The caller
 * holds the host lock. `stopped` resolves when every store is down: with true after an orderly end, with false when
 * a store died, which ends the host so that its clients start everything anew by the one path they know.
 */
export class EmbeddedHost {
  readonly stopped: Promise<boolean>;
  private readonly stores = new Map<EmbeddedStore, Promise<RunningStore>>();
  private readonly leases = new Set<Socket>();
  private lingerTimer: NodeJS.Timeout | undefined;
  private stopping: Promise<void> | undefined;
  private resolveStopped: (orderly: boolean) => void = () => undefined;

  private constructor(
    private readonly dataDir: string,
    private readonly control: Server,
    private readonly state: HostState,
    private readonly maxQueries: number,
    private readonly log: (line: string) => void,
  ) {
    this.stopped = new Promise((resolve) => (this.resolveStopped = resolve));
  }

  static async start(options: {
    dataDir: string;
    maxQueries: number;
    log: (line: string) => void;
  }): Promise<EmbeddedHost> {
    const { dataDir, maxQueries, log } = options;
    const known = readState(dataDir);
    const control = createServer();
    const port = await freePort(known?.ports.control);
    control.listen(port, '127.0.0.1');
    await once(control, 'listening');
    const state: HostState = {
      version: 1,
      token: randomBytes(24).toString('hex'),
      clickhousePassword: randomBytes(24).toString('hex'),
      ...known,
      pid: process.pid,
      ports: { ...known?.ports, control: port },
    };
    const host = new EmbeddedHost(dataDir, control, state, maxQueries, log);
    control.on('connection', (socket) => void host.serve(socket));
    host.lingerTimer = setTimeout(() => void host.stop(), FIRST_LEASE_MS);
    setInterval(() => void host.watch(), WATCH_MS).unref();
    writeState(dataDir, state);
    return host;
  }

  /** Stops every store and then the control port; safe to call twice. */
  stop(orderly = true): Promise<void> {
    this.stopping ??= this.stopAll(orderly);
    return this.stopping;
  }

  private async serve(socket: Socket): Promise<void> {
    socket.on('error', () => undefined); // 'close' follows, and that is what counts
    const tooSlow = setTimeout(() => socket.destroy(), REQUEST_MS);
    let request: LeaseRequest;
    try {
      request = leaseRequestSchema.parse(await readJsonLine(socket));
    } catch {
      socket.destroy();
      return;
    } finally {
      clearTimeout(tooSlow);
    }
    if (this.stopping !== undefined || !sameSecret(request.token, this.state.token)) {
      socket.destroy();
      return;
    }
    this.hold(socket, request.lingerMs);
    try {
      const running = await Promise.all(request.stores.map((store) => this.ensure(store)));
      writeJsonLine(socket, { endpoints: Object.assign({}, ...running.map(({ endpoint }) => endpoint)) });
    } catch (error) {
      const {
        class: errorClass,
        source,
        code,
        message,
      } = startFailure(request.stores[0] ?? 'clickhouse', error);
      writeJsonLine(socket, { error: { class: errorClass, source, code, message } });
      socket.end();
    }
  }

  private hold(socket: Socket, lingerMs: number): void {
    clearTimeout(this.lingerTimer);
    this.leases.add(socket);
    const release = (): void => {
      if (!this.leases.delete(socket) || this.leases.size > 0) return;
      this.lingerTimer = setTimeout(() => void this.stop(), lingerMs);
    };
    socket.once('close', release);
    if (socket.destroyed) release();
  }

  /** The store, started once however many ask at the same time; a failed start is forgotten and may be tried again. */
  private ensure(store: EmbeddedStore): Promise<RunningStore> {
    const running = this.stores.get(store);
    if (running !== undefined) return running;
    const starting = this.startStore(store).catch((error: unknown) => {
      this.stores.delete(store);
      const failure = startFailure(store, error);
      this.log(failure.message);
      throw failure;
    });
    this.stores.set(store, starting);
    return starting;
  }

  private async startStore(store: EmbeddedStore): Promise<RunningStore> {
    const began = Date.now();
    const dir = join(this.dataDir, store);
    // One left behind by a killed host still sits on the very port that is wanted back.
    if (store === 'postgres') await stopPostmaster(dir, (line) => this.log(`postgres: ${line}`));
    const port = await freePort(this.state.ports[store]);
    const running = await this.launch(store, dir, port);
    this.state.ports[store] = port;
    writeState(this.dataDir, this.state);
    this.log(`${store} serves on port ${port} after ${Date.now() - began} ms`);
    return running;
  }

  /** Engines are loaded here and only here: a host that nobody asks for a graph never loads one. */
  private async launch(store: EmbeddedStore, dir: string, port: number): Promise<RunningStore> {
    const { token, clickhousePassword: password } = this.state;
    switch (store) {
      case 'clickhouse': {
        const { startClickHouseHost } = await import('../clickhouse/embedded/clickhouse-host.js');
        const username = 'default';
        const maxQueries = this.maxQueries;
        const server = await startClickHouseHost({ dir, port, username, password, maxQueries });
        const endpoint = { clickhouse: { url: server.url, username, password } };
        return { endpoint, isRunning: () => true, close: () => server.close() };
      }
      case 'postgres': {
        const server = await startEmbeddedPostgres({ dir, port, log: this.log });
        return {
          endpoint: { postgres: { url: server.url } },
          isRunning: () => server.isRunning(),
          close: () => server.close(),
        };
      }
      case 'graph': {
        const { startGraphServer } = await import('../graph/embedded/graph-server.js');
        const server = await startGraphServer({ dir, token, port });
        const endpoint = { graph: { url: server.url, token } };
        return { endpoint, isRunning: () => true, close: () => server.close() };
      }
    }
  }

  private async watch(): Promise<void> {
    if (this.stopping !== undefined) return;
    for (const [store, starting] of this.stores) {
      const running = await starting.catch(() => undefined);
      if (running === undefined || running.isRunning()) continue;
      this.log(`${store} died; the host stops, and whoever holds a lease starts it again`);
      await this.stop(false);
      return;
    }
  }

  private async stopAll(orderly: boolean): Promise<void> {
    clearTimeout(this.lingerTimer);
    this.control.close();
    const results = await Promise.allSettled(
      [...this.stores.values()].map(async (starting) => {
        const running = await starting.catch(() => undefined);
        await running?.close();
      }),
    );
    for (const result of results) {
      if (result.status === 'rejected') this.log(`a store did not stop cleanly: ${String(result.reason)}`);
    }
    // Last, so that a client learns of the end only when it can start a host of its own.
    for (const lease of this.leases) lease.destroy();
    this.resolveStopped(orderly);
  }
}
