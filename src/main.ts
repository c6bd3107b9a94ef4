import { readConfig } from './config/env.js';
import { toAppError } from './kernel/errors.js';
import { createLogger } from './platform/logging/logging.js';
import { redact } from './platform/logging/redact.js';
import type { Service } from './service.js';

/** Orchestrators kill after 30 s: what has not closed by now is safe to leave. */
const EXIT_AFTER_MS = 28_000;

let service: Service | undefined;
let stopping = false;

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(0), EXIT_AFTER_MS).unref();
  await service?.close();
  process.exit(0);
}

async function main(): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
  const config = readConfig(process.env);
  process.on('uncaughtException', (error) => {
    createLogger(config.LOG_LEVEL).fatal({ err: error }, 'uncaught');
    process.exit(1);
  });
  // Loaded late, so that a bad variable is told at once.
  const { startService } = await import('./service.js');
  service = await startService(config);
}

main().catch((error: unknown) => {
  const failure = toAppError(error, 'main');
  const text = failure.class === 'bug' ? (failure.stack ?? failure.message) : failure.message;
  process.stderr.write(`${redact(text)}\n`);
  process.exit(1);
});
