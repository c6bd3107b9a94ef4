import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { z } from 'zod';
import { models } from '../../modules/warehouse/infrastructure/model-catalog.js';
import { loadMarket, markets } from '../factories/fact-market.js';
import { factRows, naiveAggregates, type Facts, type Row } from '../oracle/naive-aggregates.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(900_000);

const AGGREGATES = models.map(({ name }) => name).filter((name) => name.startsWith('agg_'));

let world: Warehouse;
beforeAll(async () => {
  world = await Warehouse.open();
});
afterAll(() => world.close());

async function readFacts(): Promise<Facts> {
  const read = async ([table, schema]: [string, z.ZodType]) => [
    table,
    await world.clickhouse.rows(`SELECT * FROM ${table}`, {}, schema),
  ];
  return Object.fromEntries(await Promise.all(Object.entries(factRows).map(read))) as Facts;
}

const lines = (rows: readonly Row[]): string[] =>
  rows
    .map((row) =>
      JSON.stringify(Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))),
    )
    .sort();

it('hold exactly what plain loops over the facts find, in any market', async () => {
  await fc.assert(
    fc.asyncProperty(markets, async (market) => {
      await loadMarket(world.clickhouse, market);
      await world.build(AGGREGATES);
      const naive = naiveAggregates(await readFacts(), 'USD');
      expect(Object.keys(naive).sort()).toEqual([...AGGREGATES].sort());
      for (const name of AGGREGATES) {
        const found = lines(await world.rows(`SELECT * FROM ${name}`));
        const expected = lines(naive[name] ?? []);
        const besides = (rows: string[], others: string[]) => rows.filter((row) => !others.includes(row));
        expect({
          name,
          rows: found.length,
          wrong: besides(found, expected),
          missing: besides(expected, found),
        }).toEqual({ name, rows: expected.length, wrong: [], missing: [] });
      }
    }),
    { numRuns: 10, endOnFailure: true },
  );
});
