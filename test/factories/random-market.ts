import fc from 'fast-check';
import { type FactMarket, MARKET_STAGES, type MarketDeal } from './fact-market.js';

const MINUTE = 60_000;
const START = Date.UTC(2024, 10, 1);
const instant = (minutes: number): string => new Date(START + minutes * MINUTE).toISOString();
/** Twenty months, minutes apart, ends of months and days among them. */
const minute = fc.oneof(
  fc.integer({ min: 0, max: 20 * 30 * 1440 }),
  fc.constantFrom(0, 1439, 1440, 30 * 1440 - 1, 30 * 1440, 61 * 1440),
);
const moment = minute.map(instant);
const month = fc.integer({ min: 0, max: 21 }).map((n) => {
  const at = new Date(Date.UTC(2024, 10 + n, 1));
  return at.toISOString().slice(0, 10);
});
const money = fc
  .oneof(fc.integer({ min: 0, max: 99_999_999 }), fc.constantFrom(0, 1, 999_999, 1_000_000, 99_999_999_999))
  .map((cents) => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`);
const stageName = fc.constantFrom(...Object.keys(MARKET_STAGES));
const tenant = fc.constantFrom('tenant', 'other tenant');
const ENTITIES = 6;
const side = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.nat(ENTITIES - 1), fc.nat(2)) },
  { weight: 1, arbitrary: fc.constant(null) },
);

const deal = fc
  .record({
    sides: fc.tuple(side, side),
    stage: stageName,
    start: minute,
    updatedAfter: fc.nat(60 * 1440),
    history: fc.array(
      fc.record({
        to: stageName,
        from: fc.option(stageName, { nil: undefined }),
        after: fc.oneof(fc.constant(0), fc.nat(40 * 1440)),
      }),
      { maxLength: 6, size: 'max' },
    ),
    standsWhereItWent: fc.boolean(),
    early: fc.constantFrom(0, 0, 0, 900),
    type: fc.constantFrom('licensing', 'licensing', 'co_marketing', 'orphan'),
    tenant,
    value: fc.option(money, { freq: 4 }),
    successful: fc.boolean(),
    daysToSigned: fc.option(fc.nat(90)),
    daysToActive: fc.option(fc.nat(90)),
    deleted: fc.constantFrom(false, false, false, false, true),
  })
  .map(({ start, updatedAfter, history, early, standsWhereItWent, stage, ...rest }): MarketDeal => {
    let at = start - early;
    const events = history.map(({ to, from, after }) => ({
      to,
      ...(from ? { from } : {}),
      at: instant((at += after)),
    }));
    const last = events.at(-1);
    return {
      ...rest,
      stage: standsWhereItWent && last ? last.to : stage,
      created: instant(start),
      updated: instant(start + updatedAfter),
      events,
    };
  });

/** Markets with every awkward case a deal, a member, a trend or a month can be in. */
export const markets: fc.Arbitrary<FactMarket> = fc.record({
  entities: fc.array(
    fc.record({
      type: fc.constantFrom('member', 'member', 'brand', 'content'),
      joined: fc.oneof(
        { weight: 8, arbitrary: fc.nat(120 * 1440).map(instant) },
        { weight: 4, arbitrary: moment },
        { weight: 1, arbitrary: fc.constant('1969-12-31T23:59:59.999Z') },
      ),
      versions: fc.array(
        fc.tuple(fc.constantFrom('music', 'film', 'sport'), fc.constantFrom('enterprise', 'individual')),
        {
          minLength: 3,
          maxLength: 3,
        },
      ),
      tenant,
    }),
    { minLength: ENTITIES, maxLength: ENTITIES },
  ),
  deals: fc.array(deal, { maxLength: 40, size: 'max' }),
  activities: fc.array(
    fc.record({
      user: fc.option(fc.nat(3)),
      type: fc.constantFrom('search', 'contact', 'proposal_view'),
      target: side,
      at: moment,
    }),
    { maxLength: 80, size: 'max' },
  ),
  trends: fc.array(fc.array(fc.constantFrom('emerging', 'peak'), { minLength: 2, maxLength: 2 }), {
    minLength: 3,
    maxLength: 3,
  }),
  metrics: fc.array(
    fc.record({
      trend: fc.oneof(
        { weight: 8, arbitrary: fc.tuple(fc.nat(2), fc.nat(1)) },
        { weight: 1, arbitrary: fc.constant(null) },
      ),
      at: fc.nat(80 * 1440).map(instant),
      momentum: fc.nat(10_000).map((n) => (n / 10_000).toFixed(4)),
      velocity: fc.integer({ min: -9_999, max: 9_999 }).map((n) => (n / 10_000).toFixed(4)),
      signals: fc.nat(1000),
      engagement: fc.constantFrom('0', '17', '9007199254740993'),
    }),
    { maxLength: 60, size: 'max' },
  ),
  costs: fc.array(
    fc.record({
      month,
      currency: fc.constantFrom('USD', 'EUR', 'JPY'),
      cost: money,
      revenue: money,
      margin: fc.integer({ min: -1000, max: 100_000_000 }).map((n) => (n / 100_000_000).toFixed(8)),
      deleted: fc.constantFrom(false, false, false, true),
    }),
    { maxLength: 12, size: 'max' },
  ),
  rates: fc.array(
    fc.record({
      date: moment.map((at) => at.slice(0, 10)),
      currency: fc.constantFrom('EUR', 'EUR', 'JPY'),
      rate: fc.integer({ min: 1, max: 2_000_000_000 }).map((n) => (n / 1_000_000_00).toFixed(8)),
      deleted: fc.constantFrom(false, false, false, true),
    }),
    { maxLength: 6, size: 'max' },
  ),
});
