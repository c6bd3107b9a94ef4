import { setTimeout as delay } from 'node:timers/promises';
import { toAppError } from '../../kernel/errors.js';
import type { Logger } from '../logging/logging.js';

/** Injection token of the work a process does before it takes jobs, a `StartupTask[]`. */
export const STARTUP_TASKS = Symbol('STARTUP_TASKS');

/** What stores need before they can be used: connect, migrate. Safe to repeat. */
export interface StartupTask {
  /** Name of the store; an error that knows its store better (`source`) is told under that name. */
  name: string;
  run(): Promise<void>;
}

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

/**
 * Prepares the stores in the background, each on its own, until each is done: a process whose store is down stays up,
 * says so, and goes on when the store is back.
 */
export class Startup {
  private readonly ready = new Set<string>();

  constructor(
    private readonly tasks: readonly StartupTask[],
    private readonly logger: Logger,
    private readonly firstRetryMs: number = FIRST_RETRY_MS,
  ) {}

  /** Resolves true when every task is done, false when `signal` aborted first. Never rejects. */
  async run(signal: AbortSignal): Promise<boolean> {
    await Promise.all(this.tasks.map((task) => this.runTask(task, signal)));
    return this.pending().length === 0;
  }

  /** Names of the stores that are not prepared yet. */
  pending(): string[] {
    return this.tasks.map((task) => task.name).filter((name) => !this.ready.has(name));
  }

  private async runTask(task: StartupTask, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await task.run();
        this.ready.add(task.name);
        this.logger.info({ store: task.name, attempt }, `${task.name} is ready`);
        return;
      } catch (error) {
        const waitMs = Math.min(this.firstRetryMs * 2 ** (attempt - 1), LAST_RETRY_MS);
        const failure = toAppError(error, task.name);
        this.logger.warn(
          { store: failure.source, attempt, err: failure },
          `${failure.source} is not ready, trying again in ${Math.ceil(waitMs / 1000)} s`,
        );
        await delay(waitMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
