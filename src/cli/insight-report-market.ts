import type { BadgeCount, BenchmarkCoverage, ResultVersion } from '../../modules/scoring-insight/index.js';
import { barChart, fitted, grid, wrap } from './charts.js';
import { dayOf, listed, type SectionText, words } from './insight-report-section.js';
import { thousands } from './output.js';
import { percent } from './summary.js';

/** Of how many entities each metric is known and compared. */
export function describeBenchmarks(coverage: readonly BenchmarkCoverage[], width: number): SectionText {
  const sum = (pick: (row: BenchmarkCoverage) => number): number =>
    coverage.reduce((total, row) => total + pick(row), 0);
  const withheld = coverage.flatMap(({ metric, withheld: reasons }) =>
    Object.entries(reasons).length === 0
      ? []
      : wrap(
          `${words(metric)}: ${Object.entries(reasons)
            .map(([reason, entities]) => `${thousands(entities)} ${words(reason)}`)
            .join(', ')}`,
          width,
        ),
  );
  return {
    lines: [
      `As of ${dayOf(coverage[0]?.asOf ?? null)}.`,
      ...fitted(width, (places) =>
        grid(
          ['metric', 'entities', 'known', 'compared', 'share', ''],
          coverage.map(({ metric, entities, withValue, compared }) => [
            words(metric),
            thousands(entities),
            thousands(withValue),
            thousands(compared),
            percent(entities === 0 ? null : compared / entities),
            barChart(compared, entities, places),
          ]),
          [1, 2, 3, 4],
        ),
      ),
      ...(withheld.length === 0 ? [] : ['Not compared:', ...withheld]),
    ],
    meaning: `${thousands(sum(({ compared }) => compared))} of ${thousands(sum(({ entities }) => entities))} figures can be told as a place among peers; the others are withheld, with the reasons above.`,
  };
}

/** How, when and from what the tables were computed that do not say it themselves. */
export function describeResults(results: readonly ResultVersion[], width: number): SectionText {
  const days = new Set(results.map(({ asOf }) => dayOf(asOf)));
  return {
    lines: [
      ...grid(
        ['part', 'as of', 'n', 'version', 'method'],
        results.map(({ part, asOf, n, codeVersion, method }) => [
          words(part),
          dayOf(asOf),
          thousands(n),
          codeVersion,
          wrap(words(method), Math.max(20, width - 50)).join('\n'),
        ]),
        [2],
      ),
      ...results
        .filter(({ warnings }) => warnings.length > 0)
        .flatMap(({ part, warnings }) => wrap(`${words(part)}: ${listed(warnings)}`, width)),
    ],
    meaning:
      days.size === 1
        ? `all of these tables are of ${[...days].join()}.`
        : 'these tables are of different days: some part of the last run was left out.',
  };
}

/** Who holds badges now. */
export function describeBadgeCounts(badges: readonly BadgeCount[], width: number): SectionText {
  const held = badges.reduce((total, { entities }) => total + entities, 0);
  const most = Math.max(0, ...badges.map(({ entities }) => entities));
  return {
    lines:
      held === 0
        ? []
        : fitted(width, (places) =>
            grid(
              ['badge', 'level', 'held by', ''],
              badges.map(({ badge, level, entities }) => [
                words(badge),
                level,
                thousands(entities),
                barChart(entities, most, places),
              ]),
              [2],
            ),
          ),
    meaning: held === 0 ? 'nobody holds a badge.' : `${thousands(held)} badges are held now.`,
  };
}
