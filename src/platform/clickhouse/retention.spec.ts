import { describe, expect, it } from '@jest/globals';
import type { RetainedTable } from './render-migration.js';
import { retentionStatements } from './retention.js';

const table: RetainedTable = {
  name: 'raw_t',
  column: 'at',
  partitions: { month: 'toYYYYMM(at)', quarter: 'toYear(at) * 10 + toQuarter(at)', year: 'toYear(at)' },
};
const stored = (ttl: string, partition = 'toYYYYMM(at)') => ({
  name: 'raw_t',
  partition_key: partition,
  engine_full: `MergeTree PARTITION BY ${partition} ORDER BY id${ttl} SETTINGS index_granularity = 8192`,
});
const keep = (retentionYears?: number) => ({ retentionYears, partitionBy: 'month' as const });

describe('retentionStatements', () => {
  it('set, change and remove a TTL, and leave one that is right', () => {
    const set = (years: number) => [
      'ALTER TABLE raw_t MODIFY SETTING ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1',
      `ALTER TABLE raw_t MODIFY TTL makeDate32(toYear(at) + ${years}, toMonth(at), 1) + toIntervalMonth(1)`,
    ];
    const ten = stored(' TTL makeDate32(toYear(at) + 10, toMonth(at), 1) + toIntervalMonth(1)');
    expect(retentionStatements([table], [stored('')], keep(10))).toEqual(set(10));
    expect(retentionStatements([table], [ten], keep(10))).toEqual([]);
    expect(retentionStatements([table], [ten], keep(12))).toEqual(set(12));
    expect(retentionStatements([table], [ten], keep())).toEqual(['ALTER TABLE raw_t REMOVE TTL']);
    expect(retentionStatements([table], [stored('')], keep())).toEqual([]);
    expect(retentionStatements([table], [], keep(10))).toEqual(set(10));
  });

  it('name the cluster', () => {
    expect(retentionStatements([table], [], { ...keep(10), cluster: 'c' })[1]).toBe(
      'ALTER TABLE raw_t ON CLUSTER `c` MODIFY TTL makeDate32(toYear(at) + 10, toMonth(at), 1) + toIntervalMonth(1)',
    );
  });

  it('refuse partitions other than those the table was made with, and say which', () => {
    const quarterly = stored('', '(toYear(at) * 10) + toQuarter(at)');
    expect(retentionStatements([table], [quarterly], { partitionBy: 'quarter' })).toEqual([]);
    expect(() => retentionStatements([table], [quarterly], { partitionBy: 'year' })).toThrow(
      expect.objectContaining({
        class: 'configuration',
        code: 'partitioning_changed',
        message: expect.stringContaining('PARTITION_BY=quarter'),
      }),
    );
  });
});
