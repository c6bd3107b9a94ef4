import 'reflect-metadata';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { configureHttp } from '../modules/operations/index.js';
import { AppModule } from './app.module.js';
import type { Config } from './config/env.js';
import { AppError } from './kernel/errors.js';
import { errorCode } from './platform/error-code.js';
import { createLogger, type Logger, NestLogger } from './platform/logging/logging.js';

/** A started service. */
export interface Service {
  /** Where it listens; null for a worker whose port was taken. */
  url: string | null;
  /** Stops taking work, lets the step in hand end, closes the stores. */
  close(): Promise<void>;
}

/**
 * Starts the service and listens. Configured servers may be down: it listens anyway and /health/ready tells.
 * Errors: `port_in_use` (configuration), and those of embedded stores that do not start.
 */
export async function startService(
  config: Config,
  module: DynamicModule = AppModule.register(config),
): Promise<Service> {
  const logger = createLogger(config.LOG_LEVEL);
  const app = await NestFactory.create<NestExpressApplication>(module, {
    bodyParser: false,
    forceCloseConnections: true,
    abortOnError: false,
    logger: new NestLogger(logger),
  });
  configureHttp(app);
  try {
    const url = await listen(app, config, logger);
    return { url, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function listen(app: NestExpressApplication, config: Config, logger: Logger): Promise<string | null> {
  try {
    await app.listen(config.PORT, config.HOST);
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') throw error;
    if (config.APP_ROLE === 'worker') {
      // Beside an API on one machine: the work matters more than the worker's own health page.
      logger.warn({ port: config.PORT }, 'PORT is in use; this worker serves no /health and /metrics');
      return null;
    }
    throw new AppError({
      class: 'configuration',
      source: 'config',
      code: 'port_in_use',
      message: `Refusing to start. PORT ${config.PORT} is in use on ${config.HOST}; stop what listens there or set PORT.`,
      cause: error,
    });
  }
  const url = await app.getUrl();
  logger.info({ url, role: config.APP_ROLE }, 'listening');
  return url;
}
