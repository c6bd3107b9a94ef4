import { describe, expect, it } from '@jest/globals';
import type { StoredBacktest } from '../../modules/scoring-insight/index.js';
import { describeBacktest, describeOpenDeals, describeStageTimes } from './insight-report-deals.js';
import { describeBadgeCounts, describeBenchmarks, describeResults } from './insight-report-market.js';

const shown = (lines: readonly string[]): string => lines.join('\n');
const WIDTH = 80;

describe('benchmarks, badges and deals', () => {
  it('count what is known and what is withheld', () => {
    const row = {
      metric: 'success_rate' as const,
      entities: 4,
      withValue: 3,
      compared: 2,
      asOf: '2026-06-17T00:00:00Z',
    };
    const { lines, meaning } = describeBenchmarks(
      [{ ...row, withheld: { no_value: 1, cohort_too_small: 1 } }],
      WIDTH,
    );
    expect(shown(lines)).toBe(
      [
        'As of 2026-06-17.',
        'metric        entities  known  compared  share',
        'success rate         4      3         2   50 %  ██████████████████',
        'Not compared:',
        'success rate: 1 no value, 1 cohort too small',
      ].join('\n'),
    );
    expect(meaning).toMatch(/^2 of 4 figures/);
    expect(describeBadgeCounts([], WIDTH)).toEqual({ lines: [], meaning: 'nobody holds a badge.' });
  });

  it('tell days apart where a part was left out', () => {
    const result = (part: string, asOf: string, warnings: string[]) => ({
      ...{
        part,
        asOf,
        warnings,
        tables: [],
        method: 'share_of_outcomes',
        codeVersion: '1',
        seed: null,
        n: 1200,
      },
      window: { from: null, to: asOf },
    });
    const monday = result('pair_success', '2026-06-15T12:00:00Z', []);
    const { lines, meaning } = describeResults(
      [monday, result('badges', '2026-06-16T12:00:00Z', ['small_sample'])],
      WIDTH,
    );
    expect(lines).toEqual([
      'part          as of           n  version  method',
      'pair success  2026-06-15  1,200  1        share of outcomes',
      'badges        2026-06-16  1,200  1        share of outcomes',
      'badges: small sample',
    ]);
    expect(meaning).toMatch(/different days/);
    expect(describeResults([monday], WIDTH).meaning).toBe('all of these tables are of 2026-06-15.');
  });

  const deal = {
    partnershipId: '0c6ad70b-4d5f-4f7e-8f0a-6f1a2f3c4d5e',
    stage: 'legal_review',
    partnershipType: 'licensing',
    enteredStageAt: '2026-03-01T00:00:00Z',
    daysInStage: 61,
    stagePercentile: null,
    thresholdDays: 30,
    criticalDays: 60,
    thresholdSource: 'configured' as const,
    chance30d: null,
    chanceAtEntry: null,
    expectedLoss: null,
    currency: 'EUR',
    peerLevel: null,
    severity: 'critical' as const,
    asOf: '2026-06-17T00:00:00Z',
    reasons: {
      stagePercentile: 'too_few_exits',
      chance30d: 'too_few_exits',
      expectedLoss: 'no_chance',
    } as const,
  };

  it('give the reason of every figure that is missing', () => {
    const counts = [
      {
        severity: 'critical' as const,
        deals: 2,
        withoutPercentile: 1,
        withoutChance: 1,
        expectedLoss: { EUR: '12500.50' },
        asOf: deal.asOf,
      },
    ];
    const known = { ...deal, stagePercentile: 97.6, chance30d: 0.31, expectedLoss: '12500.50' };
    const given = { stagePercentile: null, chance30d: null, expectedLoss: null };
    const { lines, meaning } = describeOpenDeals(
      { counts, worst: [{ ...known, reasons: given }, deal] },
      WIDTH,
    );
    expect(shown(lines)).toBe(
      [
        'severity  deals                                   no per-      no  expected loss',
        '                                                  centile  chance',
        'critical      2  ███████████████████████████████        1       1     12,501 EUR',
        'The worst (all: cli insight deals):',
        'deal      stage         days  limit  from        over    in    expected',
        '                                               sooner  30 d        loss',
        '0c6ad70b  legal review    61     30  declared    98 %  31 %  12,501 EUR  crit',
        '0c6ad70b  legal review    61     30  declared       -     -           -  crit',
        'No percentile: too few exits.',
        'No chance: too few exits.',
        'No expected loss: no chance.',
      ].join('\n'),
    );
    expect(meaning).toBe('2 of 2 open deals have stayed longer in their stage than is usual there.');
    expect(describeOpenDeals({ counts: [], worst: [] }, WIDTH).meaning).toBe('there is no open deal.');
  });

  it('shade the time in a stage, and leave out what was not reached', () => {
    const times = {
      asOf: deal.asOf,
      method: 'kaplan_meier',
      codeVersion: '1',
      window: { from: 'a', to: 'b' },
    };
    const unknown = {
      median: null,
      p75: null,
      p75Low: null,
      p75High: null,
      p90: null,
      p90Low: null,
      p90High: null,
    };
    const group = {
      partnershipType: '*',
      visits: 30,
      exits: 25,
      warnDays: 10,
      criticalDays: 20,
      reviewedOn: 'b',
    };
    const stages = [
      {
        ...group,
        ...unknown,
        stage: '*',
        source: 'configured' as const,
        level: null,
        warnings: ['too_few_exits'],
      },
      {
        ...{ ...group, ...unknown, stage: 'legal_review', source: 'statistical' as const },
        ...{ level: 'stage' as const, median: 5, p75: 10, warnings: [] },
      },
      {
        ...group,
        ...unknown,
        stage: 'legal_review',
        partnershipType: 'event',
        source: 'configured' as const,
        level: null,
        warnings: [],
      },
    ];
    const { lines, meaning } = describeStageTimes({ ...times, stages }, WIDTH);
    expect(shown(lines)).toBe(
      [
        'stage         exits  median   P75  P90  warn  from      to 10 days',
        'all stages       25       -     -    -    10  declared',
        'legal review     25     5.0  10.0    -    10  history   ████████████▒▒▒▒▒▒▒▒▒▒▒',
        'Business days until half have left █, three quarters ▒, nine tenths ░; visits',
        'from a to b, kaplan meier.',
        'all stages: too few exits',
      ].join('\n'),
    );
    expect(meaning).toMatch(
      /^half of the deals leave legal review, the slowest stage, within 5 business days/,
    );
    expect(describeStageTimes({ ...times, stages: [] }, WIDTH).meaning).toMatch(/^too few visits/);
  });

  it('judge alerts only where some were decided', () => {
    const empty = {
      right: 0,
      wrong: 0,
      undecided: 0,
      precision: null,
      precisionLow: null,
      precisionHigh: null,
    };
    const rules: StoredBacktest['rules'] = [
      {
        ...empty,
        ...{ rule: 'statistical', days: null, alerts: 0, leadDays: null, alertsPerOwnerWeek: 0 },
        reasons: ['no_decided_alerts', 'no_right_alerts'],
      },
    ];
    const backtest = {
      asOf: deal.asOf,
      method: 'm',
      codeVersion: '1',
      window: { from: 'a', to: 'b' },
      visits: 0,
      owners: 0,
    };
    const { lines, meaning } = describeBacktest({ ...backtest, rules }, WIDTH);
    expect(lines.slice(-2)).toEqual(['history (P75): no decided alerts', 'history (P75): no right alerts']);
    expect(meaning).toBe('too few alerts have been decided to judge the rule in force.');
    const own = { ...rules[0]!, right: 3, wrong: 1, precision: 0.75, leadDays: 7, reasons: [] };
    expect(describeBacktest({ ...backtest, rules: [own] }, WIDTH).meaning).toMatch(
      /^of 100 alerts .*, 75 were/,
    );
  });
});
