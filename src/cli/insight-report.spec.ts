import { describe, expect, it } from '@jest/globals';
import type { InsightReport } from '../../modules/scoring-insight/index.js';
import {
  describeCategories,
  describeDrift,
  describeSegments,
  describeSelection,
} from './insight-report-look.js';
import {
  describeComponents,
  describeData,
  describeTogether,
  describeWeights,
} from './insight-report-scores.js';
import { pageWidth, type ReadSection, renderReport, type SectionText } from './insight-report-section.js';

type Component = InsightReport['components'][number];

const component = (name: Component['component'], area: [number, number, number] | null): Component => ({
  component: name,
  n: 240,
  auc: area?.[0] ?? null,
  aucLow: area?.[1] ?? null,
  aucHigh: area?.[2] ?? null,
  spearman: null,
  spearmanLow: null,
  spearmanHigh: null,
  verdict: area === null ? 'too_few_deals' : area[1] > 0.5 ? 'predicts' : 'no_evidence',
  reasons: [],
  measures: null,
  dyadic: null,
  pAdjusted: area === null ? null : 0.01,
});
const confidence = { ...component('semantic', null), component: 'confidence' as const };
const weights = {
  semantic: 0.3,
  goal_alignment: 0.25,
  cultural_momentum: 0.2,
  historical: 0.15,
  authenticity: 0.1,
};
const window = {
  from: '2025-01-01T00:00:00Z',
  to: '2026-01-01T00:00:00Z',
  scoreMaxAgeDays: 180,
  maturityDays: 180,
};
const excluded = {
  open: 3,
  deleted: 0,
  no_score_before: 1,
  score_too_old: 0,
  not_matured: 0,
  no_success_score: 0,
};
const noDeals = { n: 0, nSuccessful: 0, nScore: 0, excluded: { ...excluded, open: 0, no_score_before: 0 } };

const shown = (lines: readonly string[]): string => lines.join('\n');
const WIDTH = 80;

describe('the report', () => {
  const read = (data: unknown, text: SectionText | null): ReadSection => ({
    name: 'name',
    title: 'Title',
    computedBy: 'cli run',
    data,
    text: () => text,
  });

  it('ends each section with what it means, and says how to compute what is not', () => {
    const sections = [read({}, { lines: ['a  1'], meaning: 'one is one.' }), read(null, null)];
    expect(renderReport(sections, WIDTH, (title) => `== ${title} ==`)).toBe(
      [
        '== Title ==',
        'a  1',
        'Means: one is one.',
        '',
        '== Title ==',
        'Not computed yet. To compute it: cli run',
      ].join('\n'),
    );
  });

  it('is as wide as the terminal, within reason', () => {
    expect([pageWidth(undefined), pageWidth(40), pageWidth(100), pageWidth(300)]).toEqual([80, 80, 100, 120]);
  });
});

describe('scores', () => {
  it('are judged by deals that are counted, with those left out and warnings', () => {
    const data = {
      asOf: '2026-06-17T12:00:00Z',
      method: 'm',
      window,
      n: 4,
      nSuccessful: 1,
      nScore: 2,
      excluded,
    };
    expect(shown(describeData({ ...data, warnings: ['too_few_deals', 'unheard_of'] }, WIDTH).lines)).toBe(
      [
        'As of 2026-06-17. Closed deals that began from 2025-01-01 to 2026-01-01: 4, of',
        'which 1 successful (25 %).',
        'deals                                       number',
        'used                                             4  ████████████████████████████',
        'still open                                       3  █████████████████████',
        'deleted                                          0',
        'no score from before the deal began              1  ███████',
        'that score was older than 180 days               0',
        'began less than 180 days ago                     0',
        'won, but nobody has scored the success yet       0',
        'Warnings:',
        'too_few_deals: too few deals for a verdict (30, and 10 of each outcome)',
        'unheard_of: unheard of',
      ].join('\n'),
    );
    const none = describeData(
      { ...data, ...noDeals, window: { ...window, from: null }, warnings: [] },
      WIDTH,
    );
    expect(none.lines[0]).toBe('As of 2026-06-17. Closed deals that began from unknown to 2026-01-01: 0, of');
    expect(none.meaning).toBe('no deal can tell yet what makes deals succeed.');
  });

  it('stand with their intervals on one scale', () => {
    const components = [component('historical', [0.5, 0.42, 0.58]), component('semantic', [0.7, 0.64, 0.76])];
    const { lines, meaning } = describeComponents({ components, confidence }, WIDTH);
    expect(shown(lines)).toBe(
      [
        'component    AUC  95 %       0.4                         0.8      p  verdict',
        'semantic    0.70  0.64-0.76         │          ├───●────┤     0.010  predicts',
        'historical  0.50  0.42-0.58   ├─────●─────┤                   0.010  no evidence',
        'confidence     -  -                 │                             -  too few',
      ].join('\n'),
    );
    expect(meaning).toBe('higher scores go with success for semantic; an interval across 0.5 shows nothing.');
  });

  it('say why there is no model and no suggestion', () => {
    const calibration = { slope: null, brierSkill: null };
    const together = {
      method: null,
      reason: 'single_class',
      components: [],
      mcFadden: null,
      calibration,
      n: 3,
    };
    expect(describeTogether(together as never, WIDTH).lines).toEqual(['No model: single class.']);
    const advice = { current: weights, currentVersion: 4, suggested: null, suggestedVersion: null };
    const { lines, meaning } = describeWeights({ ...advice, reason: 'too_few_deals', evidence: {} }, WIDTH);
    expect(shown(lines)).toBe(
      [
        'component            now                              suggested',
        'semantic           0.300  ██████████████████████████          -',
        'goal alignment     0.250  █████████████████████▋              -',
        'cultural momentum  0.200  █████████████████▍                  -',
        'historical         0.150  █████████████                       -',
        'authenticity       0.100  ████████▋                           -',
        'In force: version 4. Gate: not reached.',
      ].join('\n'),
    );
    expect(meaning).toBe('no other weights are suggested, because there are too few deals.');
  });
});

describe('a closer look', () => {
  const area = { auc: null, low: null, high: null };

  it('has a line where nothing is known', () => {
    const segmentations = [{ segmentation: 'quarter' as const, segments: [], leftOut: [], across: [] }];
    expect(describeSegments({ sampledFrom: null, segmentations }, [], WIDTH)).toEqual({
      lines: [
        'segments by  shown  enough  left  differ      reversed within',
        '                     deals   out',
        'quarter          0       0     0  not tested  -',
      ],
      meaning: 'no component is shown to mean something else in one kind of deals than in another.',
    });
    const drift = { sampledFrom: null, baseline: null, quarters: [], changes: [], earlierQuarters: 0 };
    expect(describeDrift(drift, WIDTH).meaning).toBe(
      'there are too few deals per quarter to tell whether anything changed.',
    );
    const selection = { scope: 'Scope.', scoredPairs: 0, partneredPairs: 0, share: null, components: [] };
    expect(describeSelection(selection, WIDTH).lines[0]).toBe(
      'Scope. Of 0 scored pairs - became partnerships.',
    );
    expect(describeCategories([], WIDTH).meaning).toMatch(/^success is not shown to go with any/);
  });

  it('marks what changed', () => {
    const shift = { n: 9, psi: null, threshold: null, p: null, pAdjusted: null, shifted: true, reason: null };
    const quarter = (name: string, auc: number | null) => ({
      quarter: name,
      n: 9,
      components: [
        { component: 'semantic' as const, n: 9, nSuccessful: 3, ...area, auc, reason: null, shift },
      ],
    });
    const change = { component: 'semantic' as const, from: '2025-Q1', to: '2025-Q2', difference: 0.2 };
    const figures = { low: 0.1, high: 0.3, z: 3, p: 0.001, pAdjusted: 0.01, changed: true, reason: null };
    const drift = {
      sampledFrom: null,
      baseline: '2025-Q1',
      quarters: [quarter('2025-Q1', null), quarter('2025-Q2', 0.81)],
      changes: [{ ...change, ...figures }],
      earlierQuarters: 0,
    };
    const { lines, meaning } = describeDrift(drift, WIDTH);
    expect(lines.slice(0, 3)).toEqual([
      'quarter  deals  semantic',
      '2025-Q1      9        -~',
      '2025-Q2      9    0.81*~',
    ]);
    expect(meaning).toBe('something has changed for semantic: figures over all quarters mix two times.');
  });
});
