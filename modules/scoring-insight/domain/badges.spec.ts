import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import {
  type Badge,
  type BadgeBenchmark,
  type BadgeDeclaration,
  type BadgeLevel,
  decideBadges,
  parseBadgeDeclarations,
} from './badges.js';

const shipped = readFileSync(new URL('../definitions/badges.yaml', import.meta.url), 'utf8');
const declarations = parseBadgeDeclarations(shipped);
const topPerformer = declarations.filter(({ badge }) => badge === 'top_performer');

function row(percentile: number | null, n = 20, entityId = 'e1'): BadgeBenchmark {
  return {
    entityId,
    tenantId: 't1',
    metric: 'success_rate',
    value: 0.8,
    n,
    percentile,
    topPercent: percentile === null ? null : 100 - percentile,
    floorPercentile: percentile === null ? null : 80,
    cohort: 'brand|*|*',
    cohortLevel: 'platform',
    cohortN: 40,
    snapshotN: n,
  };
}

/** One decision after another; percentiles null where withheld. */
function play(
  steps: [asOf: string, percentile: number | null, n?: number][],
  set: BadgeDeclaration[] = topPerformer,
) {
  let current: Badge[] = [];
  return steps.map(([asOf, percentile, n]) => {
    const decision = decideBadges(current, [row(percentile, n)], set, asOf);
    current = decision.current;
    return decision;
  });
}

describe('parseBadgeDeclarations', () => {
  it('reads the shipped declarations', () => {
    expect(declarations.map(({ badge, metric }) => [badge, metric])).toEqual([
      ['top_performer', 'success_rate'],
      ['fast_signer', 'days_to_signed'],
      ['reliable_partner', 'milestone_completion'],
      ['responsive', 'response_activity'],
    ]);
    for (const { levels } of declarations) {
      expect(levels).toEqual([
        { level: 'gold', enter: 90, leave: 85, floor: 70 },
        { level: 'silver', enter: 75, leave: 70, floor: 50 },
      ]);
    }
  });

  it.each([
    ['an unknown metric', shipped.replace('success_rate\n', 'luck\n'), 'metric'],
    ['a badge twice', shipped.replace('fast_signer', 'top_performer'), 'declared twice'],
    ['leave above enter', shipped.replace('leave: 85', 'leave: 95'), 'leave must not be above enter'],
    ['levels out of order', shipped.replace('enter: 90, leave: 85', 'enter: 72, leave: 71'), 'best first'],
    [
      'a floor above leave',
      shipped.replace('leave: 85, floor: 70', 'leave: 85, floor: 86'),
      'floor must not',
    ],
    [
      'a window of another metric',
      shipped.replace('window: last_90_days', 'window: whole_history'),
      'window',
    ],
    [
      'no cohort',
      shipped.replace('cohort: [industry_tier, industry, tier, platform]', 'cohort: []'),
      'cohort',
    ],
    [
      'a validity that ends within its month',
      shipped.replace('valid_days: 62', 'valid_days: 31'),
      'valid_days',
    ],
    ['an unknown key', shipped.replace('minimum_n: 10', 'minimum_n: 10\n    colour: red'), 'colour'],
  ])('refuses %s', (_, text, hint) => {
    expect(text).not.toBe(shipped);
    expect(() => parseBadgeDeclarations(text)).toThrow(
      expect.objectContaining({ code: 'invalid_definition' }),
    );
    expect(() => parseBadgeDeclarations(text)).toThrow(hint);
  });
});

describe('decideBadges', () => {
  it('awards a level with its evidence, as of the day and until the month after next', () => {
    const { current, events } = play([['2024-05-17T15:04:05Z', 92]])[0]!;
    const evidence = {
      metric: 'success_rate',
      value: 0.8,
      n: 20,
      percentile: 92,
      topPercent: 8,
      floorPercentile: 80,
      cohort: 'brand|*|*',
      cohortN: 40,
      snapshotN: 20,
    };
    expect(current).toEqual([
      {
        entityId: 'e1',
        badge: 'top_performer',
        tenantId: 't1',
        level: 'gold',
        awardedAt: '2024-05-17T00:00:00Z',
        expiresAt: '2024-07-02T00:00:00Z',
        evidence,
      },
    ]);
    expect(events).toEqual([
      {
        entityId: 'e1',
        badge: 'top_performer',
        tenantId: 't1',
        event: 'awarded',
        fromLevel: null,
        toLevel: 'gold',
        at: '2024-05-17T00:00:00Z',
        evidence,
      },
    ]);
  });

  it('assesses a percentile by the evidence of the snapshot and of today, whichever is less', () => {
    // 6 of 6 when the percentile was published, 6 of 10 today.
    const grown = { ...row(98.75, 10), value: 0.6, floorPercentile: 77.5, snapshotN: 6 };
    const decided = (benchmark: BadgeBenchmark) =>
      decideBadges([], [benchmark], topPerformer, '2024-05-17T00:00:00Z').current;
    expect(decided(grown)).toEqual([]);
    expect(decided({ ...grown, n: 6, snapshotN: 10 })).toEqual([]);
    expect(decided({ ...grown, snapshotN: null })).toEqual([]);
    expect(decided({ ...grown, snapshotN: 10 })).toMatchObject([
      { level: 'gold', evidence: { n: 10, snapshotN: 10, percentile: 98.75 } },
    ]);
  });

  it.each<[number, BadgeLevel | null, BadgeLevel | null]>([
    [90, null, 'gold'],
    [89.9, null, 'silver'],
    [75, null, 'silver'],
    [74.9, null, null],
    [85, 'gold', 'gold'],
    [84.9, 'gold', 'silver'],
    [70, 'gold', 'silver'],
    [69.9, 'gold', null],
    [90, 'silver', 'gold'],
    [89.9, 'silver', 'silver'],
    [70, 'silver', 'silver'],
    [69.9, 'silver', null],
  ])('at percentile %d turns %s into %s', (percentile, before, after) => {
    const previous =
      before === null ? [] : play([['2024-04-01T00:00:00Z', before === 'gold' ? 95 : 80]])[0]!.current;
    const { current, events } = decideBadges(
      previous,
      [row(percentile)],
      topPerformer,
      '2024-05-01T00:00:00Z',
    );
    expect(current[0]?.level ?? null).toBe(after);
    const event =
      before === after
        ? undefined
        : before === null
          ? 'awarded'
          : after === null
            ? 'revoked'
            : after === 'gold'
              ? 'promoted'
              : 'demoted';
    expect(events.map((each) => each.event)).toEqual(event === undefined ? [] : [event]);
  });

  it('keeps the day of the award while the badge is held, and starts anew after a loss', () => {
    const steps = play([
      ['2024-01-10T10:00:00Z', 92],
      ['2024-02-10T10:00:00Z', 80],
      ['2024-03-10T10:00:00Z', 95],
      ['2024-04-10T10:00:00Z', 10],
      ['2024-05-10T10:00:00Z', 78],
    ]);
    expect(steps.map(({ current }) => current[0]?.awardedAt ?? null)).toEqual([
      '2024-01-10T00:00:00Z',
      '2024-01-10T00:00:00Z',
      '2024-01-10T00:00:00Z',
      null,
      '2024-05-10T00:00:00Z',
    ]);
    expect(
      steps.flatMap(({ events }) =>
        events.map(({ event, fromLevel, toLevel }) => [event, fromLevel, toLevel]),
      ),
    ).toEqual([
      ['awarded', null, 'gold'],
      ['demoted', 'gold', 'silver'],
      ['promoted', 'silver', 'gold'],
      ['revoked', 'gold', null],
      ['awarded', null, 'silver'],
    ]);
  });

  it('records a loss with the figures that caused it', () => {
    const [, lost] = play([
      ['2024-01-10T10:00:00Z', 92],
      ['2024-02-10T10:00:00Z', 10],
    ]);
    expect(lost!.events[0]!.evidence.percentile).toBe(10);
  });

  it('keeps a badge that cannot be assessed, with its evidence, until it expires', () => {
    const steps = play([
      ['2024-01-10T10:00:00Z', 92],
      ['2024-01-20T10:00:00Z', null],
      ['2024-02-20T10:00:00Z', 95, 9],
      ['2024-03-02T23:59:59Z', null],
      ['2024-03-03T00:00:00Z', null],
    ]);
    expect(steps[0]!.current[0]!.expiresAt).toBe('2024-03-03T00:00:00Z');
    expect(steps[3]!.current).toEqual(steps[0]!.current);
    expect(steps.slice(1, 4).flatMap(({ events }) => events)).toEqual([]);
    expect(steps[4]!.current).toEqual([]);
    expect(steps[4]!.events).toMatchObject([
      { event: 'expired', fromLevel: 'gold', toLevel: null, at: '2024-03-03T00:00:00Z' },
    ]);
  });

  it('gives nothing on little evidence', () => {
    expect(play([['2024-01-10T10:00:00Z', 99, 9]])[0]).toEqual({ current: [], events: [] });
    expect(play([['2024-01-10T10:00:00Z', 99, 10]])[0]!.current).toHaveLength(1);
  });

  it('needs more than luck to enter a level, and not to keep it', () => {
    const at = (floorPercentile: number | null) => ({ ...row(92), floorPercentile });
    const levelAt = (previous: Badge[], floorPercentile: number | null) =>
      decideBadges(previous, [at(floorPercentile)], topPerformer, '2024-01-11T00:00:00Z').current[0]?.level;
    expect([71, 70, 51, 50, null].map((floor) => levelAt([], floor))).toEqual([
      'gold',
      'silver',
      'silver',
      undefined,
      undefined,
    ]);
    const held = play([['2024-01-10T10:00:00Z', 92]])[0]!.current;
    expect(levelAt(held, 0)).toBe('gold');
  });

  it('waits with a level until the whole review period was at `leave` or above, and never with a loss', () => {
    const levelAfter = (low: number, percentile: number, previous: Badge[] = []) =>
      decideBadges(
        previous,
        [row(percentile)],
        topPerformer,
        '2024-02-10T10:00:00Z',
        new Map([['top_performer', new Map([['e1', low]])]]),
      ).current[0]?.level;
    expect([85, 84.9, 70, 69.9].map((low) => levelAfter(low, 95))).toEqual([
      'gold',
      'silver',
      'silver',
      undefined,
    ]);
    const gold = play([['2024-01-10T10:00:00Z', 92]])[0]!.current;
    expect(levelAfter(10, 86, gold)).toBe('gold');
    expect(levelAfter(86, 69, gold)).toBeUndefined();
  });

  it('does not assess a percentile of a cohort that the badge does not count', () => {
    const narrow = topPerformer.map((each) => ({ ...each, cohort: ['industry' as const] }));
    expect(play([['2024-01-10T10:00:00Z', 99]], narrow)[0]!.current).toEqual([]);
    const held = play([['2024-01-10T10:00:00Z', 99]])[0]!.current;
    expect(decideBadges(held, [row(10)], narrow, '2024-01-11T00:00:00Z').current).toEqual(held);
  });

  it('revokes a badge that is no longer declared', () => {
    const previous = play([['2024-01-10T10:00:00Z', 92]])[0]!.current;
    const { current, events } = decideBadges(previous, [row(92)], [], '2024-01-11T00:00:00Z');
    expect(current).toEqual([]);
    expect(events).toMatchObject([{ event: 'revoked' }]);
  });

  it('takes each badge from its own metric', () => {
    const rows = [
      row(95),
      { ...row(80), metric: 'days_to_signed' as const },
      { ...row(50), metric: 'deal_value' as const },
    ];
    const { current } = decideBadges([], rows, declarations, '2024-01-10T10:00:00Z');
    expect(current.map(({ badge, level }) => [badge, level])).toEqual([
      ['top_performer', 'gold'],
      ['fast_signer', 'silver'],
    ]);
  });

  it('has nothing to do the second time on the same day', () => {
    const percentile = fc.option(fc.integer({ min: 0, max: 100 }), { nil: null });
    const entities = fc.array(percentile, { minLength: 1, maxLength: 6 });
    const day = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(fc.array(fc.tuple(day, entities), { minLength: 1, maxLength: 12 }), (history) => {
        let time = Date.UTC(2024, 0, 1, 6);
        let current: Badge[] = [];
        for (const [gap, percentiles] of history) {
          time += gap * 86_400_000;
          const rows = percentiles.map((each, i) => row(each, 20, `e${i}`));
          const first = decideBadges(current, rows, topPerformer, new Date(time).toISOString());
          const later = new Date(time + 17 * 3_600_000).toISOString();
          const second = decideBadges(first.current, rows, topPerformer, later);
          expect(second.events).toEqual([]);
          expect(new Set(second.current)).toEqual(new Set(first.current));
          current = first.current;
        }
      }),
    );
  });

  it('follows the ladder of thresholds, and its history explains every level', () => {
    const rank = { silver: 1, gold: 2 };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 60, max: 100 }), { maxLength: 30 }), (percentiles) => {
        // A month apart: assessed each time, so nothing expires.
        const asOf = percentiles.map((_, i) => new Date(Date.UTC(2020, i, 5)).toISOString());
        const steps = play(percentiles.map((percentile, i) => [asOf[i]!, percentile]));
        let level: BadgeLevel | null = null;
        percentiles.forEach((percentile, i) => {
          const held: number = level === null ? 0 : rank[level];
          const gold: boolean = percentile >= (held >= 2 ? 85 : 90);
          const silver: boolean = percentile >= (held >= 1 ? 70 : 75);
          const expected: BadgeLevel | null = gold ? 'gold' : silver ? 'silver' : null;
          const { current, events } = steps[i]!;
          expect(current[0]?.level ?? null).toBe(expected);
          expect(events).toHaveLength(expected === level ? 0 : 1);
          if (events[0]) expect([events[0].fromLevel, events[0].toLevel]).toEqual([level, expected]);
          level = expected;
        });
      }),
    );
  });
});
