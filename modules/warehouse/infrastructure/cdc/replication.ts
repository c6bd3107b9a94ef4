import pg from 'pg';
import { LogicalReplicationService, PgoutputPlugin } from 'pg-logical-replication';
import { z } from 'zod';
import { AppError } from '../../../../src/kernel/errors.js';
import { classifyPostgresError } from '../../../../src/platform/postgres/postgres.js';
import type { ChangeStream, StreamHandler } from '../../application/cdc-ports.js';
import { formatLsn, type Lsn, parseLsn, type WalMessage } from '../../domain/cdc.js';
import { PgoutputDecoder } from './pgoutput.js';

export type ReplicationConfig = pg.ClientConfig;

/** Far below wal_sender_timeout (default one minute): an answer also while a batch is being loaded. */
const STATUS_MS = 5_000;
const createdSlot = z.object({ consistent_point: z.string(), snapshot_name: z.string() });

type Decoded = WalMessage | { tag: 'broken'; error: Error };

/** The library's plugin with our decoder; it must not throw, because nobody would catch it in the socket's event. */
class ExactPgoutput extends PgoutputPlugin {
  received = 0;
  private readonly decoder = new PgoutputDecoder();

  override parse(bytes: Buffer): never {
    this.received++;
    return this.decoded(bytes) as never;
  }

  private decoded(bytes: Buffer): Decoded {
    try {
      return this.decoder.decode(bytes);
    } catch (error) {
      return { tag: 'broken', error: error instanceof Error ? error : new Error(String(error)) };
    }
  }
}

/**
 * Follows a slot from an LSN until `signal` aborts; rejects when the connection ends or a handler fails. Messages reach
 * the handler one after the other, and the socket is not read while one is being handled.
 */
export async function followSlot(
  config: ReplicationConfig,
  names: { slot: string; publication: string },
  from: Lsn,
  handler: StreamHandler,
  signal: AbortSignal,
): Promise<void> {
  const service = new LogicalReplicationService(config, {
    // Never on its own: the library would confirm what it received, not what the warehouse has.
    acknowledge: { auto: false, timeoutSeconds: 0 },
    flowControl: { enabled: true },
  });
  const plugin = new ExactPgoutput({ protoVersion: 1, publicationNames: [names.publication] });
  let confirmed = from;
  let handled = 0;
  const stream: ChangeStream = {
    confirm: (lsn) => {
      if (lsn > confirmed) confirmed = lsn;
      tell();
    },
  };
  // The library adds one to what it is given. A commit that ends at X and another that begins at X are neighbours: a
  // server that heard X + 1 would skip the second.
  const tell = (): void => void service.acknowledge(formatLsn(confirmed - 1n)).catch(() => undefined);

  let fail: (error: unknown) => void = () => undefined;
  const failure = new Promise<never>((_, reject) => (fail = reject));
  failure.catch(() => undefined);
  service.on('error', (error) => fail(driverError(error)));
  service.on('heartbeat', (lsn, _timestamp, shouldRespond) => {
    // The server has sent everything that was committed before this LSN; we have it when nothing is left to handle.
    if (handled === plugin.received) handler.idle(parseLsn(lsn), stream);
    if (shouldRespond) tell();
  });
  let broken = false;
  service.on('data', async (_lsn: string, message: Decoded) => {
    // After a failure nothing more may be handled: it would be confirmed without what failed.
    if (broken) return;
    try {
      if (message.tag === 'broken') throw message.error;
      await handler.message(message, stream);
      handled++;
    } catch (error) {
      broken = true;
      fail(error);
    }
  });
  const status = setInterval(tell, STATUS_MS);
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    const subscribed = service.subscribe(plugin, names.slot, formatLsn(from)).then(
      () => {
        if (!signal.aborted) throw connectionLost();
      },
      (error: unknown) => {
        throw driverError(error);
      },
    );
    subscribed.catch(() => undefined);
    await Promise.race([subscribed, failure, stopped]);
  } finally {
    clearInterval(status);
    broken = true;
    await service.destroy().catch(() => undefined);
  }
}

/**
 * Makes the slot and calls `work` with its first LSN and a snapshot of exactly that moment: what the snapshot shows is not
 * in the slot, what is in the slot the snapshot does not show. The snapshot lives as long as `work` does.
 */
export async function withNewSlot<T>(
  config: ReplicationConfig,
  slot: string,
  work: (made: { lsn: Lsn; snapshot: string }) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ ...config, replication: 'database' } as pg.ClientConfig);
  client.on('error', () => undefined);
  try {
    const made = await create(client, slot).catch((error: unknown) => {
      throw driverError(error);
    });
    return await work({ lsn: parseLsn(made.consistent_point), snapshot: made.snapshot_name });
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function create(client: pg.Client, slot: string): Promise<z.output<typeof createdSlot>> {
  await client.connect();
  const { rows } = await client.query(
    `CREATE_REPLICATION_SLOT ${pg.escapeIdentifier(slot)} LOGICAL pgoutput EXPORT_SNAPSHOT`,
  );
  return createdSlot.parse(rows[0]);
}

const connectionLost = (cause?: unknown) =>
  new AppError({
    class: 'transient',
    source: 'postgres',
    code: 'replication_connection_lost',
    message: 'The replication connection to Postgres was lost.',
    cause,
  });

/** By SQLSTATE. What has none is the driver's word for a connection that ended: all else here comes from the server. */
function driverError(error: unknown): unknown {
  const classified = classifyPostgresError(error);
  if (!(classified instanceof AppError)) return connectionLost(error);
  // object_in_use: another process still follows the slot, or the server has not noticed that it went away.
  if (classified.code === 'postgres_55006')
    return new AppError({
      class: 'transient',
      source: 'postgres',
      code: 'cdc_slot_in_use',
      message: 'The replication slot is still in use by another connection.',
      cause: error,
    });
  return classified;
}
