import { expect } from '@jest/globals';
import type { z } from 'zod';
import { models } from '../../../modules/warehouse/infrastructure/model-catalog.js';
import type { Warehouse } from '../../support/warehouse.js';
import { naiveAggregates } from '../naive-aggregates.js';
import { factRows, type Facts, type Row } from './facts.js';

export const AGGREGATES = models.map(({ name }) => name).filter((name) => name.startsWith('agg_'));

async function readFacts({ clickhouse }: Warehouse): Promise<Facts> {
  const read = async ([table, schema]: [string, z.ZodType]) => [
    table,
    await clickhouse.rows(`SELECT * FROM ${table}`, {}, schema),
  ];
  return Object.fromEntries(await Promise.all(Object.entries(factRows).map(read))) as Facts;
}

const lines = (rows: readonly Row[]): string[] =>
  rows
    .map((row) =>
      JSON.stringify(Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))),
    )
    .sort();

/** Every aggregate holds the rows that plain loops over the facts find, no other and none twice; bookkeeping columns aside. */
export async function expectAggregates(world: Warehouse): Promise<void> {
  const naive = naiveAggregates(await readFacts(world), 'USD');
  expect(Object.keys(naive).sort()).toEqual([...AGGREGATES].sort());
  for (const name of AGGREGATES) {
    const found = lines(await world.rows(`SELECT COLUMNS('^[^_]') FROM ${name}`));
    const expected = lines(naive[name] ?? []);
    const besides = (rows: string[], others: string[]) => rows.filter((row) => !others.includes(row));
    expect({
      name,
      rows: found.length,
      wrong: besides(found, expected),
      missing: besides(expected, found),
    }).toEqual({ name, rows: expected.length, wrong: [], missing: [] });
  }
}
