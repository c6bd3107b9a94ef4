import { describe, expect, it } from '@jest/globals';
import { FIRST_DAY, LAST_DAY, plantedPastDeals } from './__fixtures__/forecast-deals.js';
import { forecastDeal, forecastPipeline, learnForecast } from './forecast.js';
import { assessSkill, type Prediction, replay } from './forecast-backtest.js';
import { knownBy, MATURITY_DAYS, type PastDeal, snapshotsOf } from './forecast-deals.js';

const planted = plantedPastDeals(3_000, 4, 1);
const DAY = LAST_DAY + 40;
const predictionsOf = (deals: readonly PastDeal[], day = DAY) =>
  replay(deals, snapshotsOf(deals), day).predictions;

/** Numbers anywhere below. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

describe('learnForecast', () => {
  const forecast = learnForecast(planted, DAY);

  it('ships the model that replaying the past proves better, calibrated', () => {
    expect(forecast).toMatchObject({ method: 'ridge_logistic', reason: null });
    expect(forecast.skill!.low).toBeGreaterThan(0.1);
    expect(forecast.calibration!.slope).toBeGreaterThan(0.85);
    expect(forecast.calibration!.slope).toBeLessThan(1.15);
    expect(forecast.warnings).not.toContain('miscalibrated');
  });

  it('has intervals that hold about what they say', () => {
    const covered = [1, 2, 3, 4].map(
      (seed) => learnForecast(plantedPastDeals(2_000, 4, seed), DAY).coverage!,
    );
    const mean = covered.reduce((sum, each) => sum + each, 0) / covered.length;
    expect(mean).toBeGreaterThan(0.7);
    expect(mean).toBeLessThan(0.92);
  });

  it('keeps to the rate of the stage where the features tell nothing', () => {
    const idle = learnForecast(plantedPastDeals(3_000, 0, 2), DAY);
    expect(idle).toMatchObject({ method: 'stage_rate', reason: 'skill_not_proven' });
    expect(idle.skill!.low).toBeLessThanOrEqual(0);
    expect(idle.model).not.toBeNull();
  });

  it.each<[string, PastDeal[], string]>([
    ['no deal', [], 'no_closed_deals'],
    ['one deal', planted.slice(0, 1), 'too_few_closed_deals'],
    ['two deals', planted.slice(0, 2), 'too_few_closed_deals'],
    [
      'deals that are all open',
      planted.map((deal) => ({ ...deal, success: null, closedDay: null })),
      'no_closed_deals',
    ],
    [
      'deals that all ended alike',
      planted.map((deal) => ({ ...deal, success: true })),
      'too_few_closed_deals',
    ],
    ['fewer than 200 of each outcome', planted.slice(0, 300), 'too_few_closed_deals'],
  ])('has a reason and no NaN for %s', (_, deals, reason) => {
    const found = learnForecast(deals, DAY);
    expect(found).toMatchObject({ method: 'stage_rate', reason });
    expect(numbersIn(found).every(Number.isFinite)).toBe(true);
    const deal = { stage: 'early', stageDays: 3, quietDays: 1, scores: null };
    const { chance } = forecastDeal(found, deal);
    if (reason === 'no_closed_deals') expect(chance).toBeNull();
    else expect(chance).toBeGreaterThan(0);
    const { reason: why } = forecastPipeline(found, [{ chance, value: '5.00' }]);
    expect(why).toBe(chance === null ? 'no_chances' : null);
  });

  it('has no backtest where enough deals closed only lately', () => {
    const late = planted.map((deal) => ({ ...deal, closedDay: deal.closedDay! + 700 }));
    expect(learnForecast(late, LAST_DAY + 750)).toMatchObject({ reason: 'no_backtest', coverage: null });
  });

  it('speaks by the rate of all deals of a stage that it never saw', () => {
    const deal = { stage: 'brand new', stageDays: 3, quietDays: 1, scores: null };
    expect(forecastDeal(forecast, deal)).toMatchObject({
      chance: forecast.rates!.pooled,
      method: 'stage_rate',
      reason: 'stage_not_seen',
      explanation: null,
    });
  });
});

describe('what a day may know', () => {
  const T = FIRST_DAY + 30 * 14;

  it('is looks that are mature at deals that have closed', () => {
    for (const look of knownBy(snapshotsOf(planted), T)) {
      expect(look.closedDay).toBeLessThan(T);
      expect(look.day).toBeLessThanOrEqual(T - MATURITY_DAYS);
    }
  });

  it('is not changed by anything that happens on it or later', () => {
    const upTo = ({ day }: Prediction) => day <= T;
    const before = predictionsOf(planted).filter(upTo);
    expect(before.length).toBeGreaterThan(100);
    // From T on everything turns out the other way, goes on elsewhere, and other deals come.
    const others = plantedPastDeals(500, -4, 9).filter(({ snapshots }) => (snapshots[0]?.day ?? 0) > T);
    const changed = planted.map((deal): PastDeal => {
      if (deal.closedDay! < T) return deal;
      const snapshots = deal.snapshots.map((seen) => (seen.day > T ? { ...seen, stage: 'elsewhere' } : seen));
      return { ...deal, success: !deal.success, closedDay: deal.closedDay! + 30, snapshots };
    });
    const after = predictionsOf([...changed, ...others]).filter(upTo);
    const said = (each: Prediction) => [each.day, each.deal, each.logOdds, each.baseLogOdds];
    expect(after.map(said)).toEqual(before.map(said));
  });

  it('is the same for the same rows', () => {
    expect(learnForecast(planted, DAY)).toEqual(learnForecast(planted, DAY));
  });
});

describe('assessSkill', () => {
  const made = (deal: number, success: boolean, chance: number, base: number): Prediction => ({
    day: 1,
    deal,
    closedDay: 2,
    success,
    value: null,
    raw: null,
    logOdds: Math.log(chance / (1 - chance)),
    baseLogOdds: Math.log(base / (1 - base)),
  });

  it('is one minus the ratio of the Brier scores', () => {
    const skill = assessSkill([made(1, true, 0.8, 0.5), made(2, false, 0.4, 0.5)]);
    expect(skill).toMatchObject({ deals: 2, predictions: 2 });
    expect(skill?.brier).toBeCloseTo((0.04 + 0.16) / 2, 12);
    expect(skill?.baseBrier).toBeCloseTo(0.25, 12);
    expect(skill?.skill).toBeCloseTo(1 - 0.1 / 0.25, 12);
  });

  it('has no interval for one deal, however often it was predicted', () => {
    expect(assessSkill([made(1, true, 0.8, 0.5), made(1, true, 0.7, 0.5)])).toMatchObject({
      low: null,
      high: null,
    });
    expect(assessSkill([])).toBeNull();
  });
});
