import { describe, expect, it } from '@jest/globals';
import type { NetworkEffectsReport } from '../../modules/scoring-insight/index.js';
import { describeNetwork } from './insight-network.js';

const elasticity = { elasticity: 0.4, standardError: 0.1, low: 0.2, high: 0.6, p: 0.0003 };

const nothing: NetworkEffectsReport = {
  asOf: '2026-06-17T00:00:00.000Z',
  method: 'method',
  codeVersion: '2',
  window: { from: null, to: null },
  seed: 1,
  n: { outcomes: 0, entitiesJoined: 0, partnerships: 0 },
  warnings: ['no_partnerships'],
  scope: 'Associations.',
  learning: {
    verdict: 'too_little_data',
    reasons: ['too_few_outcomes'],
    outcomes: 0,
    repeats: 10,
    tested: null,
    learntFrom: null,
    aucUntaught: null,
    steps: [],
    wholeGain: null,
    lastGain: null,
    curve: null,
    curveReason: 'too_few_steps',
    nextHundred: null,
    sampledFrom: null,
    sentence: 'Too few outcomes.',
  },
  density: {
    verdict: 'too_little_data',
    reasons: ['too_few_segments'],
    segments: 0,
    months: 0,
    begun: 0,
    estimate: null,
    doubling: null,
    placebo: null,
    sentence: 'Too few segments.',
  },
  cohorts: { cohorts: [], trends: [], sentence: 'Too few cohorts.' },
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

const something: NetworkEffectsReport = {
  ...nothing,
  window: { from: '2025-01', to: '2026-05' },
  n: { outcomes: 1200, entitiesJoined: 300, partnerships: 2000 },
  warnings: [],
  learning: {
    ...nothing.learning,
    aucUntaught: 0.6,
    steps: [
      { n: 50, auc: 0.5, low: null, high: null },
      { n: 200, auc: 0.6, low: 0.5, high: 0.7 },
      { n: 1000, auc: 0.7, low: 0.65, high: 0.75 },
    ],
    sentence: 'It gained.',
  },
  density: {
    ...nothing.density,
    estimate: elasticity,
    placebo: { ...elasticity, elasticity: 0, low: -0.1, high: 0.1, p: 1, monthsAhead: 6, rows: 90 },
    sentence: 'It is denser.',
  },
  cohorts: {
    cohorts: [
      {
        cohort: '2026-Q1',
        entities: 20,
        rates: [{ age: 90, matched: 10, rate: 0.5, low: 0.299, high: 0.701 }, null],
        medianDays: null,
        unmatchedShare: 0.5,
      },
    ],
    trends: [90, 180].map((age) => ({
      age,
      cohorts: 1,
      trend: null,
      verdict: 'too_little_data' as const,
      reason: 'too_few_cohorts' as const,
    })),
    sentence: 'Too few cohorts.',
  },
};

describe('describeNetwork', () => {
  it('says so where nothing is known', () => {
    expect(describeNetwork(nothing, 80).split('\n')).toEqual([
      'Network effects as of 2026-06-17: 0 finished deals, 0 entities that joined in',
      'the last 12 quarters or this one, 0 partnerships in two years',
      'Warnings: no_partnerships',
      '',
      'Learning (10 groups of entities held out, seed 1)',
      'Too few outcomes.',
      '',
      'Density (segments of industry and tier, no month to no month)',
      'Too few segments.',
      '',
      'Cohorts by quarter of joining',
      'Too few cohorts.',
      '',
      'Concentration of partnerships',
      'from        to          partnerships  entities  HHI  as if equal  top ten',
      '2025-06-17  2026-06-17             0         0    -            -        -',
      '',
      'Associations.',
    ]);
  });

  it('draws the curve and lists the rest', () => {
    expect(describeNetwork(something, 50).split('\n').slice(4, 23)).toEqual([
      '',
      'Learning (10 groups of entities held out, seed 1)',
      'outcomes     AUC         95 %  0.50 to 0.75',
      '      50  0.5000            -  ●     │',
      '     200  0.6000  0.500-0.700  ├─────●─────┤',
      '   1,000  0.7000  0.650-0.750        │  ├──●──┤',
      '│ is the plain sum of the scores: 0.6000',
      'It gained.',
      '',
      'Density (segments of industry and tier, 2025-01 to 2026-05)',
      '                                elasticity             95 %       p',
      'peers now                            0.400   0.200 to 0.600  <0.001',
      'peers 6 months later (placebo)       0.000  -0.100 to 0.100   1.000',
      'It is denser.',
      '',
      'Cohorts by quarter of joining',
      'joined   entities     within 90 d  within 180 d  median days  none yet',
      '2026-Q1        20  50.0 % (30-70)             -            -    50.0 %',
      'Too few cohorts.',
    ]);
  });
});
