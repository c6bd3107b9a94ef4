import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG } from '../config/config.module.js';
import type { Config } from '../config/env.js';
import { ClickHouse } from './clickhouse/clickhouse.js';
import { GRAPH } from './graph/graph.js';
import { Postgres } from './postgres/postgres.js';
import { openStores, type Stores } from './stores.js';

/** Injection token of the opened stores, a `Stores`. */
export const STORES = Symbol('STORES');

@Global()
@Module({
  providers: [
    { provide: STORES, inject: [CONFIG], useFactory: (config: Config) => openStores(config) },
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
