import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ALL, groupOf, learnStageTimes, type StageStay } from './stage-time.js';
import {
  configuredThreshold,
  figuresOf,
  learntThreshold,
  type ReviewedThreshold,
  reviewThresholds,
  thresholdInForce,
} from './thresholds.js';

/** `visits` visits that advance after 1, 2, 3 ... `visits` times `step` days. */
function ladder(stage: string, partnershipType: string, visits: number, step = 1): StageStay[] {
  return Array.from({ length: visits }, (_, index) => ({
    stage,
    partnershipType,
    seenFrom: -1,
    days: (index + 1) * step,
    leaving: 'advanced',
    visits: 1,
  }));
}

describe('learntThreshold', () => {
  const learnt = (stays: StageStay[], stage = 'proposal', type = 'licensing') =>
    learntThreshold(learnStageTimes(stays), stage, type);

  it('warns after the 75th and is critical from the 90th percentile of the type in the stage', () => {
    // S(30) is exactly 1/4 of 40 and S(36) exactly 1/10: the middle of the step, and whole days of it.
    expect(learnt(ladder('proposal', 'licensing', 40))).toEqual({
      warnDays: 30,
      criticalDays: 36,
      source: 'statistical',
      level: 'type',
    });
  });

  it.each([
    [19, null],
    [20, 'pipeline'],
  ])('takes the pipeline from 20 exits on: %d', (exits, level) => {
    expect(learnt(ladder('negotiation', 'licensing', exits))?.level ?? null).toBe(level);
  });

  it('falls back from type to stage to pipeline', () => {
    const stays = [...ladder('proposal', 'licensing', 30), ...ladder('proposal', 'sponsorship', 19)];
    expect(learnt(stays, 'proposal', 'sponsorship')).toMatchObject({ source: 'statistical', level: 'stage' });
    expect(learnt(stays, 'negotiation', 'sponsorship')).toMatchObject({
      source: 'pipeline',
      level: 'pipeline',
    });
    expect(learnt([])).toBeNull();
  });

  it('takes the 90th percentile from farther peers with fewer than 30 exits, and twice the warning without any', () => {
    const few = ladder('proposal', 'licensing', 29);
    expect(learnt(few)).toMatchObject({ warnDays: 22, criticalDays: 44 });
    expect(learnt([...few, ...ladder('proposal', 'sponsorship', 11)])).toMatchObject({
      warnDays: 22,
      criticalDays: 25,
      level: 'type',
    });
  });

  it('lies between 3 and 90 days', () => {
    expect(learnt(ladder('proposal', 'licensing', 40, 0.01))).toMatchObject({ warnDays: 3, criticalDays: 3 });
    expect(learnt(ladder('proposal', 'licensing', 40, 10))).toMatchObject({ warnDays: 90, criticalDays: 90 });
  });

  it('looks farther when the 75th percentile is not reached', () => {
    const open = ladder('proposal', 'licensing', 60).map((stay) =>
      stay.days > 30 ? { ...stay, leaving: null } : stay,
    );
    expect(learnt(open)).toBeNull();
    expect(learnt([...open, ...ladder('negotiation', 'licensing', 200)])?.source).toBe('pipeline');
  });
});

describe('thresholdInForce', () => {
  const options = { defaultDays: 30, day: 1000 };
  const held = (warnDays: number, criticalDays: number, reviewedDay: number): ReviewedThreshold => ({
    warnDays,
    criticalDays,
    source: 'statistical',
    level: 'stage',
    reviewedDay,
  });
  const now = (warnDays: number, criticalDays: number) => ({
    warnDays,
    criticalDays,
    source: 'statistical' as const,
    level: 'stage' as const,
  });

  it('lets the days that a person set for the stage win, at once', () => {
    const own = { warnDays: 12, criticalDays: 24, source: 'configured', level: null, reviewedDay: 1000 };
    expect(thresholdInForce(held(10, 20, 999), now(10, 20), 12, options)).toEqual(own);
  });

  it('is the configured default until there is history, and no longer', () => {
    const byDefault = thresholdInForce(undefined, null, undefined, options);
    expect(byDefault).toMatchObject({ warnDays: 30, criticalDays: 60, source: 'configured' });
    expect(thresholdInForce(byDefault, now(5, 9), undefined, options)).toMatchObject({
      warnDays: 5,
      reviewedDay: 1000,
    });
  });

  it('leaves a threshold alone for a week, even when its history is gone', () => {
    expect(thresholdInForce(held(10, 20, 994), now(50, 60), undefined, options)).toEqual(held(10, 20, 994));
    expect(thresholdInForce(held(10, 20, 994), null, undefined, options)).toEqual(held(10, 20, 994));
    expect(thresholdInForce(held(10, 20, 993), null, undefined, options)).toMatchObject({
      source: 'configured',
    });
  });

  it.each([
    [12, 24, 10, 20],
    [13, 20, 13, 20],
    [8, 16, 10, 20],
    [10, 25, 10, 25],
    [7, 20, 7, 20],
  ])('moves at its review by more than a fifth only: %d and %d', (warnDays, criticalDays, warn, critical) => {
    expect(thresholdInForce(held(10, 20, 993), now(warnDays, criticalDays), undefined, options)).toEqual(
      held(warn, critical, 1000),
    );
  });

  it('ignores what was decided after the day of a run into the past', () => {
    expect(thresholdInForce(held(10, 20, 1001), now(11, 20), undefined, options)).toEqual(held(11, 20, 1000));
  });

  it('never lets a severity flap: days that wobble by a fifth move nothing in a year', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 16, max: 24 }), { minLength: 360, maxLength: 360 }),
        (wobble) => {
          let before: ReviewedThreshold = held(20, 40, 0);
          wobble.forEach((warnDays, day) => {
            before = thresholdInForce(before, now(warnDays, 40), undefined, { defaultDays: 30, day });
            expect(before.warnDays).toBe(20);
          });
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('reviewThresholds', () => {
  it('has a row for every group with visits or open deals, by name', () => {
    const groups = reviewThresholds(
      learnStageTimes(ladder('proposal', 'licensing', 30)),
      [],
      [{ stage: 'negotiation', partnershipType: 'licensing' }],
      { defaultDays: 30, byStage: new Map([['negotiation', 8]]), day: 1000 },
    );
    expect(
      groups.map((row) => [row.stage, row.partnershipType, row.warnDays, row.source, row.exits]),
    ).toEqual([
      [ALL, ALL, 23, 'pipeline', 30],
      ['negotiation', ALL, 8, 'configured', 0],
      ['negotiation', 'licensing', 8, 'configured', 0],
      ['proposal', ALL, 23, 'statistical', 30],
      ['proposal', 'licensing', 23, 'statistical', 30],
    ]);
    expect(groups[1]?.figures).toMatchObject({ median: null, p75: null, warnings: ['too_few_exits'] });
  });
});

describe('figuresOf', () => {
  const figures = (stays: StageStay[]) => figuresOf(learnStageTimes(stays).get(groupOf(ALL, ALL)));

  it('has the percentiles with limits around them', () => {
    const found = figures(ladder('proposal', 'licensing', 40));
    expect(found).toMatchObject({ median: 20.5, p75: 30.5, p90: 36.5, warnings: [] });
    expect(found.p75Low).toBeLessThan(30.5);
    expect(found.p75High).toBeGreaterThan(30.5);
  });

  it('says what is missing', () => {
    expect(figuresOf(undefined).warnings).toEqual(['too_few_exits']);
    expect(figures(ladder('proposal', 'licensing', 25))).toMatchObject({
      p90: null,
      warnings: ['too_few_exits_for_p90'],
    });
    expect(figures(ladder('proposal', 'licensing', 40, 9)).warnings).toEqual(['threshold_clamped']);
    const open = ladder('proposal', 'licensing', 60).map((stay) =>
      stay.days > 40 ? { ...stay, leaving: null } : stay,
    );
    expect(figures(open)).toMatchObject({
      p75: null,
      p90: null,
      warnings: ['p75_not_reached', 'p90_not_reached'],
    });
    const broken = [
      ...ladder('proposal', 'licensing', 1),
      ...ladder('proposal', 'licensing', 40).map((stay) => ({ ...stay, days: stay.days + 9, seenFrom: 5 })),
    ];
    expect(figures(broken).warnings).toEqual(['risk_set_ran_empty']);
  });

  it('knows a configured threshold by its days', () => {
    expect(configuredThreshold(30)).toEqual({
      warnDays: 30,
      criticalDays: 60,
      source: 'configured',
      level: null,
    });
  });
});
