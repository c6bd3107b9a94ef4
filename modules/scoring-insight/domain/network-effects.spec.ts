import { describe, expect, it } from '@jest/globals';
import { networkEffectsSchema } from '../application/network-schema.js';
import { plantedDeals } from './__fixtures__/planted-deals.js';
import { plantedMarket } from './__fixtures__/planted-market.js';
import { assessNetworkEffects, type NetworkEffectsInput } from './network-effects.js';

const nothing: NetworkEffectsInput = {
  asOf: '2026-06-17T00:00:00.000Z',
  seed: 1,
  outcomes: [],
  sampledFrom: null,
  market: [],
  joined: [],
  concentration: [
    {
      from: '2025-06-17',
      to: '2026-06-17',
      partnerships: 0,
      entities: 0,
      hhi: null,
      equalEntities: null,
      topTenShare: null,
    },
  ],
};

/** Whether a document says that something brings something about. */
const CAUSAL = /\b(cause[sd]?|causal|because|leads? to|due to|thanks to|improves? matching by)\b/i;

describe('assessNetworkEffects', () => {
  it('has an answer where there is nothing to look at', () => {
    const report = assessNetworkEffects(nothing);
    expect(report).toMatchObject({
      window: { from: null, to: null },
      n: { outcomes: 0, entitiesJoined: 0, partnerships: 0 },
      warnings: ['no_partnerships', 'few_outcomes', 'few_segments', 'few_cohorts'],
    });
    expect([report.learning.sentence, report.density.sentence, report.cohorts.sentence]).toEqual([
      '0 finished deals with scores are too few to say whether outcomes improve matching.',
      '0 segments, 0 months and 0 sides of partnerships do not say whether denser markets go with more matches.',
      'Too few cohorts have matured to say whether newer ones find partners sooner.',
    ]);
  });

  it('is what is stored and shown, with no figure lost to NaN', () => {
    for (const input of [
      nothing,
      { ...nothing, outcomes: plantedDeals(600, {}, 1), market: plantedMarket({ elasticity: 1 }, 1) },
    ]) {
      const report = assessNetworkEffects(input);
      expect(networkEffectsSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
    }
  });

  it('says in words what the figures say, and calls nothing an effect', () => {
    const report = assessNetworkEffects({
      ...nothing,
      outcomes: plantedDeals(800, {}, 1),
      sampledFrom: 12_000,
      market: plantedMarket({ elasticity: 1 }, 1),
      joined: Array.from({ length: 8 }, (_, at) => ({
        cohort: `${2024 + Math.floor(at / 4)}-Q${(at % 4) + 1}`,
        observedDays: 365,
        days: 10,
        matched: true,
        entities: 20,
      })),
    });
    expect(report.window).toEqual({ from: '2020-01', to: '2021-12' });
    expect(report.warnings).toEqual(['no_partnerships', 'learnt_from_sample']);
    expect(report.learning.sentence).toMatch(
      /^No gain seen: what \d{3} outcomes taught and the plain sum of the scores differ by [+-]0\.\d{4} AUC \([+-]0\.\d{4} to [+-]0\.\d{4}\) on held-out deals\.$/,
    );
    expect(report.density.sentence).toMatch(
      /^Where the market is denser entities begin more partnerships: twice the peers go with \+\d+ % \(\+\d+ % to \+\d+ %\) partnerships begun per entity\.$/,
    );
    expect(report.n.entitiesJoined).toBe(160);
    expect(report.cohorts.sentence).toBe(
      'No trend is seen within 90 days, over 8 cohorts; no trend is seen within 180 days, over 8 cohorts.',
    );
    const { learning, density, cohorts } = report;
    for (const { sentence } of [learning, density, cohorts]) expect(sentence).not.toMatch(CAUSAL);
    expect(report.scope).toContain('Associations');
  });

  it('extrapolates nothing from peers that hardly moved', () => {
    const market = plantedMarket({ segments: 12, months: 36 }, 2).map((row) => ({
      ...row,
      active: row.month - 600 < 3 * Number(row.segment.slice(8)) ? 500 : 501,
    }));
    const report = assessNetworkEffects({ ...nothing, market });
    expect(report.density.sentence).toBe(
      'Within segments the number of peers hardly moved apart from the whole market: that does not say whether denser ' +
        'markets go with more matches.',
    );
    expect(networkEffectsSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  it('says why it gives no verdict on density', () => {
    const attracted = assessNetworkEffects({ ...nothing, market: plantedMarket({ attraction: 1.5 }, 1) });
    expect(attracted.warnings).toContain('density_withheld');
    expect(attracted.density.sentence).toMatch(
      /^No verdict, though .* the market of 6 months later predicts today's matches as well, so something else drives both\.$/,
    );
  });
});
