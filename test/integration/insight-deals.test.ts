import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { ClickHouseDealStore } from '../../modules/scoring-insight/infrastructure/deal-store.js';
import type { StepOutcome } from '../../src/kernel/progress.js';
import { market } from '../factories/insight-market.js';
import { type DealSpec, idOf, loadWorld } from '../factories/insight-world.js';
import { changedMarket, type InsightRun, runInsight } from '../support/insight-run.js';
import { contentOf, forgetInsight, insightStores, type InsightStores } from '../support/insight-stores.js';

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

describe('deal health', () => {
  const deal = (name: string, stage: string): DealSpec => ({
    name,
    between: ['a', 'b'],
    stage,
    createdAt: '2026-06-01T00:00:00.000000Z',
    owner: 'Kenji',
  });
  const event = (id: number, name: string, to: string, at: string, visit: number) => ({
    id,
    deal: name,
    to,
    at,
    visit,
  });

  it("counts from the last event into the record's own stage", async () => {
    await loadWorld(stores.clickhouse, {
      entities: [{ name: 'a' }, { name: 'b' }],
      users: [{ name: 'Kenji', timeZone: 'Asia/Tokyo' }],
      deals: [
        deal('back again', 'proposal'),
        deal('ahead of events', 'negotiation'),
        deal('tie', 'proposal'),
        deal('silent', 'proposal'),
      ],
      events: [
        event(1, 'back again', 'proposal', '2026-06-02T00:00:00.000000Z', 1),
        event(2, 'back again', 'negotiation', '2026-06-03T00:00:00.000000Z', 2),
        // 00:30 on the 16th in Tokyo: on the 17th at 21:00 one business day has passed, in UTC two.
        event(3, 'back again', 'proposal', '2026-06-15T15:30:00.000000Z', 3),
        event(4, 'ahead of events', 'identified', '2026-06-02T00:00:00.000000Z', 1),
        event(5, 'ahead of events', 'proposal', '2026-06-03T00:00:00.000000Z', 2),
        event(6, 'tie', 'proposal', '2026-06-04T00:00:00.000000Z', 1),
        event(8, 'tie', 'proposal', '2026-06-05T00:00:00.000000Z', 3),
        event(7, 'tie', 'negotiation', '2026-06-05T00:00:00.000000Z', 2),
      ],
    });
    await run();
    const health = await contentOf(stores.clickhouse, 'insight_deal_health');
    const byDeal = Object.fromEntries(
      health.map((row) => [
        row.partnership_id,
        [row.entered_stage_at, row.stage_visit, row.days_in_stage, row.threshold_days, row.severity],
      ]),
    );
    expect(byDeal).toEqual({
      [idOf('deal', 'back again')]: ['2026-06-15T15:30:00.000000Z', 2, 1, 5, 'ok'],
      [idOf('deal', 'ahead of events')]: ['2026-06-01T00:00:00.000000Z', 1, 12, 30, 'ok'],
      [idOf('deal', 'tie')]: ['2026-06-05T00:00:00.000000Z', 2, 8, 5, 'warn'],
      [idOf('deal', 'silent')]: ['2026-06-01T00:00:00.000000Z', 1, 12, 5, 'critical'],
    });
  });

  it('clears the signal of a deal that is no longer stalled, with what became of it', async () => {
    await loadWorld(stores.clickhouse, market());
    await run();
    await loadWorld(
      stores.clickhouse,
      changedMarket(({ name }) =>
        name === 'rotten'
          ? { stage: 'completed', successScore: '4.00' }
          : name === 'stale'
            ? { deleted: true }
            : {},
      ),
    );
    const outcome = await run();
    expect(outcome.detail.stalled).toMatchObject({
      warn: 0,
      critical: 0,
      signalsRaised: 0,
      signalsCleared: 2,
    });
    const signals = await stores.postgres.query(
      `SELECT subject, state, evidence->>'outcome' AS outcome, evidence->>'daysInStage' AS days FROM insights_ops.signals ORDER BY severity`,
      [],
      z.unknown(),
    );
    expect(signals).toEqual([
      { subject: idOf('deal', 'rotten'), state: 'cleared', outcome: 'won', days: '61' },
      { subject: idOf('deal', 'stale'), state: 'cleared', outcome: null, days: '31' },
    ]);
    expect((await run()).detail.stalled).toMatchObject({ signalsRaised: 0, signalsCleared: 0 });
  });

  it('counts in UTC for an owner whose zone is misspelt, and says so', async () => {
    await loadWorld(stores.clickhouse, {
      entities: [{ name: 'a' }, { name: 'b' }],
      users: [{ name: 'Kenji', timeZone: 'Asia/Tokio' }],
      deals: [deal('lost in time', 'proposal')],
    });
    const outcome = await run();
    expect(outcome.detail.stalled).toMatchObject({ open: 1, critical: 1, unknownTimeZones: 1 });
  });

  it('keeps the visit of a stall when an event of another stage comes late', async () => {
    const events = [
      event(1, 'back again', 'proposal', '2026-06-02T00:00:00.000000Z', 1),
      event(3, 'back again', 'proposal', '2026-06-04T00:00:00.000000Z', 2),
    ];
    const late = event(2, 'back again', 'negotiation', '2026-06-03T00:00:00.000000Z', 2);
    const world = {
      entities: [{ name: 'a' }, { name: 'b' }],
      users: [{ name: 'Kenji', timeZone: 'Asia/Tokyo' }],
      deals: [deal('back again', 'proposal')],
    };
    const visits = () =>
      stores.postgres.query(
        `SELECT (evidence->>'stageVisit')::int AS visit, evidence->>'enteredStageAt' AS since FROM insights_ops.signals`,
        [],
        z.unknown(),
      );
    await loadWorld(stores.clickhouse, { ...world, events });
    await run();
    const known = [{ visit: 2, since: '2026-06-04T00:00:00.000000Z' }];
    expect(await visits()).toEqual(known);
    const [first, last] = events;
    await loadWorld(stores.clickhouse, { ...world, events: [first!, late, { ...last!, visit: 3 }] });
    expect((await run()).detail.stalled).toMatchObject({ signalsRaised: 0 });
    expect(await visits()).toEqual(known);
  });

  it('finds the outcomes of more deals than one URL can name', async () => {
    await loadWorld(stores.clickhouse, { entities: [], deals: [deal('one of many', 'declined')] });
    const ids = Array.from({ length: 30_000 }, (_, index) => idOf('deal', `gone ${index}`));
    const outcomes = await new ClickHouseDealStore(stores.clickhouse).outcomes([
      ...ids,
      idOf('deal', 'one of many'),
    ]);
    expect([...outcomes]).toEqual([[idOf('deal', 'one of many'), 'lost']]);
  });
});
