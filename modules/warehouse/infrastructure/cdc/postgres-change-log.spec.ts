import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import type { Postgres } from '../../../../src/platform/postgres/postgres.js';
import { PostgresChangeLog } from './postgres-change-log.js';

/** A server of which only its settings are asked. */
const server = (settings: object): Postgres =>
  ({
    query: (_sql: string, _params: unknown[], schema: z.ZodType) =>
      Promise.resolve([
        schema.parse({
          wal_level: 'logical',
          may_replicate: true,
          user: 'app',
          database: 'd',
          origin: 'o',
          ...settings,
        }),
      ]),
  }) as unknown as Postgres;
const prepare = (settings: object) => new PostgresChangeLog(server(settings), [], [], 'slot').prepare();

describe('PostgresChangeLog', () => {
  it('says what to set when the server does not write the log that it needs', async () => {
    await expect(prepare({ wal_level: 'replica' })).rejects.toMatchObject({
      class: 'configuration',
      code: 'cdc_wal_level',
      message: expect.stringContaining(`ALTER SYSTEM SET wal_level = 'logical'`),
    });
  });
  it('says what the user lacks', async () => {
    await expect(prepare({ may_replicate: false })).rejects.toMatchObject({
      class: 'configuration',
      code: 'cdc_not_permitted',
      message: expect.stringContaining('ALTER ROLE "app" REPLICATION'),
    });
  });
  it('says when there is nothing to stream', async () => {
    await expect(prepare({})).rejects.toMatchObject({
      class: 'configuration',
      code: 'cdc_nothing_to_stream',
    });
  });
});
