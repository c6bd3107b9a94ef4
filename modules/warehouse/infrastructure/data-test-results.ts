import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { TestRecord } from '../application/ports.js';

const lastOutcomes = readStatement(import.meta.url, './sql/last_outcomes.sql');

const outcome = z
  .object({ test: z.string(), failures: z.coerce.number(), sample: z.array(z.string()) })
  .transform(({ test, ...found }): [string, Outcome] => [test, found]);
type Outcome = Pick<TestRecord, 'failures' | 'sample'>;

/**
 * Keeps what data tests found: the status of each, and its history where that has changed. The history first and compared
 * with itself, so that a repeat after a kill between the two adds nothing to it.
 */
export async function recordTestResults(
  clickhouse: ClickHouse,
  records: readonly TestRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const tests = records.map(({ test }) => test);
  const before = new Map(await clickhouse.rows(lastOutcomes, { tests }, outcome));
  const changed = records.filter(
    ({ test, failures, sample }) => !isDeepStrictEqual(before.get(test), { failures, sample }),
  );
  if (changed.length > 0) await clickhouse.insertRows('data_test_results', changed);
  await clickhouse.insertRows('data_test_status', records);
}
