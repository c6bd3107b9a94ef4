import { AppError } from '../../kernel/errors.js';
import { errorCode } from '../error-code.js';
import type { EmbeddedStore } from './lease-protocol.js';

/** The setting that names a server to use instead of the embedded store. */
const SERVER_SETTING: Record<EmbeddedStore, string> = {
  clickhouse: 'CLICKHOUSE_URL',
  postgres: 'DATABASE_URL',
  graph: 'NEO4J_URI',
};

const MODULE_NOT_LOADED = new Set(['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED']);

/**
 * What a failed start means for the person who asked. The engines are optional dependencies: a missing one is a
 * setting to change, not a bug.
 */
export function startFailure(store: EmbeddedStore, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (MODULE_NOT_LOADED.has(errorCode(error) ?? '')) {
    return new AppError({
      class: 'configuration',
      source: store,
      code: 'embedded_store_unavailable',
      message:
        `The embedded ${store} is not installed or does not run on this system: install the optional ` +
        `dependencies, or set ${SERVER_SETTING[store]} to use a server. (${message})`,
      cause: error,
    });
  }
  return new AppError({
    class: 'configuration',
    source: store,
    code: 'embedded_store_failed',
    message: `The embedded ${store} did not start: ${message}`,
    cause: error,
  });
}
