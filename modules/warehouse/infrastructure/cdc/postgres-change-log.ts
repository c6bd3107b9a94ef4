import pg from 'pg';
import { z } from 'zod';
import { AppError } from '../../../../src/kernel/errors.js';
import type { Postgres } from '../../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type { ChangeLog, PreparedLog, RefusedSource, StreamHandler } from '../../application/cdc-ports.js';
import { type Lsn, parseLsn, type SlotLag, type SlotState, type StreamedSource } from '../../domain/cdc.js';
import type { PostgresSource } from '../sources/catalog.js';
import { followSlot, withNewSlot } from './replication.js';
import { streamable } from './streamable.js';

const serverStatement = readStatement(import.meta.url, './sql/server.sql');
const slotStatement = readStatement(import.meta.url, './sql/slot.sql');
const dropSlotStatement = readStatement(import.meta.url, './sql/drop_slot.sql');
const slotLagStatement = readStatement(import.meta.url, './sql/slot_lag.sql');
const currentLsnStatement = readStatement(import.meta.url, './sql/current_lsn.sql');
const publicationStatement = readStatement(import.meta.url, './sql/publication.sql');

const server = z.object({
  wal_level: z.string(),
  may_replicate: z.boolean(),
  user: z.string(),
  database: z.string(),
  origin: z.string(),
});
const slotRow = z.object({
  confirmed: z.string(),
  lost: z.boolean(),
  plugin: z.string(),
  database: z.string(),
});
const lagRow = z.object({ bytes: z.number(), seconds: z.number(), endangered: z.boolean() });
const publicationRow = z.object({
  whole: z.boolean(),
  quoted: z.string().nullable(),
  unfiltered: z.boolean(),
  columns: z.array(z.string()),
});

const configuration = (code: string, message: string, cause?: unknown) =>
  new AppError({ class: 'configuration', source: 'warehouse', code, message, cause });
const quote = pg.escapeIdentifier;

/** The log of the product database through one publication and one slot, both of the given name. */
export class PostgresChangeLog implements ChangeLog {
  constructor(
    private readonly postgres: Postgres,
    private readonly sources: readonly PostgresSource[],
    private readonly stages: readonly string[],
    readonly name: string,
  ) {}

  async prepare(): Promise<PreparedLog> {
    const [found] = await this.postgres.query(serverStatement, [], server);
    if (!found) throw new Error('a SELECT without FROM has one row');
    if (found.wal_level !== 'logical')
      throw configuration(
        'cdc_wal_level',
        `CDC=on needs wal_level = logical, the server has ${found.wal_level}. Set it (ALTER SYSTEM SET wal_level = 'logical'), restart Postgres, or set CDC=off.`,
      );
    if (!found.may_replicate)
      throw configuration(
        'cdc_not_permitted',
        `CDC=on needs the REPLICATION attribute: ALTER ROLE ${quote(found.user)} REPLICATION, or set CDC=off.`,
      );
    const sources: StreamedSource[] = [];
    const refused: RefusedSource[] = [];
    for (const source of this.sources) {
      const result = await this.postgres.transaction((session) => streamable(session, source, this.stages));
      if ('fingerprint' in result) sources.push(result);
      else refused.push(result);
    }
    if (sources.length === 0)
      throw configuration(
        'cdc_nothing_to_stream',
        `CDC=on, but no source can be streamed: ${refused.map(({ source, reason }) => `${source}: ${reason}`).join('; ')}.`,
      );
    return {
      origin: found.origin,
      sources,
      refused,
      published: await this.isPublished(sources),
      slot: await this.slot(found.database),
    };
  }

  async withNewSlot<T>(
    sources: readonly StreamedSource[],
    work: (made: { lsn: Lsn; snapshot: string }) => Promise<T>,
  ): Promise<T> {
    await this.postgres.execute(dropSlotStatement, [this.name]);
    await this.publish(sources);
    return await withNewSlot(this.postgres.replicationConfig(), this.name, work);
  }

  async follow(from: Lsn, handler: StreamHandler, signal: AbortSignal): Promise<void> {
    const names = { slot: this.name, publication: this.name };
    await followSlot(this.postgres.replicationConfig(), names, from, handler, signal);
  }

  async readBack(
    source: StreamedSource,
    keys: readonly (readonly string[])[],
  ): Promise<Map<string, (string | null)[]>> {
    const { definition } = source;
    const select = this.sources.find(({ name }) => name === definition.name)?.select;
    if (select === undefined) throw new Error(`source ${definition.name} is not in the catalogue`);
    const texts = definition.columns.map(({ name }) => `s.${quote(name)}::text`).join(', ');
    const matches = definition.key.map((name, n) => `s.${quote(name)}::text = k.key ->> ${n}`).join(' AND ');
    const rows = await this.postgres.query(
      `SELECT k.key::text AS key, ARRAY[${texts}] AS cells FROM (${select}) s
       JOIN jsonb_array_elements($1::jsonb) AS k(key) ON ${matches}`,
      [JSON.stringify(keys)],
      z.object({ key: z.string(), cells: z.array(z.string().nullable()) }),
    );
    return new Map(
      rows.map(({ key, cells }) => [JSON.stringify(z.array(z.string()).parse(JSON.parse(key))), cells]),
    );
  }

  async currentLsn(): Promise<Lsn> {
    const [row] = await this.postgres.query(currentLsnStatement, [], z.object({ lsn: z.string() }));
    if (!row) throw new Error('a SELECT without FROM has one row');
    return parseLsn(row.lsn);
  }

  async isPublished(sources: readonly StreamedSource[]): Promise<boolean> {
    const rows = await this.postgres.query(publicationStatement, [this.name], publicationRow);
    return covers(rows, sources);
  }

  async lag(confirmedAt: string | null): Promise<SlotLag | null> {
    const [row] = await this.postgres.query(slotLagStatement, [this.name, confirmedAt], lagRow.or(lagOfLost));
    return row ?? null;
  }

  private async slot(database: string): Promise<SlotState | null> {
    const [row] = await this.postgres.query(slotStatement, [this.name], slotRow);
    if (!row) return null;
    // Slots are the server's, not the database's: taking one that is not ours would cost somebody his data.
    if (row.plugin !== 'pgoutput' || row.database !== database)
      throw configuration(
        'cdc_slot_foreign',
        `The replication slot ${this.name} belongs to ${row.database || 'no database'} (${row.plugin || 'physical'}). Set CDC_SLOT to another name.`,
      );
    return { confirmed: parseLsn(row.confirmed), lost: row.lost };
  }

  /** Makes the publication hold these tables. One that does already, made by somebody with the right to, is left alone. */
  private async publish(sources: readonly StreamedSource[]): Promise<void> {
    const rows = await this.postgres.query(publicationStatement, [this.name], publicationRow);
    if (covers(rows, sources)) return;
    const tables = [...new Set(sources.map(({ table }) => table.name))].join(', ');
    const name = quote(this.name);
    const statement =
      rows.length === 0
        ? `CREATE PUBLICATION ${name} FOR TABLE ${tables}`
        : `ALTER PUBLICATION ${name} SET TABLE ${tables}`;
    try {
      await this.postgres.execute(statement);
      await this.postgres.execute(
        `ALTER PUBLICATION ${name} SET (publish = 'insert, update, delete, truncate', publish_via_partition_root = false)`,
      );
    } catch (error) {
      if (error instanceof AppError && error.code === 'postgres_42501')
        throw configuration(
          'cdc_not_permitted',
          `CDC=on needs a publication that only the owner of the tables can make. As that owner: ${statement}`,
          error,
        );
      throw error;
    }
  }
}

const lagOfLost = z
  .object({ bytes: z.null(), seconds: z.number(), endangered: z.boolean() })
  .transform((row) => ({ ...row, bytes: 0 }));

function covers(
  rows: readonly z.output<typeof publicationRow>[],
  sources: readonly StreamedSource[],
): boolean {
  return sources.every(({ columns, table }) => {
    const row = rows.find(({ quoted }) => quoted === table.name);
    return row?.whole && row.unfiltered && columns.every(({ name }) => row.columns.includes(name));
  });
}
