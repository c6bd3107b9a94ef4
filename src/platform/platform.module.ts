import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/env.js';
import { ClickHouse } from './clickhouse/clickhouse.js';
import { GRAPH } from './graph/graph.js';
import { LOGGER, type Logger } from './logging/logging.js';
import { redact } from './logging/redact.js';
import { Postgres } from './postgres/postgres.js';
import { openStores, requireSingleServer, type Stores } from './stores.js';

/** Injection token of the opened stores, a `Stores`. */
export const STORES = Symbol('STORES');

@Global()
@Module({
  providers: [
    { provide: STORES, inject: [CONFIG, LOGGER], useFactory: openLoggedStores },
    { provide: ClickHouse, inject: [STORES], useFactory: (stores: Stores) => stores.clickhouse },
    { provide: Postgres, inject: [STORES], useFactory: (stores: Stores) => stores.postgres },
    { provide: GRAPH, inject: [STORES], useFactory: (stores: Stores) => stores.graph },
  ],
  exports: [STORES, ClickHouse, Postgres, GRAPH],
})
export class PlatformModule implements OnApplicationShutdown {
  constructor(@Inject(STORES) private readonly stores: Stores) {}

  async onApplicationShutdown(): Promise<void> {
    await this.stores.close();
  }
}

function openLoggedStores(config: Config, logger: Logger): Promise<Stores> {
  requireSingleServer(config);
  const told = { store: 'embedded' };
  return openStores(
    config,
    (line) => logger.warn(told, redact(line)),
    () => {
      // A new process knows the new ports. Ending at any moment is safe; going on would fail every statement for ever.
      logger.fatal(
        { ...told, code: 'embedded_host_moved' },
        'the embedded stores moved; exiting to be restarted',
      );
      process.exit(1);
    },
  );
}
