import { StandardSchemaValidationPipe } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { LOGGER, type Logger } from '../../../src/platform/logging/logging.js';
import { Metrics } from '../infrastructure/metrics.js';
import { serveOpenApi } from './openapi.js';
import { Problem, ProblemFilter } from './problem.js';

const BODY_LIMIT = '1mb';

/** What every HTTP server of this service has. The application must be created with `bodyParser: false`. */
export function configureHttp(app: NestExpressApplication): void {
  const logger = app.get<Logger>(LOGGER);
  app.disable('x-powered-by');
  app.use(observe(app.get(Metrics), logger));
  app.use(requireJson);
  app.useBodyParser('json', { limit: BODY_LIMIT });
  app.useGlobalFilters(new ProblemFilter(logger));
  app.useGlobalPipes(
    new StandardSchemaValidationPipe({
      exceptionFactory: (issues) => {
        const errors = issues.map(({ path, message }) => ({
          path: (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.'),
          message,
        }));
        return new Problem(
          400,
          'invalid_request',
          'The request does not have the form it must have.',
          errors,
        );
      },
    }),
  );
  serveOpenApi(app);
}

/** A body of another type would be dropped in silence, and the request would run without what it asked for. */
function requireJson(request: Request, _response: Response, next: NextFunction): void {
  // `is` answers null without a body, false for one of another type, and takes an empty body for one.
  const empty = request.headers['content-length'] === '0';
  if (!empty && request.is('application/json') === false) {
    throw new Problem(415, 'media_type_unsupported', 'Send a JSON body with Content-Type: application/json.');
  }
  next();
}

/** One metric and one line per request. The line has the path without its query, and no header. */
function observe(metrics: Metrics, logger: Logger) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const started = performance.now();
    const { method, path } = request;
    response.once('finish', () => {
      const seconds = Math.round(performance.now() - started) / 1000;
      const status = response.statusCode;
      metrics.httpEnded(method, routeOf(request), status, seconds);
      const level = path.startsWith('/api/') ? 'info' : 'debug';
      logger[level]({ method, path, status, seconds }, 'request');
    });
    next();
  };
}

/** The pattern of the matched route; a path of its own per id would make a time series of its own per id. */
function routeOf(request: Request): string {
  const route: unknown = request.route;
  const pattern = typeof route === 'object' && route !== null && 'path' in route ? route.path : undefined;
  return typeof pattern === 'string' ? pattern : 'unmatched';
}
