import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { StepOutcome } from '../../src/kernel/progress.js';
import { INSIGHT_TABLES } from '../../modules/scoring-insight/infrastructure/replace-rows.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { loadWorld } from '../factories/insight-world.js';
import { changedMarket, type InsightRun, runInsight } from '../support/insight-run.js';
import {
  contentOf,
  dump,
  forgetInsight,
  insightStores,
  type InsightStores,
} from '../support/insight-stores.js';

jest.setTimeout(60_000);

let stores: InsightStores;
beforeAll(async () => {
  stores = await insightStores();
}, 120_000);
afterAll(async () => {
  await stores.close();
});
beforeEach(async () => {
  await forgetInsight(stores);
});

function run(options: InsightRun = {}): Promise<StepOutcome> {
  return runInsight(stores, options);
}

/** The market with one brand whose past deals all ended alike: better than luck, or worse. */
const brandThat = (outcome: { stage: string; successScore: string | null; milestones: [number, number] }) =>
  changedMarket(({ between, stage }) =>
    between.includes('brand 0') && (stage === 'completed' || stage === 'declined') ? outcome : {},
  );
const won = brandThat({ stage: 'completed', successScore: '4.20', milestones: [4, 4] });
const lost = brandThat({ stage: 'declined', successScore: null, milestones: [0, 4] });

/** Dies with the connection to ClickHouse after a statement: done there, and never heard of here. */
class DyingClickHouse extends ClickHouse {
  /** Statements after which a reader may see something else, in their order. */
  readonly published: string[] = [];

  constructor(
    url: string,
    private readonly last: string | null,
  ) {
    super(url);
  }

  override async command(...args: Parameters<ClickHouse['command']>) {
    const result = await super.command(...args);
    const [statement] = args;
    if (/EXCHANGE TABLES|REPLACE PARTITION|INTO insight_badge_history/.test(statement)) {
      this.published.push(statement);
      if (statement === this.last) throw new Error('killed');
    }
    return result;
  }
}

/** One run that dies after a statement; null: that lives. Returns what it published. */
async function runUntil(last: string | null, options: InsightRun = {}): Promise<string[]> {
  const clickhouse = new DyingClickHouse(stores.clickhouseUrl, last);
  try {
    const ending = run({ ...options, clickhouse });
    if (last === null) await ending;
    else await expect(ending).rejects.toThrow('killed');
  } finally {
    await clickhouse.close();
  }
  return clickhouse.published;
}

describe('a run that is killed', () => {
  it('leaves in the end what an undisturbed run leaves, wherever it died', async () => {
    await loadWorld(stores.clickhouse, won);
    const published = await runUntil(null);
    const expected = await dump(stores);
    expect(published).toHaveLength(INSIGHT_TABLES.length);
    await forgetInsight(stores);
    // Each run finds what the one before it left behind, and dies one table later.
    for (const statement of published) await runUntil(statement);
    await run();
    expect(await dump(stores)).toEqual(expected);
  }, 300_000);

  it('has stated what it wrote into the history of badges, and a later day goes on from there', async () => {
    const days = [
      { asOf: '2026-06-17T12:00:00Z', world: won },
      { asOf: '2026-06-18T12:00:00Z', world: lost },
      { asOf: '2026-06-19T12:00:00Z', world: lost },
    ];
    await loadWorld(stores.clickhouse, won);
    const history = (await runUntil(null)).find((statement) => statement.includes('insight_badge_history'));
    const badgesAfter = async (killed: readonly number[]) => {
      await forgetInsight(stores);
      for (const [day, { asOf, world }] of days.entries()) {
        await loadWorld(stores.clickhouse, world);
        await runUntil(killed.includes(day) ? history! : null, { asOf, cadence: 'run' });
      }
      return {
        history: await contentOf(stores.clickhouse, 'insight_badge_history'),
        badges: await contentOf(stores.clickhouse, 'insight_entity_badges'),
      };
    };
    const undisturbed = await badgesAfter([]);
    expect(new Set(undisturbed.history.map(({ event }) => event))).toEqual(new Set(['awarded', 'revoked']));
    expect(await badgesAfter([0, 1])).toEqual(undisturbed);
  }, 120_000);
});
