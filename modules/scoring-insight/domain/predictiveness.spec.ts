import { describe, expect, it } from '@jest/globals';
import cumulative from '@stdlib/stats-base-dists-normal-cdf';
import { golden, goldenRows } from './__fixtures__/golden.js';
import { naiveSumsByScore } from './__fixtures__/naive-sums.js';
import { plantedDeals } from './__fixtures__/planted-deals.js';
import { COMPONENTS, type OutcomeRow } from './components.js';
import { assessPredictiveness, type PredictivenessReport, withAdjustedP } from './predictiveness.js';

const excluded = {
  open: 7,
  deleted: 1,
  no_score_before: 2,
  score_too_old: 3,
  not_matured: 4,
  no_success_score: 5,
};
const window = {
  from: '2023-01-01T00:00:00Z',
  to: '2024-06-01T00:00:00Z',
  scoreMaxAgeDays: 180,
  maturityDays: 180,
};

function assess(rows: OutcomeRow[], scoredLater = 0): PredictivenessReport {
  const deals = {
    n: rows.length,
    nSuccessful: rows.filter(({ success }) => success).length,
    nScore: rows.filter(({ successScore }) => successScore !== null).length,
    excluded,
    scoredLater,
  };
  return assessPredictiveness({ deals, sums: naiveSumsByScore(rows), asOf: '2024-11-28T00:00:00Z', window });
}

function component(report: PredictivenessReport, name: string): PredictivenessReport['components'][number] {
  return report.components.find((row) => row.component === name)!;
}

/** The same deals with other values in one component. */
function withScores(
  rows: OutcomeRow[],
  scoreOf: (row: OutcomeRow, i: number) => number | null,
): OutcomeRow[] {
  return rows.map((row, i) => ({ ...row, scores: { ...row.scores, semantic: scoreOf(row, i) } }));
}

describe('assessPredictiveness', () => {
  it('reports every component as scipy and scikit-learn see it, confidence apart', () => {
    const report = assess(goldenRows);
    expect(report.components.map((row) => row.component)).toEqual([...COMPONENTS]);
    for (const row of [...report.components, report.confidence]) {
      const expected = golden.univariate[row.component]!;
      expect(row.n).toBe(80);
      expect(row.auc).toBeCloseTo(expected.auc.auc, 9);
      expect(row.aucLow).toBeCloseTo(expected.auc.ci_logit[0], 9);
      expect(row.aucHigh).toBeCloseTo(expected.auc.ci_logit[1], 9);
      expect(row.spearman).toBeCloseTo(expected.spearman_score[0], 9);
      expect(row.spearmanLow).toBeCloseTo(expected.spearman_ci_bonett_wright[0], 9);
      expect(row.spearmanHigh).toBeCloseTo(expected.spearman_ci_bonett_wright[1], 9);
    }
    expect(report.components.map((row) => [row.verdict, row.reasons])).toEqual([
      ['predicts', ['interval_above_half']],
      ['predicts', ['interval_above_half']],
      ['no_evidence', ['interval_contains_half']],
      ['no_evidence', ['interval_contains_half']],
      ['no_evidence', ['interval_contains_half']],
    ]);
    expect(report).toMatchObject({ n: 80, nSuccessful: 17, nScore: 80, warnings: ['small_sample'] });
  });

  it('has the golden measures, and DeLong where no two deals share an entity', () => {
    const { components, confidence } = assess(goldenRows);
    for (const row of [...components, confidence]) {
      const expected = golden.univariate[row.component]!;
      const { measures, dyadic } = row;
      expect(measures.pearson.r).toBeCloseTo(expected.pearson_score[0], 9);
      expect(measures.pointBiserial.r).toBeCloseTo(expected.point_biserial[0], 9);
      expect(measures.welch.df).toBeCloseTo(expected.welch.df, 9);
      expect(measures.welch.low).toBeCloseTo(expected.welch.ci[0], 9);
      expect(measures.mannWhitney.u).toBe(expected.mwu_asymp_cc.U);
      expect(measures.hedgesG.g).toBeCloseTo(expected.hedges_g_exactJ, 9);
      expect(measures.cliffsDelta.delta).toBeCloseTo(expected.cliffs_delta, 12);
      expect(measures.cliffsDelta.low).toBeCloseTo(2 * row.aucLow! - 1, 12);
      expect(dyadic).toMatchObject({
        entities: 160,
        effectiveN: 80,
        low: row.aucLow,
        high: row.aucHigh,
        pMethod: 'dyadic_logit',
        reason: 'not_wider_than_delong',
      });
      // scipy: 2 norm.sf(|logit(A)| A (1 - A) / se)
      const { auc, se_delong: se } = expected.auc;
      const z = (Math.log(auc / (1 - auc)) * auc * (1 - auc)) / se;
      expect(dyadic.p).toBeCloseTo(2 * (1 - cumulative(Math.abs(z), 0, 1)), 9);
    }
  });

  it('finds no evidence where the deals of a few entities carry it', () => {
    // The same 80 deals, made four times by the same partners: DeLong takes them for 320.
    const repeated = [1, 2, 3, 4].flatMap(() => goldenRows);
    const row = component(assess(withScores(repeated, (deal) => deal.scores.authenticity)), 'semantic');
    expect(row.aucHigh).toBeLessThan(0.5);
    expect(row).toMatchObject({ verdict: 'no_evidence', reasons: ['shared_entities'] });
    expect(row.dyadic.high).toBeGreaterThan(0.5);
    expect(row.dyadic.entities).toBe(160);
    expect(row.dyadic.effectiveN! / 80).toBeCloseTo(1, 1);
    expect(row.dyadic.p).toBeGreaterThan(0.05);
  });

  it('adjusts its p-values for everything that was looked at', () => {
    const report = assess(goldenRows);
    const { report: wider, adjusted } = withAdjustedP(report, [
      { id: 'segment:1', p: 0.9 },
      { id: 'segment:2', p: null },
    ]);
    // p m / rank, or what a larger p-value leaves: the smallest of six, and of seven.
    const rows = [...report.components, report.confidence];
    const ps = rows.map(({ dyadic }) => dyadic.p!).sort((x, y) => x - y);
    const smallest = rows.find(({ dyadic }) => dyadic.p === ps[0])!;
    expect(smallest.pAdjusted).toBeCloseTo(Math.min(6 * ps[0]!, (6 * ps[1]!) / 2), 12);
    expect(
      [...wider.components, wider.confidence].find(({ dyadic }) => dyadic.p === ps[0])?.pAdjusted,
    ).toBeCloseTo(Math.min(7 * ps[0]!, (7 * ps[1]!) / 2), 12);
    expect(adjusted.get('segment:1')).toBeCloseTo(0.9, 12);
    expect(adjusted.get('segment:2')).toBeNull();
  });

  it('sees the risk of a leak where most closed deals have only later scores', () => {
    // 80 deals, 2 and 3 excluded for want of a score in time: half of 85.
    expect(assess(goldenRows, 42).leakageRisk).toBe(false);
    const report = assess(goldenRows, 43);
    expect(report.leakageRisk).toBe(true);
    expect(report.warnings).toEqual(['small_sample', 'leakage_risk']);
    expect(assess([], 43).warnings).toEqual(['no_deals', 'leakage_risk']);
  });

  it('has the keys of the contract', () => {
    const report = assess(goldenRows);
    expect(Object.keys(report)).toEqual([
      'asOf',
      'method',
      'window',
      'n',
      'nSuccessful',
      'nScore',
      'excluded',
      'leakageRisk',
      'warnings',
      'components',
      'confidence',
    ]);
    expect(Object.keys(report.components[0]!)).toEqual([
      'component',
      'n',
      'auc',
      'aucLow',
      'aucHigh',
      'spearman',
      'spearmanLow',
      'spearmanHigh',
      'verdict',
      'reasons',
      'measures',
      'dyadic',
      'pAdjusted',
    ]);
    expect(report.excluded).toEqual(excluded);
  });

  it('recovers planted effects and their signs', () => {
    const report = assess(plantedDeals(3000, { semantic: 2, historical: -1.5 }, 1));
    expect(component(report, 'semantic').verdict).toBe('predicts');
    expect(component(report, 'historical').verdict).toBe('predicts_inversely');
    expect(component(report, 'historical').auc).toBeLessThan(0.5);
    expect(component(report, 'goal_alignment').verdict).toBe('no_evidence');
    expect(report.warnings).toEqual([]);
  });

  it('counts only deals with a success score towards Spearman', () => {
    const rows = goldenRows.map((row, i) => (i % 2 ? row : { ...row, successScore: null }));
    const half = assess(rows);
    const only = assess(rows.filter((row) => row.successScore !== null));
    expect(half).toMatchObject({ n: 80, nScore: 40 });
    expect(component(half, 'semantic').spearman).toBe(component(only, 'semantic').spearman);
    expect(component(half, 'semantic').auc).toBe(component(assess(goldenRows), 'semantic').auc);
  });

  it.each([
    { n: 29, positives: 14, verdict: 'too_few_deals', reasons: ['fewer_than_30_deals'] },
    { n: 30, positives: 9, verdict: 'too_few_deals', reasons: ['fewer_than_10_per_class'] },
    { n: 30, positives: 21, verdict: 'too_few_deals', reasons: ['fewer_than_10_per_class'] },
    { n: 30, positives: 10, verdict: 'no_evidence', reasons: ['interval_contains_half'] },
  ])('judges $n deals with $positives successes: $verdict', ({ n, positives, verdict, reasons }) => {
    const rows = withScores(goldenRows.slice(0, n), (_, i) => i % 3).map((row, i) => ({
      ...row,
      success: i < positives,
    }));
    const report = assess(rows);
    expect(component(report, 'semantic')).toMatchObject({ verdict, reasons });
    expect(report.warnings.includes('too_few_deals')).toBe(verdict === 'too_few_deals');
  });

  it('smells a leak in either direction', () => {
    const leaked = withScores(goldenRows, (row, i) => (row.success ? 0.9 : 0.1) + i / 1000);
    const report = assess(leaked);
    expect(component(report, 'semantic')).toMatchObject({
      auc: 1,
      aucHigh: 1,
      verdict: 'predicts',
      reasons: ['interval_above_half', 'auc_interval_newcombe', 'leak_suspected'],
    });
    expect(report.warnings).toEqual(['small_sample', 'leak_suspected']);
    const mirrored = assess(withScores(goldenRows, (row) => (row.success ? 0.1 : 0.9)));
    expect(component(mirrored, 'semantic').reasons).toContain('leak_suspected');
  });

  it('leaves out missing scores and says so', () => {
    const rows = withScores(goldenRows, (row, i) => (i < 10 ? null : row.scores.semantic));
    const report = assess(rows);
    expect(component(report, 'semantic').n).toBe(70);
    expect(component(report, 'semantic').reasons).toContain('missing_scores');
    expect(component(report, 'semantic').auc).toBe(component(assess(goldenRows.slice(10)), 'semantic').auc);
    expect(component(report, 'historical').n).toBe(80);
  });

  it('says nothing about a constant component', () => {
    const row = component(assess(withScores(goldenRows, () => 0.1)), 'semantic');
    expect(row).toMatchObject({
      component: 'semantic',
      n: 80,
      auc: null,
      aucLow: null,
      aucHigh: null,
      spearman: null,
      spearmanLow: null,
      spearmanHigh: null,
      verdict: 'no_evidence',
      reasons: ['constant_component'],
      pAdjusted: null,
      dyadic: { entities: 160, effectiveN: null, low: null, p: null, reason: 'undefined_auc' },
      measures: {
        pearson: { r: null, reason: 'constant_x' },
        pointBiserial: { r: null, reason: 'constant_x' },
        welch: { difference: 0, p: null, reason: 'constant' },
        mannWhitney: { p: 1 },
        hedgesG: { g: null, reason: 'constant' },
        cliffsDelta: { delta: null, reason: 'undefined_auc' },
      },
    });
  });

  it('keeps the correlation but no interval when it is perfect', () => {
    const row = component(assess(withScores(goldenRows, (deal) => deal.successScore)), 'semantic');
    expect(row).toMatchObject({ spearman: 1, spearmanLow: null, spearmanHigh: null });
    expect(row.reasons).toContain('perfect_rank_correlation');
  });

  it('has no correlation with a constant success score', () => {
    const row = component(assess(goldenRows.map((deal) => ({ ...deal, successScore: 3 }))), 'semantic');
    expect(row.spearman).toBeNull();
    expect(row.reasons).toContain('constant_success_score');
    expect(row.auc).not.toBeNull();
  });

  it.each([0, 1, 2, 3])('is null with reasons, never NaN, for %d deals', (n) => {
    const report = assess(goldenRows.slice(0, n));
    const json = JSON.stringify(report, (_, value: unknown) => {
      if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`not finite: ${value}`);
      return value;
    });
    expect(JSON.parse(json)).toEqual(report);
    expect(report.components.every((row) => row.verdict === 'too_few_deals' && row.auc === null)).toBe(true);
    expect(report.warnings).toEqual(n === 0 ? ['no_deals'] : ['single_class', 'too_few_deals']);
    expect(component(report, 'semantic').reasons).toContain('single_class');
  });

  it('has no area for a single class, however many deals', () => {
    const report = assess(goldenRows.map((row) => ({ ...row, success: true })));
    expect(report.warnings).toEqual(['single_class', 'too_few_deals']);
    expect(component(report, 'semantic')).toMatchObject({ auc: null, verdict: 'too_few_deals' });
    expect(component(report, 'semantic').spearman).not.toBeNull();
  });
});
