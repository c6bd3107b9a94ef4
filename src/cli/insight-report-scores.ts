import { z } from 'zod';
import type { InsightReport } from '../../modules/scoring-insight/index.js';
import { barChart, fitted, grid, intervalChart, wrap } from './charts.js';
import { dayOf, listed, range, type SectionText, words } from './insight-report-section.js';
import { thousands } from './output.js';
import { figure, percent, pValue } from './summary.js';

const leftOut = (window: InsightReport['window']): Record<string, string> => ({
  open: 'still open',
  deleted: 'deleted',
  no_score_before: 'no score from before the deal began',
  score_too_old: `that score was older than ${window.scoreMaxAgeDays} days`,
  not_matured: `began less than ${window.maturityDays} days ago`,
  no_success_score: 'won, but nobody has scored the success yet',
});

const WARNINGS: Record<string, string> = {
  no_deals: 'there is no deal to learn from',
  single_class: 'all deals ended alike',
  too_few_deals: 'too few deals for a verdict (30, and 10 of each outcome)',
  small_sample: 'too few deals for weights (100)',
  few_success_scores: 'few deals have a success score',
  leak_suspected: 'a score follows the outcome so closely that it may have seen it',
  leakage_risk: 'most closed deals were scored only after they began',
  fades_with_age: 'a score told clearly less while it was a month old: what came since may know the outcome',
  learnt_from_sample: 'weights and models were learnt from a sample of the deals',
};

export const dataOf = ({
  asOf,
  method,
  window,
  n,
  nSuccessful,
  nScore,
  excluded,
  warnings,
}: InsightReport) => ({
  asOf,
  method,
  window,
  n,
  nSuccessful,
  nScore,
  excluded,
  warnings,
});

/** Which deals the scores are judged by, and which are left out. */
export function describeData(data: ReturnType<typeof dataOf>, width: number): SectionText {
  const { asOf, n, nSuccessful, excluded, window, warnings } = data;
  const reasons = leftOut(window);
  const all = [
    { text: 'used', deals: n },
    ...Object.entries(excluded).map(([code, deals]) => ({ text: reasons[code] ?? words(code), deals })),
  ];
  const most = Math.max(n, ...Object.values(excluded));
  return {
    lines: [
      ...wrap(
        `As of ${dayOf(asOf)}. Closed deals that began from ${dayOf(window.from)} to ${dayOf(window.to)}: ` +
          `${thousands(n)}, of which ${thousands(nSuccessful)} successful (${percent(n === 0 ? null : nSuccessful / n)}).`,
        width,
      ),
      ...fitted(width, (places) =>
        grid(
          ['deals', 'number', ''],
          all.map(({ text, deals }) => [text, thousands(deals), barChart(deals, most, places)]),
          [1],
        ),
      ),
      ...(warnings.length === 0 ? ['Warnings: none'] : ['Warnings:']),
      ...warnings.flatMap((code) => wrap(`${code}: ${WARNINGS[code] ?? words(code)}`, width)),
    ],
    meaning:
      n === 0
        ? 'no deal can tell yet what makes deals succeed.'
        : 'all that follows about scores speaks of the deals used, and of no pair that never became a deal.',
  };
}

type Component = InsightReport['components'][number] | InsightReport['confidence'];

const VERDICTS: Record<Component['verdict'], string> = {
  predicts: 'predicts',
  predicts_inversely: 'inverse',
  no_evidence: 'no evidence',
  too_few_deals: 'too few',
};

/** The area with the wider of its intervals: that for deals that share entities, where there is one. */
function areaOf({ auc, aucLow, aucHigh, dyadic }: Component) {
  return { point: auc, low: dyadic?.low ?? aucLow, high: dyadic?.high ?? aucHigh };
}

/** A scale in tenths that holds all intervals, and one half. */
export function aucScale(
  areas: readonly { point: number | null; low: number | null; high: number | null }[],
) {
  const known = areas.flatMap(({ point, low, high }) => [point, low, high]).filter((x) => x !== null);
  return {
    from: Math.floor(Math.min(0.4, ...known) * 10) / 10,
    to: Math.ceil(Math.max(0.6, ...known) * 10) / 10,
    reference: 0.5,
  };
}

/** The ends of a scale above a chart of `width` places. */
export const axis = (from: number, to: number, width: number): string =>
  `${from.toFixed(1)}${to.toFixed(1).padStart(Math.max(0, width - 3))}`;

/** How well each component tells successful deals from others. */
export function describeComponents(
  { components, confidence }: Pick<InsightReport, 'components' | 'confidence'>,
  width: number,
): SectionText {
  const ranked: Component[] = [...components].sort((a, b) => (b.auc ?? 0) - (a.auc ?? 0));
  const rows = [...ranked, confidence];
  const scale = aucScale(rows.map(areaOf));
  const named = (verdict: Component['verdict']) =>
    ranked.filter((row) => row.verdict === verdict).map(({ component }) => component);
  const telling = named('predicts');
  const inverse = named('predicts_inversely');
  return {
    lines: fitted(width, (places) =>
      grid(
        ['component', 'AUC', '95 %', axis(scale.from, scale.to, places), 'p', 'verdict'],
        rows.map((row) => {
          const area = areaOf(row);
          return [
            words(row.component),
            figure(area.point, 2),
            range(area.low, area.high),
            intervalChart(area, scale, places),
            pValue(row.pAdjusted),
            VERDICTS[row.verdict],
          ];
        }),
        [1, 4],
      ),
    ),
    meaning:
      (telling.length > 0
        ? `higher scores go with success for ${listed(telling)}`
        : 'no component is shown to go with success') +
      (inverse.length > 0 ? `, and with failure for ${listed(inverse)}` : '') +
      '; an interval across 0.5 shows nothing.',
  };
}

/** The components beside each other in one model. */
export function describeTogether(
  together: NonNullable<InsightReport['together']>,
  width: number,
): SectionText {
  const { components, mcFadden, reason, calibration } = together;
  if (together.method === null) {
    return {
      lines: [`No model: ${words(reason ?? 'unknown')}.`],
      meaning: 'what each component adds beside the others is not known.',
    };
  }
  const shareOf = (dominance: number | null): number | null =>
    dominance === null || mcFadden === null || mcFadden <= 0 ? null : dominance / mcFadden;
  const ranked = [...components].sort((a, b) => (b.dominance ?? 0) - (a.dominance ?? 0));
  const factor = (x: number | null): number | null => (x === null ? null : Math.exp(x));
  const own = ranked.filter(({ p, oddsRatioPerSd }) => p !== null && p < 0.05 && oddsRatioPerSd !== null);
  return {
    lines: [
      ...fitted(width, (places) =>
        grid(
          ['component', 'odds\nper SD', '95 %', 'p', 'VIF', 'share', ''],
          ranked.map((row) => [
            words(row.component),
            figure(row.oddsRatioPerSd, 2),
            range(factor(row.low), factor(row.high)),
            pValue(row.p),
            figure(row.vif, 1),
            percent(shareOf(row.dominance)),
            barChart(shareOf(row.dominance), 1, places),
          ]),
          [1, 3, 4, 5],
        ),
      ),
      ...wrap(
        `${thousands(together.n)} deals; the model explains ${percent(mcFadden)} (McFadden). The score in force: ` +
          `calibration slope ${figure(calibration.slope, 2)} (1 is right), Brier skill ${percent(calibration.brierSkill)}.`,
        width,
      ),
    ],
    meaning:
      own.length > 0
        ? `beside the others, ${listed(own.map(({ component }) => component))} still go with the outcome.`
        : 'beside the others, no component is shown to add anything.',
  };
}

const REFUSALS: Record<string, string> = {
  too_few_deals: 'there are too few deals',
  leakage_risk: 'scores may have seen the outcome',
  no_convergence: 'the model found no end',
  all_clipped: 'no component goes with success',
  same_weights: 'they would be those in force',
  no_improvement: 'no gain over those in force is shown',
  last_period_missing: 'the last period cannot be judged',
  worse_in_last_period: 'they did worse in the last period',
  rejected_before: 'a person has rejected them before',
};

const limits = z.object({
  gain: z.number().nullable(),
  gainLow: z.number().nullable(),
  gainHigh: z.number().nullable(),
});
/** What is shown of the evidence; what an older report lacks is null. */
const gate = z.object({
  n: z.number().nullable().catch(null),
  folds: z.string().nullable().catch(null),
  overCurrent: limits.nullable().catch(null),
  lastPeriod: z.object({ gain: z.number().nullable(), n: z.number() }).nullable().catch(null),
});

/** The weights in force, those on offer, and the test they had to pass. */
export function describeWeights(weights: InsightReport['weights'], width: number): SectionText {
  const { current, suggested, suggestedVersion, currentVersion, reason } = weights;
  const { overCurrent, lastPeriod, folds } = gate.parse(weights.evidence);
  const suggestions: Record<string, number> = suggested ?? {};
  const most = Math.max(...Object.values(current), ...Object.values(suggestions));
  return {
    lines: [
      ...fitted(
        width,
        (places) =>
          grid(
            ['component', 'now', '', 'suggested', ''],
            Object.entries(current).map(([component, now]) => {
              const offered = suggestions[component] ?? null;
              return [
                words(component),
                figure(now),
                barChart(now, most, places),
                figure(offered),
                barChart(offered, most, places),
              ];
            }),
            [1, 3],
          ),
        2,
      ),
      ...wrap(
        `In force: ${currentVersion === null ? 'the declared weights' : `version ${currentVersion}`}. ` +
          (overCurrent === null
            ? 'Gate: not reached.'
            : `Gate: log loss gained per deal over those in force ${figure(overCurrent.gain, 4)} ` +
              `(${figure(overCurrent.gainLow, 4)} to ${figure(overCurrent.gainHigh, 4)}) on deals held out by ${folds ?? 'fold'}` +
              (lastPeriod === null
                ? '.'
                : `, ${figure(lastPeriod.gain, 4)} on the ${thousands(lastPeriod.n)} latest deals.`)),
        width,
      ),
    ],
    meaning:
      suggested !== null
        ? `version ${suggestedVersion ?? '?'} would have ranked deals better and waits for a person (cli insight model approve ${suggestedVersion ?? ''}).`
        : `no other weights are suggested, because ${REFUSALS[reason ?? ''] ?? words(reason ?? 'unknown')}.`,
  };
}
