import type { InsightReport } from '../../modules/scoring-insight/index.js';
import { fitted, grid, intervalChart, wrap } from './charts.js';
import { listed, range, type SectionText, words } from './insight-report-section.js';
import { aucScale, axis } from './insight-report-scores.js';
import { thousands } from './output.js';
import { figure, percent, pValue } from './summary.js';

type Part<Name extends 'segments' | 'drift' | 'selection'> = NonNullable<InsightReport[Name]>;

const SIGNIFICANT = 0.05;
const passes = (pAdjusted: number | null): boolean => pAdjusted !== null && pAdjusted < SIGNIFICANT;

/** Where components hold otherwise than over all deals, and the strongest of them segment by segment. */
export function describeSegments(
  { segmentations }: Part<'segments'>,
  components: InsightReport['components'],
  width: number,
): SectionText {
  const cell = Math.max(12, Math.floor((width - 46) / 2));
  const inCell = (names: readonly string[]): string => wrap(listed(names, '-'), cell).join('\n');
  const odd = segmentations.flatMap(({ across }) =>
    across.filter((row) => passes(row.pAdjusted) || row.reversed).map(({ component }) => component),
  );
  return {
    lines: [
      ...grid(
        ['segments by', 'shown', 'enough\ndeals', 'left\nout', 'differ', 'reversed within'],
        segmentations.map(({ segmentation, segments, leftOut, across }) => [
          words(segmentation),
          segments.length,
          segments.filter((each) => each.components.some(({ verdict }) => verdict !== 'too_few_deals'))
            .length,
          leftOut.length,
          across.some(({ q }) => q !== null)
            ? inCell(across.filter((row) => passes(row.pAdjusted)).map(({ component }) => component))
            : 'not tested',
          inCell(across.filter((row) => row.reversed).map(({ component }) => component)),
        ]),
        [1, 2, 3],
      ),
      ...segmentChart(segmentations[0], components, width),
    ],
    meaning:
      odd.length === 0
        ? 'no component is shown to mean something else in one kind of deals than in another.'
        : `what is shown for ${listed(odd)} depends on the kind of deals: judge it there.`,
  };
}

function segmentChart(
  segmentation: Part<'segments'>['segmentations'][number] | undefined,
  components: InsightReport['components'],
  width: number,
): string[] {
  const [strongest] = [...components].sort((a, b) => (b.auc ?? 0) - (a.auc ?? 0));
  if (segmentation === undefined || strongest === undefined) return [];
  const areas = segmentation.segments.flatMap(({ segment, components: own }) =>
    own
      .filter(({ component, auc }) => component === strongest.component && auc !== null)
      .map(({ auc, low, high, n }) => ({ segment, n, point: auc, low, high })),
  );
  if (areas.length === 0) return [];
  const scale = aucScale(areas);
  return fitted(width, (places) =>
    grid(
      [`${words(strongest.component)} in`, 'deals', 'AUC', '95 %', axis(scale.from, scale.to, places)],
      areas.map((area) => [
        shortened(area.segment, 22),
        thousands(area.n),
        figure(area.point, 2),
        range(area.low, area.high),
        intervalChart(area, scale, places),
      ]),
      [1, 2],
    ),
  );
}

/** The areas by quarter of the deals' start: `*` changed since the quarter before, `~` other scores than in the baseline. */
export function describeDrift({ quarters, changes, baseline }: Part<'drift'>, width: number): SectionText {
  const changed = changes.filter((change) => change.changed);
  const shifted = quarters.flatMap(({ components }) => components.filter(({ shift }) => shift.shifted));
  const unsteady = [...changed, ...shifted].map(({ component }) => component);
  const names = quarters[0]?.components.map(({ component }) => component) ?? [];
  const marks = (component: string, quarter: string, isShifted: boolean): string =>
    (changed.some((change) => change.component === component && change.to === quarter) ? '*' : '') +
    (isShifted ? '~' : '');
  const tested = changes.filter(({ p }) => p !== null).length;
  return {
    lines: [
      ...grid(
        ['quarter', 'deals', ...names.map((name) => name.replaceAll('_', '\n'))],
        quarters.map(({ quarter, n, components }) => [
          quarter,
          thousands(n),
          ...components.map(
            ({ component, auc, shift }) => `${figure(auc, 2)}${marks(component, quarter, shift.shifted)}`,
          ),
        ]),
        [1, ...names.map((_, index) => index + 2)],
      ),
      ...wrap(
        `AUC by the quarter in which deals began; - where too few deals closed. * changed since the quarter before ` +
          `(${changed.length} of ${tested} tests), ~ scores unlike those of ${baseline ?? 'a baseline'} (${shifted.length}).`,
        width,
      ),
    ],
    meaning:
      tested === 0
        ? 'there are too few deals per quarter to tell whether anything changed.'
        : unsteady.length === 0
          ? 'the components foretell as they did, and the scores of deals look as they did.'
          : `something has changed for ${listed(unsteady)}: figures over all quarters mix two times.`,
  };
}

/** Whom the figures are about, and what that does to correlations. */
export function describeSelection(
  { scope, share, scoredPairs, components }: Part<'selection'>,
  width: number,
): SectionText {
  const narrowed = components.filter(({ ratio }) => ratio !== null && ratio > 1);
  return {
    lines: [
      ...wrap(
        `${scope} Of ${thousands(scoredPairs)} scored pairs ${share === null ? '-' : `${(100 * share).toFixed(1)} %`} became partnerships.`,
        width,
      ),
      ...grid(
        ['component', 'spread of\nall / rated', 'r among\nrated', '95 %', 'r among\nall pairs', 'why not'],
        components.map((row) => [
          words(row.component),
          figure(row.ratio, 2),
          figure(row.r, 2),
          row.low === null || row.high === null ? '-' : `${row.low.toFixed(2)} to ${row.high.toFixed(2)}`,
          figure(row.corrected, 2),
          row.reason === null ? '' : words(row.reason),
        ]),
        [1, 2, 4],
      ),
    ],
    meaning:
      narrowed.length > 0
        ? `deals with a success score (rated) have a narrower range than all scored pairs in ${listed(narrowed.map(({ component }) => component))}, so correlations there look weaker than they are.`
        : 'deals with a success score (rated) are not shown to have a narrower range than all scored pairs.',
  };
}

const CATEGORY_VERDICTS = {
  predicts: 'predicts',
  no_evidence: 'no evidence',
  too_few_deals: 'too few',
} as const;
/** The categories with the most deals. */
const LEVELS_SHOWN = 3;

const shortened = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

/** Whether success goes with the declared categories. */
export function describeCategories(categories: InsightReport['categories'], width: number): SectionText {
  const telling = categories.filter(({ verdict }) => verdict === 'predicts');
  return {
    lines: grid(
      ['category', 'V', '95 %', 'p', 'verdict', 'most deals, and\ntheir success rate'],
      categories.map((row) => [
        words(row.predictor),
        figure(row.cramersVCorrected, 2),
        range(row.dyadic.low, row.dyadic.high),
        pValue(row.pAdjusted),
        CATEGORY_VERDICTS[row.verdict],
        row.levels
          .slice(0, LEVELS_SHOWN)
          .map(({ value, rate }) => `${shortened(words(value), Math.max(18, width - 61))} ${percent(rate)}`)
          .join('\n'),
      ]),
      [1, 3],
    ),
    meaning:
      telling.length > 0
        ? `success goes with ${listed(telling.map(({ predictor }) => predictor))} (Cramer's V, 0 nothing to 1 all).`
        : "success is not shown to go with any declared category (Cramer's V, 0 nothing to 1 all).",
  };
}
