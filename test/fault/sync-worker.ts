import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import {
  createSyncs,
  parseSyncDefinition,
  type SyncOutcome,
  type Syncs,
  type SyncStores,
} from '../../modules/sync/index.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { EmbeddedGraph } from '../../src/platform/graph/embedded-graph.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';

/** Where a worker finds its stores, and what it is to run. */
export const job = z.object({
  clickhouseUrl: z.string(),
  postgresUrl: z.string(),
  graphUrl: z.string(),
  graphToken: z.string(),
  secret: z.string(),
  definition: z.string(),
});
export type Job = z.infer<typeof job>;

export function openWorkerStores({ clickhouseUrl, postgresUrl, graphUrl, graphToken }: Job): SyncStores {
  return {
    clickhouse: new ClickHouse(clickhouseUrl),
    postgres: new Postgres(createDataSource(postgresUrl, [])),
    graph: new EmbeddedGraph({ url: graphUrl, token: graphToken }),
  };
}

export async function closeWorkerStores({ clickhouse, postgres, graph }: SyncStores): Promise<void> {
  await Promise.allSettled([clickhouse.close(), postgres.close(), graph.close()]);
}

/** The engine as the service has it, with short leases and waits. */
export function openSyncs(stores: SyncStores, { secret, definition }: Job): Syncs {
  return createSyncs(stores, {
    definitions: [parseSyncDefinition(definition, 'fault.yaml')],
    secrets: () => secret,
    allowPrivateAddresses: true,
    leaseTimes: { lastsSeconds: 1, heartbeatMs: 200 },
    backoff: async (ms, signal) => {
      await delay(ms / 20, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
    },
  });
}

/** One run of the only sync there is. */
export async function runOnce(
  { run, definitions }: Syncs,
  options: { full?: boolean } = {},
): Promise<SyncOutcome> {
  const [definition] = definitions;
  if (definition === undefined) throw new Error('no definition');
  return await run.execute(definition, {
    runId: randomUUID(),
    trigger: options.full === true ? 'replay' : 'manual',
    requestedBy: 'fault harness',
    signal: new AbortController().signal,
    onProgress: () => undefined,
    waitMs: 30_000,
    ...(options.full === true && { selection: { full: true } }),
  });
}
