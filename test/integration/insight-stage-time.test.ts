import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DateTime } from 'luxon';
import { z } from 'zod';
import { StallBacktest } from '../../modules/scoring-insight/application/backtest-stalls.js';
import { watchDeals } from '../../modules/scoring-insight/application/watch-deals.js';
import { staysOf } from '../../modules/scoring-insight/domain/backtest.js';
import { dateOf, dayOf, WorkingDays } from '../../modules/scoring-insight/domain/business-days.js';
import { InsightReader } from '../../modules/scoring-insight/index.js';
import { ClickHouseDealStore } from '../../modules/scoring-insight/infrastructure/deal-store.js';
import { PublicHolidays } from '../../modules/scoring-insight/infrastructure/public-holidays.js';
import { ClickHouseStageTimeStore } from '../../modules/scoring-insight/infrastructure/stage-time-store.js';
import { PostgresStallSignals } from '../../modules/scoring-insight/infrastructure/stall-signals.js';
import {
  type DealSpec,
  type EventSpec,
  idOf,
  type InsightWorld,
  loadWorld,
} from '../factories/insight-world.js';
import { contentOf, forgetInsight, insightStores, type InsightStores } from '../support/insight-stores.js';

jest.setTimeout(60_000);

const AS_OF = '2026-06-17T12:00:00.000000Z';

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

function parts(stallDays: [stage: string, days: number][] = [], country?: string) {
  return {
    deals: new ClickHouseDealStore(stores.clickhouse),
    stageTimes: new ClickHouseStageTimeStore(stores.clickhouse),
    signals: new PostgresStallSignals(stores.postgres),
    holidays: new PublicHolidays(country),
    stallDays: new Map(stallDays),
  };
}
const watch = (asOf = AS_OF, stallDays: [string, number][] = []) => watchDeals(parts(stallDays), asOf);

const entities = [{ name: 'a' }, { name: 'b' }];
const deal = (name: string, stage: string, rest: Partial<DealSpec> = {}): DealSpec => ({
  name,
  between: ['a', 'b'],
  stage,
  createdAt: '2026-01-01T00:00:00.000000Z',
  ...rest,
});
const day = (offset: number, time = '09:00:00.000000'): string => `${dateOf(dayOf(AS_OF) + offset)}T${time}Z`;

/** Events of one deal, in order. */
function path(name: string, firstId: number, ...steps: [to: string, at: string][]): EventSpec[] {
  return steps.map(([to, at], index) => ({ id: firstId + index, deal: name, to, at, visit: index + 1 }));
}

/**
 * 40 past visits to proposal that began on a Monday and lasted 1 to 40 business days, all advanced; they began within the
 * year before asOf. Beside them open deals that entered so many business days ago.
 */
function history(open: Record<string, number>): InsightWorld {
  const past = Array.from({ length: 40 }, (_, index) => `past ${index}`);
  const monday = dayOf('2025-09-01');
  const later = (businessDays: number) => monday + Math.floor(businessDays / 5) * 7 + (businessDays % 5);
  const before = (businessDays: number) => {
    let left = businessDays;
    let date = dayOf(AS_OF);
    while (left > 0) {
      if (![5, 6].includes((date + 3) % 7)) left -= 1;
      date -= 1;
    }
    return date;
  };
  const at = (number: number) => `${dateOf(number)}T09:00:00.000000Z`;
  return {
    entities,
    deals: [
      ...past.map((name) => deal(name, 'completed', { successScore: '4.00' })),
      ...Object.keys(open).map((name) => deal(name, 'proposal', { value: '1000.00' })),
    ],
    events: [
      ...past.flatMap((name, index) =>
        path(name, index * 2, ['proposal', at(monday)], ['completed', at(later(index + 1))]),
      ),
      ...Object.entries(open).flatMap(([name, days], index) =>
        path(name, 1000 + index, ['proposal', at(before(days))]),
      ),
    ],
  };
}

const visitRow = z.object({
  partnership_id: z.string(),
  stage: z.string(),
  exit: z.string(),
  entered_day: z.number(),
  last_day: z.number(),
});

describe('stage visits', () => {
  const visits = async (world: InsightWorld, asOf = day(0, '00:00:00.000000')) => {
    await loadWorld(stores.clickhouse, world);
    await parts().stageTimes.replaceVisits(asOf);
    const rows = z.array(visitRow).parse(await contentOf(stores.clickhouse, 'insight_stage_visits'));
    const offset = (number: number) => number - dayOf(AS_OF);
    return rows
      .map((row) => [row.stage, row.exit, offset(row.entered_day), offset(row.last_day)] as const)
      .sort(([, , a], [, , b]) => a - b);
  };

  it('begin with the deal where the first event led out of a stage that nothing led into', async () => {
    const [first] = path('moved on', 1, ['proposal', day(-50)]);
    const found = await visits({
      entities,
      deals: [deal('moved on', 'proposal', { createdAt: day(-60) })],
      events: [{ ...first!, from: 'identified' }],
    });
    expect(found).toEqual([
      ['identified', 'advanced', -60, -50],
      ['proposal', 'open', -50, 0],
    ]);
  });

  it('end with the next event, classified by where it leads; a stage entered again is another visit', async () => {
    const found = await visits({
      entities,
      deals: [deal('won', 'completed')],
      events: path(
        'won',
        1,
        ['identified', day(-60)],
        ['proposal', day(-50)],
        ['negotiation', day(-40)],
        ['proposal', day(-30)],
        ['proposal', day(-25)],
        ['negotiation', day(-20)],
        ['completed', day(-10)],
      ),
    });
    expect(found).toEqual([
      ['identified', 'advanced', -60, -50],
      ['proposal', 'advanced', -50, -40],
      ['negotiation', 'moved_back', -40, -30],
      ['proposal', 'moved_back', -30, -25],
      ['proposal', 'advanced', -25, -20],
      ['negotiation', 'won', -20, -10],
    ]);
  });

  it('end lost, are cut off by a deletion, or go on', async () => {
    const found = await visits({
      entities,
      deals: [
        deal('lost', 'declined'),
        deal('deleted', 'proposal', { deleted: true, updatedAt: day(-20) }),
        deal('open', 'proposal'),
      ],
      events: [
        ...path('lost', 1, ['proposal', day(-50)], ['declined', day(-45)]),
        ...path('deleted', 3, ['proposal', day(-40)]),
        ...path('open', 4, ['proposal', day(-30)]),
      ],
    });
    expect(found).toEqual([
      ['proposal', 'lost', -50, -45],
      ['proposal', 'deleted', -40, -20],
      ['proposal', 'open', -30, 0],
    ]);
  });

  it('see nothing later than their instant', async () => {
    const world = {
      entities,
      deals: [
        deal('later', 'completed'),
        deal('not yet', 'proposal'),
        deal('gone', 'proposal', { deleted: true, updatedAt: day(-5) }),
      ],
      events: [
        ...path('later', 1, ['proposal', day(-50)], ['completed', day(-10)]),
        ...path('not yet', 3, ['proposal', day(-9)]),
        ...path('gone', 4, ['proposal', day(-40)]),
      ],
    };
    expect(await visits(world, day(-20, '00:00:00.000000'))).toEqual([
      ['proposal', 'open', -50, -20],
      ['proposal', 'open', -40, -20],
    ]);
  });

  it('are left out where their end or beginning is unknown; a silent deal stands since its creation', async () => {
    const found = await visits({
      entities,
      deals: [
        deal('ahead of events', 'negotiation'),
        deal('silent', 'proposal', { createdAt: day(-70) }),
        deal('silent and won', 'completed'),
      ],
      events: path('ahead of events', 1, ['identified', day(-60)], ['proposal', day(-50)]),
    });
    expect(found).toEqual([
      ['proposal', 'open', -70, 0],
      ['identified', 'advanced', -60, -50],
    ]);
  });

  it('have the dates of the owner’s zone, over changes of the clock; UTC without an owner or a known zone', async () => {
    const zones = [
      'Asia/Kolkata',
      'America/New_York',
      'Pacific/Apia',
      'America/Sao_Paulo',
      'Europe/Berlin',
      'Asia/Tokio',
    ];
    // Around midnight in many zones, in spring and autumn.
    const instants = ['2026-03-08', '2026-03-29', '2025-10-26', '2025-11-02'].flatMap((date) =>
      ['03:59:59', '04:00:00', '05:00:00', '10:59:59', '18:29:59', '18:30:00', '22:00:00', '23:00:00'].map(
        (time) => `${date}T${time}.000000Z`,
      ),
    );
    const all = [...zones, null].flatMap((zone) =>
      instants.map((at) => ({ zone, at, name: `${zone} ${at}` })),
    );
    await loadWorld(stores.clickhouse, {
      entities,
      users: zones.map((zone) => ({ name: zone, timeZone: zone })),
      deals: all.map(({ zone, name }) => deal(name, 'proposal', zone === null ? {} : { owner: zone })),
      events: all.map(({ name, at }, id) => ({ id, deal: name, to: 'proposal', at, visit: 1 })),
    });
    await parts().stageTimes.replaceVisits(AS_OF);
    const rows = z.array(visitRow).parse(await contentOf(stores.clickhouse, 'insight_stage_visits'));
    const open = await parts().deals.openDeals(AS_OF);
    const localDay = (zone: string | null, at: string) =>
      dayOf(
        DateTime.fromISO(at, { zone: zone === null || zone === 'Asia/Tokio' ? 'utc' : zone }).toISODate()!,
      );
    for (const { zone, at, name } of all) {
      const expected = [localDay(zone, at), localDay(zone, AS_OF)];
      const row = rows.find(({ partnership_id }) => partnership_id === idOf('deal', name));
      expect([row?.entered_day, row?.last_day]).toEqual(expected);
      const health = open.find(({ partnershipId }) => partnershipId === idOf('deal', name));
      expect([health?.enteredDay, health?.today]).toEqual(expected);
      expect(health?.zoneIsUnknown).toBe(zone === 'Asia/Tokio');
    }
  });

  it('are counted in SQL as in the backtest, holidays and late entries included', async () => {
    await loadWorld(stores.clickhouse, history({ one: 3, two: 12 }));
    const { stageTimes, holidays } = parts([], 'DE');
    await stageTimes.replaceVisits(day(0, '00:00:00.000000'));
    const calendar = new WorkingDays(dayOf('2025-01-01'), dayOf('2026-12-31'), holidays.between(2025, 2026));
    const keyed = (rows: readonly object[]) =>
      rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
    for (const windowDay of [dayOf('2025-08-01'), dayOf('2025-09-20'), dayOf('2025-10-04')]) {
      const inSql = await stageTimes.stays(windowDay, calendar);
      expect(keyed(inSql)).toEqual(keyed(staysOf(await stageTimes.pastVisits(), windowDay, calendar)));
      expect(inSql.length).toBeGreaterThan(10);
    }
  });
});

describe('thresholds and health', () => {
  const health = async () => {
    const rows = await contentOf(stores.clickhouse, 'insight_deal_health');
    return Object.fromEntries(rows.map((row) => [row.partnership_id, row]));
  };
  const stageTime = () => contentOf(stores.clickhouse, 'insight_stage_time');

  it('come from history: warn after P75, critical from P90, with place, chance and expected loss', async () => {
    await loadWorld(stores.clickhouse, history({ fresh: 2, due: 33, late: 34, lost: 38 }));
    const outcome = await watch();
    expect(outcome).toMatchObject({ open: 4, warn: 1, critical: 1, signalsRaised: 2 });
    const rows = await health();
    const of = (name: string) => rows[idOf('deal', name)];
    expect(
      ['fresh', 'due', 'late', 'lost'].map((name) => [of(name)?.days_in_stage, of(name)?.severity]),
    ).toEqual([
      [2, 'ok'],
      [33, 'ok'],
      [34, 'warn'],
      [38, 'critical'],
    ]);
    expect(of('late')).toMatchObject({
      threshold_days: 33,
      critical_days: 38,
      threshold_source: 'statistical',
      peer_level: 'type',
      currency: 'EUR',
    });
    // By hand: S(1) = 43/44, S(2) = 42/44, then S(t) = 42/44 (43 - t)/41 until the next open deal. The 30 days from
    // Monday, 15 June (entry) and from Wednesday, 17 June (today) both have 22 business days.
    expect(of('fresh')?.stage_percentile).toBeCloseTo(100 * (1 - (43 / 44 + 42 / 44) / 2), 9);
    expect(of('fresh')?.chance_at_entry).toBeCloseTo(1 - ((42 / 44) * 21) / 41, 9);
    expect(of('fresh')?.chance_30d).toBeCloseTo(1 - 19 / 41, 9);
    expect(of('fresh')?.expected_loss).toBe('0.00');
    expect(of('late')?.chance_30d).toBeNull();
    expect(of('late')?.expected_loss).toBeNull();
    const [evidence] = await stores.postgres.query(
      `SELECT evidence FROM insights_ops.signals WHERE subject = $1`,
      [idOf('deal', 'late')],
      z.object({ evidence: z.record(z.string(), z.unknown()) }),
    );
    expect(evidence?.evidence).toMatchObject({
      daysInStage: 34,
      thresholdDays: 33,
      thresholdSource: 'statistical',
      stagePercentile: of('late')?.stage_percentile,
      chance30d: null,
    });
  });

  it('are stored with what they rest on', async () => {
    await loadWorld(stores.clickhouse, history({ late: 32 }));
    await watch();
    const rows = await stageTime();
    expect(rows.map(({ stage, partnership_type, source }) => [stage, partnership_type, source])).toEqual([
      ['*', '*', 'pipeline'],
      ['proposal', '*', 'statistical'],
      ['proposal', 'licensing', 'statistical'],
    ]);
    expect(rows[2]).toMatchObject({
      method: 'kaplan_meier_left_truncated',
      window_from: '2025-06-17',
      window_to: '2026-06-17',
      visits: '41',
      exits: '40',
      warn_days: 31,
      level: 'type',
      reviewed_on: '2026-06-17',
      warnings: [],
    });
  });

  it('change nothing in a second run of the day', async () => {
    await loadWorld(stores.clickhouse, history({ fresh: 2, late: 32, lost: 37 }));
    await watch();
    const first = [await contentOf(stores.clickhouse, 'insight_deal_health', ['as_of']), await stageTime()];
    const again = await watch('2026-06-17T20:00:00.000000Z');
    expect(again).toMatchObject({ signalsRaised: 0, signalsCleared: 0 });
    const without = (rows: Record<string, unknown>[]) => rows.map(({ as_of: _, ...row }) => row);
    expect(await contentOf(stores.clickhouse, 'insight_deal_health', ['as_of'])).toEqual(first[0]);
    expect(without(await stageTime())).toEqual(without(first[1]!));
  });

  it('stand for a week, then move: a deal that is no longer stalled by it is cleared, not moved on', async () => {
    await loadWorld(stores.clickhouse, history({ late: 32 }));
    await watch();
    // Everybody takes twice as long now.
    const slower = history({ late: 32 });
    await loadWorld(stores.clickhouse, {
      ...slower,
      events: slower.events!.map((event) =>
        event.to === 'completed'
          ? { ...event, at: `${dateOf(2 * dayOf(event.at) - dayOf('2025-09-01'))}T09:00:00.000000Z` }
          : event,
      ),
    });
    expect(await watch(day(6, '12:00:00.000000'))).toMatchObject({ warn: 1, signalsCleared: 0 });
    expect((await health())[idOf('deal', 'late')]).toMatchObject({ days_in_stage: 36, threshold_days: 31 });
    expect(await watch(day(7, '12:00:00.000000'))).toMatchObject({ warn: 0, critical: 0, signalsCleared: 1 });
    const [signal] = await stores.postgres.query(
      `SELECT state, evidence->>'outcome' AS outcome FROM insights_ops.signals`,
      [],
      z.unknown(),
    );
    expect(signal).toEqual({ state: 'cleared', outcome: null });
  });

  it('are listed for people, the worst first', async () => {
    await loadWorld(stores.clickhouse, history({ fresh: 2, due: 33, late: 34, lost: 38 }));
    await watch();
    const reader = new InsightReader(stores.clickhouse, stores.postgres, stores.graph);
    const names = new Map(['fresh', 'due', 'late', 'lost'].map((name) => [idOf('deal', name), name]));
    const listed = async (options: { all: boolean; limit: number }) =>
      (await reader.dealHealth(options)).map(({ partnershipId }) => names.get(partnershipId));
    expect(await listed({ all: false, limit: 10 })).toEqual(['lost', 'late']);
    expect(await listed({ all: true, limit: 3 })).toEqual(['lost', 'late', 'fresh']);
    const change = async (table: string, column: string, value: (name: string) => number): Promise<void> => {
      const values = [...names].map(([id, name]) => `partnership_id = '${id}', ${value(name)}`).join(', ');
      await stores.clickhouse.command(
        `ALTER TABLE ${table} UPDATE ${column} = toDecimal64(multiIf(${values}, 0), 2) WHERE true`,
        {},
        { settings: { mutations_sync: '2' } },
      );
    };
    // Large figures in a small currency are no large losses.
    await change('insight_deal_health', "severity = 'warn', expected_loss", (name) =>
      name === 'late' ? 900 : 500,
    );
    await change('fact_partnerships', 'deal_value', () => 100);
    await change('fact_partnerships', 'deal_value_reporting', (name) => (name === 'late' ? 1 : 110));
    expect((await listed({ all: true, limit: 4 })).at(-1)).toBe('late');
    const [worst] = await reader.dealHealth({ all: false, limit: 1 });
    expect(worst).toMatchObject({
      severity: 'warn',
      expectedLoss: '500.00',
      currency: 'EUR',
      peerLevel: 'type',
    });
  });

  it('let the days set for a stage win, and still tell the place among peers', async () => {
    await loadWorld(stores.clickhouse, history({ late: 32 }));
    await watch(AS_OF, [['proposal', 50]]);
    const row = (await health())[idOf('deal', 'late')];
    expect(row).toMatchObject({
      threshold_days: 50,
      critical_days: 100,
      threshold_source: 'configured',
      severity: 'ok',
    });
    expect(Number(row?.stage_percentile)).toBeGreaterThan(70);
  });

  it('are the configured 30 days without history', async () => {
    await loadWorld(stores.clickhouse, {
      entities,
      deals: [deal('lone', 'proposal', { createdAt: day(-100) })],
    });
    expect(await watch()).toMatchObject({ open: 1, critical: 1 });
    expect((await health())[idOf('deal', 'lone')]).toMatchObject({
      threshold_days: 30,
      threshold_source: 'configured',
      stage_percentile: null,
      chance_30d: null,
      expected_loss: null,
      peer_level: null,
    });
    await loadWorld(stores.clickhouse, { entities, deals: [] });
    expect(await watch()).toMatchObject({ open: 0, warn: 0, critical: 0, signalsCleared: 1 });
  });
});

describe('the backtest', () => {
  it('replays the visits of the latest run and keeps the result, once a period', async () => {
    await loadWorld(stores.clickhouse, history({ late: 32 }));
    await watch();
    const backtest = new StallBacktest(parts());
    const report = await backtest.execute({ from: '2025-09-02' }, AS_OF);
    expect(report).toMatchObject({ from: '2025-09-02', to: '2026-06-17', visits: 40, owners: 1 });
    // Seen past 30 days on an evening: the visits of 32 to 40 days, and the open one. P90 is 37.
    expect(report.rules[1]).toMatchObject({
      rule: 'fixed',
      days: 30,
      alerts: 10,
      right: 3,
      wrong: 6,
      undecided: 1,
    });
    await backtest.execute({ from: '2025-09-02' }, day(1));
    const { kept } = await stores.clickhouse.row(
      'SELECT count() AS kept FROM insight_stall_backtests FINAL',
      {},
      z.object({ kept: z.coerce.number() }),
    );
    expect(kept).toBe(3);
  });

  it('says when there is nothing to replay', async () => {
    const backtest = new StallBacktest(parts());
    await expect(backtest.execute({}, AS_OF)).rejects.toMatchObject({ code: 'no_stage_visits' });
    await loadWorld(stores.clickhouse, history({ late: 32 }));
    await watch();
    await expect(backtest.execute({ from: '2026-06-17' }, AS_OF)).rejects.toMatchObject({
      code: 'backtest_period',
    });
  });
});
