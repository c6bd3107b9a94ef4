/**
 * Why an operation failed, in the only four ways a caller can react to:
 * - `transient`: the same call may succeed later (store down, deadlock, rate limit); retry.
 * - `rejected`: the data was refused (contract, constraint); keep it aside, go on with its neighbours.
 * - `configuration`: a person must change a setting, a file or a permission; do not retry.
 * - `bug`: none of these; stop and show it.
 */
export type ErrorClass = 'transient' | 'rejected' | 'configuration' | 'bug';

export interface AppErrorInit {
  class: ErrorClass;
  /** The part that failed: a store (`postgres`, `clickhouse`, `graph`, `redis`, `slack`) or a module. */
  source: string;
  /** Stable snake_case code; decisions and outside checks rely on it, never on the message. */
  code: string;
  /** What happened and what to do next, for a person. Never holds a secret. */
  message: string;
  cause?: unknown;
}

export class AppError extends Error {
  readonly class: ErrorClass;
  readonly source: string;
  readonly code: string;

  constructor(init: AppErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'AppError';
    this.class = init.class;
    this.source = init.source;
    this.code = init.code;
  }
}

/** Any thrown value as an AppError; what nobody classified is a bug. */
export function toAppError(error: unknown, source: string): AppError {
  if (error instanceof AppError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new AppError({ class: 'bug', source, code: 'unexpected', message, cause: error });
}
