import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { ResultStore } from '../application/ports.js';
import type { ResultVersion } from '../domain/result-versions.js';
import { insertAll, replaceTable } from './replace-rows.js';

const versionsSql = readStatement(import.meta.url, './sql/result-versions.sql');

const versionRow = z
  .object({
    part: z.string(),
    tables: z.array(z.string()),
    method: z.string(),
    code_version: z.string(),
    window_from: z.string().nullable(),
    window_to: z.string(),
    seed: z.number().nullable(),
    n: z.coerce.number(),
    warnings: z.array(z.string()),
    as_of: z.string(),
  })
  .transform(({ code_version, window_from, window_to, as_of, ...row }): ResultVersion => ({
    ...row,
    codeVersion: code_version,
    window: { from: window_from, to: window_to },
    asOf: as_of,
  }));

/** What the insight tables stand on, in ClickHouse. */
export class ClickHouseResultStore implements ResultStore {
  constructor(private readonly clickhouse: ClickHouse) {}

  async stored(): Promise<ResultVersion[]> {
    return await this.clickhouse.rows(versionsSql, {}, versionRow);
  }

  async replace(versions: readonly ResultVersion[]): Promise<number> {
    return await replaceTable(this.clickhouse, 'insight_results', (target) =>
      insertAll(
        this.clickhouse,
        target,
        versions.map(({ codeVersion, window, asOf, ...same }) => ({
          ...same,
          code_version: codeVersion,
          window_from: window.from,
          window_to: window.to,
          as_of: asOf,
        })),
      ),
    );
  }
}
