import { Global, Module } from '@nestjs/common';
import type { Config } from '../../config/env.js';
import { CONFIG } from '../../config/config.module.js';
import { createLogger, LOGGER } from './logging.js';

@Global()
@Module({
  providers: [
    { provide: LOGGER, inject: [CONFIG], useFactory: (config: Config) => createLogger(config.LOG_LEVEL) },
  ],
  exports: [LOGGER],
})
export class LoggingModule {}
