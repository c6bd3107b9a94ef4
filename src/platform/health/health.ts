import { AppError } from '../../kernel/errors.js';

/** A store or a service that says whether it answers, by throwing when it does not. */
export interface Pingable {
  name: string;
  ping(): Promise<void>;
}

export interface StoreHealth {
  name: string;
  status: 'up' | 'down';
  /** Why it is down, the code of its error; null while up. */
  code: string | null;
}

/** Injection token of what readiness asks, a `HealthChecks`. */
export const HEALTH_CHECKS = Symbol('HEALTH_CHECKS');

const DEFAULT_TIMEOUT_MS = 2_500;

/** Asks all stores at once and never takes longer than its timeout: an orchestrator gives up on a slow answer. */
export class HealthChecks {
  private readonly pending = new Map<string, Promise<string | null>>();

  constructor(
    private readonly stores: readonly Pingable[],
    private readonly timeoutMs: number = DEFAULT_TIMEOUT_MS,
  ) {}

  async check(): Promise<StoreHealth[]> {
    return Promise.all(
      this.stores.map(async (store) => {
        const code = await this.withTimeout(this.ask(store));
        return { name: store.name, status: code === null ? ('up' as const) : ('down' as const), code };
      }),
    );
  }

  /** The code of the store's error, or null. A store that hangs has one question open, not one more per probe. */
  private ask(store: Pingable): Promise<string | null> {
    const open = this.pending.get(store.name);
    if (open !== undefined) return open;
    const question = ping(store).finally(() => this.pending.delete(store.name));
    this.pending.set(store.name, question);
    return question;
  }

  private async withTimeout(question: Promise<string | null>): Promise<string | null> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, this.timeoutMs, 'timeout');
    });
    try {
      return await Promise.race([question, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }
}

async function ping(store: Pingable): Promise<string | null> {
  try {
    await store.ping();
    return null;
  } catch (error) {
    return error instanceof AppError ? error.code : 'unexpected';
  }
}
