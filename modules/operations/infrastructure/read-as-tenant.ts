import type { Postgres, Queryable } from '../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../src/platform/sql-file.js';

const assumeTenant = readStatement(import.meta.url, './sql/assume-tenant.sql');

/**
 * Reads schema `insights` as a tenant may see it (`*`: all tenants), in one read-only transaction. The guard is Postgres's
 * row-level security: rows of another tenant are not there.
 */
export async function readAsTenant<T>(
  postgres: Postgres,
  tenant: string,
  read: (session: Queryable) => Promise<T>,
): Promise<T> {
  return await postgres.transaction(async (session) => {
    const platform = tenant === '*';
    const role = platform ? 'insights_platform' : 'insights_reader';
    await session.execute(assumeTenant, [role, platform ? '' : tenant]);
    return await read(session);
  }, 'BEGIN READ ONLY');
}
