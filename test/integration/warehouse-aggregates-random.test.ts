import { afterAll, beforeAll, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { loadMarket, markets } from '../factories/fact-market.js';
import { AGGREGATES, expectAggregates } from '../oracle/naive/compare.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(900_000);

let world: Warehouse;
beforeAll(async () => {
  world = await Warehouse.open();
});
afterAll(() => world.close());

it('hold exactly what plain loops over the facts find, in any market', async () => {
  await fc.assert(
    fc.asyncProperty(markets, async (market) => {
      await loadMarket(world.clickhouse, market);
      await world.build(AGGREGATES);
      await expectAggregates(world);
    }),
    { numRuns: 10, endOnFailure: true },
  );
});
