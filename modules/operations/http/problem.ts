import { STATUS_CODES } from 'node:http';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Inject,
  Injectable,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { AppError, toAppError } from '../../../src/kernel/errors.js';
import { LOGGER, type Logger } from '../../../src/platform/logging/logging.js';

export interface FieldError {
  /** Dotted path of the field; empty for the whole. */
  path: string;
  message: string;
}

/** An answer that is an error: RFC 9457 with a stable `code`. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors?: readonly FieldError[],
  ) {
    super(detail);
  }
}

/**
 * What `work` resolves to. An error that the caller can do something about becomes the problem of its status.
 * @param statuses by the error's code; others pass as they are
 */
export async function problemFor<T>(
  statuses: Readonly<Record<string, number>>,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const status = error instanceof AppError ? statuses[error.code] : undefined;
    if (error instanceof AppError && status !== undefined) {
      throw new Problem(status, error.code, error.message);
    }
    throw error;
  }
}

/** What `work` resolves to; null while ClickHouse does not answer, for what an answer can be without. */
export async function nullWithoutClickHouse<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AppError && error.source === 'clickhouse') return null;
    throw error;
  }
}

/** Codes of what Nest and Express refuse before a handler is reached. */
const CODES: Record<number, string> = {
  400: 'malformed_request',
  404: 'route_unknown',
  405: 'method_not_allowed',
  413: 'body_too_large',
  415: 'media_type_unsupported',
};

/** Turns every error into `application/problem+json`. What nobody expected is logged whole and told as nothing. */
@Injectable()
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const response = http.getResponse<Response>();
    const problem = this.problemOf(error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    response
      .status(problem.status)
      .type('application/problem+json')
      .send(
        JSON.stringify({
          type: 'about:blank',
          title: STATUS_CODES[problem.status] ?? 'Error',
          status: problem.status,
          code: problem.code,
          detail: problem.detail,
          instance: http.getRequest<Request>().path,
          ...(problem.errors ? { errors: problem.errors } : {}),
        }),
      );
  }

  private problemOf(error: unknown): Problem {
    if (error instanceof Problem) return error;
    const status = statusOf(error);
    if (status !== undefined && status < 500) {
      return new Problem(status, CODES[status] ?? 'refused', STATUS_CODES[status] ?? 'Refused');
    }
    const failure = toAppError(error, 'http');
    this.logger.error({ err: failure }, 'request failed');
    if (failure.class === 'transient' || failure.class === 'configuration') {
      const detail = `${failure.source} cannot serve this now; /health/ready says more.`;
      return new Problem(503, failure.code, detail);
    }
    return new Problem(500, 'internal_error', 'An error of the service; its log has the details.');
  }
}

/** The HTTP status that Nest, Express or a body parser gave an error. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (typeof error !== 'object' || error === null) return undefined;
  return 'status' in error && typeof error.status === 'number' ? error.status : undefined;
}
