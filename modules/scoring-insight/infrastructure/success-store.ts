import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { SuccessStore } from '../application/ports.js';
import { type InsightTable, replaceTable } from './replace-rows.js';

const entitiesSql = readStatement(import.meta.url, './sql/entity-success.sql');
const pairsSql = readStatement(import.meta.url, './sql/pair-success.sql');

/** Success signals for the graph, in ClickHouse. */
export class ClickHouseSuccessStore implements SuccessStore {
  constructor(private readonly clickhouse: ClickHouse) {}

  /** From the benchmarks, which must be of the same run. */
  async replaceEntities(asOf: string): Promise<number> {
    return await this.replace('insight_entity_success', entitiesSql, asOf);
  }

  async replacePairs(asOf: string): Promise<number> {
    return await this.replace('insight_pair_success', pairsSql, asOf);
  }

  private async replace(table: InsightTable, statement: string, asOf: string): Promise<number> {
    return await replaceTable(this.clickhouse, table, async (target) => {
      const { written } = await this.clickhouse.command(statement, { target, as_of: asOf });
      return written;
    });
  }
}
