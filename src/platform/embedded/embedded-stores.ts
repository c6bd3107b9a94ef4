import { mkdirSync, realpathSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { acquireLease } from './lease.js';
import type { EmbeddedEndpoints, EmbeddedStore } from './lease-protocol.js';

export type { EmbeddedEndpoints, EmbeddedStore } from './lease-protocol.js';

const DEFAULT_LINGER_MS = 3_000;
const DEFAULT_TIMEOUT_MS = 60_000;
const RETRY_MS = 1_000;

export interface AttachOptions {
  /** Holds the data, the state file and the log of the host; created when missing. */
  dataDir: string;
  stores: EmbeddedStore[];
  /** How long the host goes on when this was its last lease, in ms (default 3000). */
  lingerMs?: number;
  /** How long to wait for the stores to serve, in ms (default 60000). */
  timeoutMs?: number;
  log?: (line: string) => void;
  /** Told when a host that was started again serves on other ports: clients made for the old ones are dead. */
  onMoved?: () => void;
}

/**
 * A lease on the embedded servers of a data directory. The first client starts their host process, every further one
 * finds it; it ends by itself when nobody holds a lease any more, however the holders ended. A host that dies is
 * started again for as long as this lease is held, with the same data and, where they are free, the same ports.
 */
export class EmbeddedStores {
  private readonly ended = new AbortController();
  private recovering: Promise<void> | undefined;

  private constructor(
    private readonly options: Required<AttachOptions>,
    private lease: Socket,
    private current: EmbeddedEndpoints,
  ) {
    this.watch();
  }

  /**
   * Resolves when every store asked for serves. Errors are AppErrors: `embedded_store_unavailable` (configuration; a
   * package is not installed), `embedded_store_failed` and `embedded_host_failed` (configuration; with the last lines
   * of the log), `embedded_host_timeout` (transient).
   */
  static async attach(options: AttachOptions): Promise<EmbeddedStores> {
    mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
    const full: Required<AttachOptions> = {
      lingerMs: DEFAULT_LINGER_MS,
      timeoutMs: DEFAULT_TIMEOUT_MS,
      log: () => undefined,
      onMoved: () => undefined,
      ...options,
      dataDir: realpathSync(options.dataDir),
    };
    const { socket, endpoints } = await acquireLease(full);
    return new EmbeddedStores(full, socket, endpoints);
  }

  /** Where the stores asked for serve. A restart of the host changes it only when a port was taken meanwhile. */
  get endpoints(): EmbeddedEndpoints {
    return this.current;
  }

  /** Gives the lease back. The host goes on for other holders, or ends after the linger time. */
  async close(): Promise<void> {
    this.ended.abort();
    await this.recovering;
    if (this.lease.destroyed) return;
    const closed = new Promise((resolve) => this.lease.once('close', resolve));
    this.lease.ref().end();
    await closed;
  }

  private watch(): void {
    this.lease.unref(); // a lease alone is no reason for a process to stay
    this.lease.once('close', () => {
      if (!this.ended.signal.aborted) this.recovering = this.recover();
    });
  }

  private async recover(): Promise<void> {
    const { log } = this.options;
    log('the embedded host is gone; starting it again');
    while (!this.ended.signal.aborted) {
      try {
        const { socket, endpoints } = await acquireLease({ ...this.options, signal: this.ended.signal });
        const moved = JSON.stringify(endpoints) !== JSON.stringify(this.current);
        this.lease = socket;
        this.current = endpoints;
        this.watch();
        if (moved) {
          log(
            'the embedded host serves on other ports than before; clients made for the old ones must be made anew',
          );
          this.options.onMoved();
        } else log('the embedded host serves again');
        return;
      } catch (error) {
        if (this.ended.signal.aborted) return;
        log(
          `the embedded host did not start again: ${error instanceof Error ? error.message : String(error)}`,
        );
        await delay(RETRY_MS, undefined, { ref: false });
      }
    }
  }
}
