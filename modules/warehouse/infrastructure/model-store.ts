import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import type { DataTest, ModelLayer } from '../application/ports.js';
import type { Model } from '../domain/model.js';
import type { Stage } from '../domain/stages.js';
import { dataTests, models } from './model-catalog.js';

const SAMPLE = 5;

/** The star schema in ClickHouse. A model is built beside its table and exchanged in one step: no reader sees half of it. */
export class ModelStore implements ModelLayer {
  readonly models = models;
  readonly tests = dataTests;

  constructor(
    private readonly clickhouse: ClickHouse,
    private readonly stages: readonly Stage[],
    private readonly reportingCurrency: string,
  ) {}

  async build(model: Model): Promise<number> {
    const beside = `build_${model.name}`;
    await this.clickhouse.command(`DROP TABLE IF EXISTS ${beside} SYNC`);
    await this.clickhouse.command(`CREATE TABLE ${beside} AS ${model.name}`);
    const { written } = await this.clickhouse.command(
      `INSERT INTO ${beside}\n${model.select}`,
      this.params(),
      { settings: { max_partitions_per_insert_block: '0' } },
    );
    await this.clickhouse.command(`EXCHANGE TABLES ${beside} AND ${model.name}`);
    await this.clickhouse.command(`DROP TABLE ${beside} SYNC`);
    return written;
  }

  async test(test: DataTest, built: readonly string[]): Promise<{ failures: number; sample: string[] }> {
    return await this.clickhouse.row(
      `SELECT count() AS failures, groupArray(${SAMPLE})(record) AS sample FROM (${test.select})`,
      { built },
      z.object({ failures: z.coerce.number(), sample: z.array(z.string()) }),
    );
  }

  async recordTests(rows: readonly object[]): Promise<void> {
    await this.clickhouse.insertRows('data_test_results', rows);
  }

  private params() {
    return {
      reporting_currency: this.reportingCurrency,
      stage_names: this.stages.map((stage) => stage.name),
      stage_orders: this.stages.map((stage) => stage.order),
      stage_categories: this.stages.map((stage) => stage.category),
      stage_outcomes: this.stages.map((stage) => stage.outcome),
    };
  }
}
