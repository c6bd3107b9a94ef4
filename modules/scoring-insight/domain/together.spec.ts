import { describe, expect, it } from '@jest/globals';
import { golden } from './__fixtures__/golden.js';
import { farthest } from './__fixtures__/golden-design.js';
import { plantedDeals } from './__fixtures__/planted-deals.js';
import { type Component, COMPONENTS, type OutcomeRow } from './components.js';
import { assessTogether, jointModel, type JointModel } from './together.js';

const goldenRows: OutcomeRow[] = golden.X.map((row, i) => ({
  entity1Id: `a${i}`,
  entity2Id: `b${i}`,
  success: golden.is_successful[i] === 1,
  successScore: golden.success_score[i]!,
  scores: {
    semantic: row[0]!,
    goal_alignment: row[1]!,
    cultural_momentum: row[2]!,
    historical: row[3]!,
    authenticity: row[4]!,
  },
  confidence: row[5]!,
}));

const change = (
  rows: readonly OutcomeRow[],
  scores: (row: OutcomeRow, index: number) => Partial<OutcomeRow['scores']>,
): OutcomeRow[] => rows.map((row, i) => ({ ...row, scores: { ...row.scores, ...scores(row, i) } }));

const of = (model: JointModel, component: Component) =>
  model.components.find((each) => each.component === component)!;

/** JSON turns NaN and infinities into null. */
const expectFinite = (model: JointModel) => expect(JSON.parse(JSON.stringify(model))).toEqual(model);

describe('jointModel', () => {
  // Newton's method in numpy, tails in scipy, on the five components of the golden deals.
  it('keeps the p of an overwhelming fit above zero', () => {
    const { likelihoodRatio } = jointModel(plantedDeals(400, { semantic: 12 }, 1));
    expect(likelihoodRatio!.chiSquare).toBeGreaterThan(100);
    expect(likelihoodRatio!.p).toBeGreaterThan(0);
    expect(likelihoodRatio!.p).toBeLessThan(1e-18);
  });

  it('agrees with numpy and scipy on coefficients, errors, tests, R2 and inflation', () => {
    const model = jointModel(goldenRows);
    const column = (pick: (c: JointModel['components'][number]) => number | null) =>
      model.components.map((c) => pick(c) ?? NaN);
    expect(model).toMatchObject({ n: 80, nSuccessful: 17, method: 'maximum_likelihood', reason: null });
    expect(model.intercept).toBeCloseTo(-2.286180524558096, 6);
    expect(model.interceptForPredictions).toBe(model.intercept);
    const beta = [
      1.6287925020099643, 0.40329708705536, 0.35498487005240675, 0.263596944172235, -0.354523639513204,
    ];
    const se = [
      0.7618941043568372, 0.6589401832350814, 0.3380786353248088, 0.35460316083474547, 0.34160667245932147,
    ];
    const p = [
      0.032531350032012574, 0.5405119584434313, 0.2937149808899222, 0.45726522510687495, 0.29935740421146684,
    ];
    const vif = [
      3.6073999540241988, 3.535915729756781, 1.0378781582483336, 1.0350480656738161, 1.0458201598483712,
    ];
    const sd = [
      0.2815138776173197, 0.20433219415848358, 0.32137324016425345, 0.2718476106529566, 0.2885484185945536,
    ];
    expect(
      farthest(
        column((c) => c.coefficient),
        beta,
      ),
    ).toBeLessThan(1e-6);
    expect(
      farthest(
        column((c) => c.standardError),
        se,
      ),
    ).toBeLessThan(1e-6);
    expect(
      farthest(
        column((c) => c.p),
        p,
      ),
    ).toBeLessThan(1e-6);
    expect(
      farthest(
        column((c) => c.vif),
        vif,
      ),
    ).toBeLessThan(1e-9);
    expect(
      farthest(
        column((c) => c.standardDeviation),
        sd,
      ),
    ).toBeLessThan(1e-9);
    expect(model.likelihoodRatio!.chiSquare).toBeCloseTo(26.454426810485955, 6);
    expect(model.likelihoodRatio!.degreesOfFreedom).toBe(5);
    expect(model.likelihoodRatio!.p / 7.283241804863283e-5).toBeCloseTo(1, 9);
    expect(model.mcFadden).toBeCloseTo(0.3196522049041056, 6);
    expect(column((c) => c.dominance).reduce((a, b) => a + b, 0)).toBeCloseTo(model.mcFadden!, 9);
    const semantic = of(model, 'semantic');
    expect(semantic.low).toBeCloseTo(beta[0]! - 1.959963984540054 * se[0]!, 6);
    expect(semantic.high).toBeCloseTo(beta[0]! + 1.959963984540054 * se[0]!, 6);
    expect(semantic.oddsRatioPerSd).toBeCloseTo(Math.exp(beta[0]!), 6);
    expect(semantic.oddsRatioPerTenth).toBeCloseTo(Math.exp((0.1 * beta[0]!) / sd[0]!), 6);
  });

  it('says that goal alignment overlaps with semantic instead of ranking it last', () => {
    const model = jointModel(goldenRows);
    expect(of(model, 'goal_alignment')).toMatchObject({
      overlapsWith: 'semantic',
      reasons: ['overlaps'],
      explanation:
        'goal_alignment predicts alone (AUC 0.80) but adds no clear evidence beside the others: it overlaps with semantic (correlation 0.84).',
    });
    // It takes its share of the fit all the same, far above what does not predict.
    expect(of(model, 'goal_alignment').dominance).toBeGreaterThan(3 * of(model, 'historical').dominance!);
    for (const component of ['semantic', 'cultural_momentum', 'historical', 'authenticity'] as const) {
      expect(of(model, component)).toMatchObject({ overlapsWith: null, explanation: null, reasons: [] });
    }
  });

  it('does not depend on the scale of a component: log odds per standard deviation', () => {
    const model = jointModel(goldenRows);
    const stretched = jointModel(
      change(goldenRows, ({ scores }) => ({ semantic: scores.semantic! / 3 + 0.1 })),
    );
    expect(of(stretched, 'semantic').coefficient).toBeCloseTo(of(model, 'semantic').coefficient!, 6);
    expect(of(stretched, 'semantic').oddsRatioPerTenth).toBeCloseTo(
      of(model, 'semantic').oddsRatioPerTenth! ** 3,
      4,
    );
  });

  it('halves the variances on twice the deals', () => {
    const once = jointModel(goldenRows);
    const twice = jointModel([...goldenRows, ...goldenRows]);
    // The sample standard deviation, which the coefficient is per, moves with n - 1 as well.
    expect(of(twice, 'semantic').standardError! / of(once, 'semantic').standardError!).toBeCloseTo(
      Math.SQRT1_2 * Math.sqrt(158 / 159),
      6,
    );
    expect(twice.mcFadden).toBeCloseTo(once.mcFadden!, 9);
  });

  it('leaves out a constant component and says so', () => {
    const model = jointModel(change(goldenRows, () => ({ historical: 0.1 })));
    expect(model.method).toBe('maximum_likelihood');
    expect(model.likelihoodRatio!.degreesOfFreedom).toBe(4);
    expect(of(model, 'historical')).toMatchObject({
      coefficient: null,
      vif: null,
      dominance: null,
      reasons: ['constant_component'],
    });
    expect(of(model, 'semantic').coefficient).not.toBeNull();
    expectFinite(model);
  });

  it('reports what an alias is made of and fits the rest', () => {
    const model = jointModel(
      change(goldenRows, ({ scores }) => ({ authenticity: (scores.semantic! + scores.historical!) / 2 })),
    );
    expect(model.aliases).toEqual([{ component: 'authenticity', of: ['semantic', 'historical'] }]);
    expect(of(model, 'authenticity')).toMatchObject({
      coefficient: null,
      vif: null,
      reasons: ['alias_of_others'],
      explanation:
        'authenticity is an exact function of semantic and historical: it says nothing of its own.',
    });
    expect(of(model, 'semantic')).toMatchObject({ vif: null, reasons: ['part_of_alias'] });
    expect(of(model, 'semantic').coefficient).not.toBeNull();
    expect(of(model, 'goal_alignment').vif).toBeGreaterThan(1);
    expectFinite(model);
  });

  it('warns of inflation above 5 and above 10', () => {
    const near = (noise: number) =>
      jointModel(
        change(plantedDeals(300, { semantic: 1 }, 3), ({ scores }) => ({
          historical: scores.semantic! + noise * (scores.historical! - 0.5),
        })),
      );
    expect(of(near(0.4), 'historical').vif).toBeGreaterThan(5);
    expect(of(near(0.4), 'historical').reasons).toContain('vif_above_5');
    expect(of(near(0.1), 'historical').reasons).toContain('vif_above_10');
  });

  it('uses Firth where a component separates the classes', () => {
    const rows = change(goldenRows, ({ success, scores }) => ({
      semantic: success ? 0.6 + scores.semantic! / 4 : scores.semantic! / 2,
    }));
    const model = jointModel(rows);
    expect(model).toMatchObject({ method: 'firth', reason: null, likelihoodRatio: null, mcFadden: null });
    expect(of(model, 'semantic').coefficient).toBeGreaterThan(1);
    expect(of(model, 'semantic').coefficient).toBeLessThan(20);
    expect(of(model, 'semantic').dominance).toBeNull();
    expect(model.interceptForPredictions).not.toBe(model.intercept);
    expectFinite(model);
  });

  it.each([
    ['no deals', [], 'no_deals'],
    ['one deal', goldenRows.slice(0, 1), 'single_class'],
    ['one class', goldenRows.filter(({ success }) => !success), 'single_class'],
    ['two deals of two classes', [goldenRows[0]!, goldenRows[3]!], 'too_few_deals_for_components'],
    ['six deals', goldenRows.slice(0, 6), 'too_few_deals_for_components'],
    [
      'constant scores',
      change(goldenRows, () => Object.fromEntries(COMPONENTS.map((component) => [component, 0.5]))),
      'all_components_constant',
    ],
    ['missing scores', change(goldenRows, () => ({ semantic: null })), 'no_deals'],
  ] as const)('has no model for %s, and says why', (_, rows, reason) => {
    const model = jointModel(rows);
    expect(model).toMatchObject({ method: null, reason, mcFadden: null, likelihoodRatio: null });
    expectFinite(model);
  });

  it('fits seven deals, the fewest for five components', () => {
    const model = jointModel(goldenRows.slice(0, 7));
    expect(model.reason).toBeNull();
    expectFinite(model);
  });
});

describe('assessTogether', () => {
  // Slope by Newton in numpy, intercept by root search, test and score by their formulas in numpy.
  it('agrees with numpy and scipy on the calibration of the weighted score', () => {
    const current = {
      semantic: 0.3,
      goal_alignment: 0.25,
      cultural_momentum: 0.2,
      historical: 0.15,
      authenticity: 0.1,
    };
    const { calibration, method } = assessTogether(goldenRows, current);
    expect(method).toBe('maximum_likelihood');
    expect(calibration.slope).toBeCloseTo(2.22041797, 6);
    expect(calibration.inTheLarge).toBeCloseTo(-1.4507088332913052, 6);
    expect(calibration.brier).toBeCloseTo(0.21963134062499998, 9);
    expect(calibration.brierSkill).toBeCloseTo(-0.31245619047619044, 9);
    expect(calibration.spiegelhalterZ).toBeCloseTo(-0.39640784533890383, 9);
    expect(calibration.spiegelhalterP).toBeCloseTo(0.6918041793966083, 9);
    // Eleven deals of one band are tied at its upper end, so that the last one takes 19.
    expect(calibration.bands.map(({ n }) => n)).toEqual([10, 10, 10, 10, 11, 10, 19]);
  });

  it('leaves out deals without all scores', () => {
    const rows = goldenRows.map((row, i) =>
      i < 10 ? { ...row, scores: { ...row.scores, historical: null } } : row,
    );
    const equal = {
      semantic: 0.2,
      goal_alignment: 0.2,
      cultural_momentum: 0.2,
      historical: 0.2,
      authenticity: 0.2,
    };
    expect(assessTogether(rows, equal)).toMatchObject({ n: 70, calibration: { n: 70 } });
  });
});
