import { describe, expect, it } from '@jest/globals';
import { dayOf, WorkingDays } from './business-days.js';
import { learnStageTimes, type StageStay } from './stage-time.js';
import { assessDeal, type DealHealth, severityOf } from './stall.js';
import { configuredThreshold, type Threshold } from './thresholds.js';

/** A Friday. */
const TODAY = dayOf('2024-06-28');
const calendar = new WorkingDays(TODAY - 500, TODAY + 100);
const none = learnStageTimes([]);

/** A deal that has been in its stage for a number of business days. */
function after(
  days: number,
  threshold: Threshold = configuredThreshold(30),
  times = none,
  holidays?: Set<string>,
): DealHealth {
  const enteredDay = TODAY - Math.floor(days / 5) * 7 - (days % 5);
  const deal = {
    stage: 'proposal',
    partnershipType: 'licensing',
    enteredDay,
    today: TODAY,
    dealValue: '1000.05',
  };
  return assessDeal(
    deal,
    threshold,
    times,
    holidays ? new WorkingDays(TODAY - 500, TODAY + 100, holidays) : calendar,
  );
}

const stay = (days: number, leaving: StageStay['leaving'], visits: number): StageStay => ({
  stage: 'proposal',
  partnershipType: 'licensing',
  seenFrom: -1,
  days,
  leaving,
  visits,
});
/** 100 visits: 60 advance after 5 days, 20 are lost after 10, 5 advance after 25, 15 after 60. */
const times = learnStageTimes([
  stay(5, 'advanced', 60),
  stay(10, 'lost', 20),
  stay(25, 'advanced', 5),
  stay(60, 'advanced', 15),
]);

describe('assessDeal', () => {
  it('takes a deal that entered its stage after today for one that entered today', () => {
    const short = new WorkingDays(TODAY - 500, TODAY + 31);
    const deal = { stage: 'proposal', partnershipType: 'licensing', today: TODAY, dealValue: '1000.05' };
    const assessed = (enteredDay: number) =>
      assessDeal({ ...deal, enteredDay }, configuredThreshold(30), times, short);
    expect(assessed(TODAY + 400)).toEqual(assessed(TODAY));
  });

  it.each([
    [0, 'ok'],
    [30, 'ok'],
    [31, 'warn'],
    [59, 'warn'],
    [60, 'critical'],
    [300, 'critical'],
  ])('after %d business days of the configured 30 is %s', (days, severity) => {
    expect(after(days)).toMatchObject({
      daysInStage: days,
      thresholdDays: 30,
      thresholdSource: 'configured',
      severity,
    });
  });

  it('does not count holidays', () => {
    expect(after(31, configuredThreshold(30), none, new Set(['2024-06-19']))).toMatchObject({
      daysInStage: 30,
      severity: 'ok',
    });
  });

  it('says nothing about peers without history', () => {
    expect(after(40)).toMatchObject({
      stagePercentile: null,
      chance30d: null,
      chanceAtEntry: null,
      expectedLoss: null,
      peerLevel: null,
    });
  });

  it('has its place among peers, the chance to advance in 30 calendar days, and what waiting has cost', () => {
    // 30 days from Friday, 28 June 2024 are 20 business days: of the 20 still there after 12 days, 5 advance by day 32.
    const health = after(12, configuredThreshold(30), times);
    expect(health).toMatchObject({ daysInStage: 12, stagePercentile: 80, peerLevel: 'type' });
    expect(health.chance30d).toBeCloseTo(5 / 20, 12);
    // Entered on Wednesday, 12 June: 22 business days in 30. Before the fifth day everybody is there: 60 of 100 advance.
    expect(health.chanceAtEntry).toBeCloseTo(0.6, 12);
    expect(health.expectedLoss).toBe('350.02');
  });

  it('takes the chances of the stage where too few of the type lasted as long, never those of other stages', () => {
    const other = (rest: Partial<StageStay>) => ({ ...stay(60, 'advanced', 30), ...rest });
    const few = [stay(5, 'advanced', 60), stay(40, 'lost', 9)];
    const ofStage = learnStageTimes([...few, other({ partnershipType: 'sponsorship' })]);
    const health = after(45, configuredThreshold(30), ofStage);
    expect(health).toMatchObject({ peerLevel: 'type', chance30d: 1 });
    // At entry 60 of the 99 visits to the stage, of either type.
    expect(health.chanceAtEntry).toBeCloseTo(60 / 99, 12);
    const elsewhere = learnStageTimes([...few, other({ stage: 'negotiation' })]);
    expect(after(45, configuredThreshold(30), elsewhere)).toMatchObject({
      peerLevel: 'type',
      chance30d: null,
    });
  });

  it('loses nothing when the chance has grown', () => {
    const later = after(45, configuredThreshold(30), times);
    expect(later.chance30d).toBe(1);
    expect(later.expectedLoss).toBe('0.00');
  });

  it('counts a visit that ends on its first day among the chances at entry', () => {
    const sameDay = learnStageTimes([stay(0, 'advanced', 50), stay(40, 'advanced', 50)]);
    const health = after(1, configuredThreshold(30), sameDay);
    expect(health.chanceAtEntry).toBeCloseTo(0.5, 12);
    expect(health.chance30d).toBe(0);
  });
});

describe('severityOf', () => {
  const threshold = (warnDays: number, criticalDays: number): Threshold => ({
    warnDays,
    criticalDays,
    source: 'statistical',
    level: 'stage',
  });

  it.each([
    [8, 'ok'],
    [9, 'warn'],
    [13, 'warn'],
    [14, 'critical'],
  ])('after %d days of 8 and 14 is %s', (days, severity) => {
    expect(severityOf(days, threshold(8, 14))).toBe(severity);
  });

  it('skips the warning where both percentiles are the same', () => {
    expect([3, 4].map((days) => severityOf(days, threshold(3, 3)))).toEqual(['ok', 'critical']);
  });
});
