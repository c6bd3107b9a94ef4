import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger, pino } from 'pino';
import { AppError } from '../../kernel/errors.js';
import { redact } from './redact.js';

export type { Logger } from 'pino';

/** Injection token of the service's logger, a pino `Logger`. */
export const LOGGER = Symbol('LOGGER');

/**
 * Logs as JSON lines on standard error: standard output belongs to the answers of commands. Errors appear with class,
 * source, code and a message without credentials; a stack only for what nobody expected.
 */
export function createLogger(
  level: string,
  destination: DestinationStream = pino.destination({ fd: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: { service: 'teraffi-insights' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError },
    },
    destination,
  );
}

function serializeError(error: unknown): Record<string, unknown> {
  if (error instanceof AppError) {
    const { class: kind, source, code } = error;
    const stack = kind === 'bug' ? { stack: redact(error.stack ?? '') } : {};
    return { class: kind, source, code, message: redact(error.message), ...stack };
  }
  if (error instanceof Error) {
    return {
      class: 'bug',
      code: 'unexpected',
      message: redact(error.message),
      stack: redact(error.stack ?? ''),
    };
  }
  return { class: 'bug', code: 'unexpected', message: redact(String(error)) };
}

/** Nest's own messages through the service's logger. Its start-up chatter is of level debug. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.debug({ context: contextOf(rest) }, textOf(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    // Nest reports what makes its start fail and throws it too; who starts the service tells it, once.
    if (['ExceptionHandler', 'NestApplication'].includes(contextOf(rest))) return;
    if (message instanceof Error)
      this.logger.error({ err: message, context: contextOf(rest) }, 'framework error');
    else this.logger.error({ context: contextOf(rest) }, textOf(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn({ context: contextOf(rest) }, textOf(message));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug({ context: contextOf(rest) }, textOf(message));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.logger.trace({ context: contextOf(rest) }, textOf(message));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.logger.fatal({ context: contextOf(rest) }, textOf(message));
  }
}

const textOf = (message: unknown): string =>
  redact(
    typeof message === 'string'
      ? message
      : message instanceof Error
        ? message.message
        : JSON.stringify(message),
  );

/** Nest passes the name of the speaker as the last argument. */
function contextOf(rest: readonly unknown[]): string {
  const last = rest.at(-1);
  return typeof last === 'string' ? last : 'Nest';
}
