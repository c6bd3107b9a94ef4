import { assessCohorts, type Cohorts, type JoinedEntities } from './network-cohorts.js';
import { assessDensity, type Density, type SegmentMonth } from './network-density.js';
import { assessLearning, type Learning } from './network-learning.js';
import type { OutcomeRow } from './components.js';

/** How the partnerships begun in a year are spread over the entities that took part in them. */
export interface Concentration {
  /** First day and the day after the last, yyyy-mm-dd. */
  from: string;
  to: string;
  partnerships: number;
  /** Distinct entities among their sides. */
  entities: number;
  /** Sum of the squared shares of the entities (Herfindahl-Hirschman), 0..1; null without partnerships. */
  hhi: number | null;
  /** 1 / hhi: as many entities of equal size would be as concentrated. */
  equalEntities: number | null;
  /** Share of the ten entities with the most; 0..1. */
  topTenShare: number | null;
}

export type NetworkWarning =
  | 'no_partnerships'
  | 'few_outcomes'
  | 'density_withheld'
  | 'few_segments'
  | 'few_cohorts'
  /** The learning curve is that of some of the outcomes. */
  | 'learnt_from_sample';

export interface NetworkEffectsReport {
  /** Beginning of the day (UTC) that the report is about, ISO 8601. */
  asOf: string;
  method: string;
  codeVersion: string;
  /** First and last complete month of the panel, yyyy-mm; null without one. */
  window: { from: string | null; to: string | null };
  /** Of the splits behind the learning curve. */
  seed: number;
  n: {
    outcomes: number;
    /** Entities that joined in the last twelve quarters or the current one: those of the cohorts. */
    entitiesJoined: number;
    /** Begun in the two years before asOf. */
    partnerships: number;
  };
  warnings: NetworkWarning[];
  /** What none of it shows, in one sentence. */
  scope: string;
  learning: Learning & { sampledFrom: number | null; sentence: string };
  density: Density & { sentence: string };
  cohorts: Cohorts & { sentence: string };
  /** The twelve months before asOf and the twelve before those. */
  concentration: Concentration[];
}

export interface NetworkEffectsInput {
  asOf: string;
  seed: number;
  /** Finished deals with the scores known before they began, see `assessLearning`. */
  outcomes: readonly (OutcomeRow & { startedAt: string })[];
  /** Of how many the outcomes are a sample; null when they are all. */
  sampledFrom: number | null;
  market: readonly SegmentMonth[];
  joined: readonly JoinedEntities[];
  concentration: Concentration[];
}

/** Raise it when the same rows would give another report. */
export const NETWORK_CODE_VERSION = '2';

const METHOD =
  'learning: ridge logistic (1 on standardized scores), entities held out, resampled mean after Nadeau and Bengio, ' +
  'inverse power law; density: Poisson with segment and month effects, errors clustered by segment, lead as placebo; ' +
  'cohorts: Wilson, Kaplan-Meier, Mann-Kendall; 95% limits';

const SCOPE =
  'Associations in what happened, not effects: nobody was assigned a market, a cohort or a number of partnerships, ' +
  'and the questions are not adjusted for each other.';

/** Does each partnership improve matching? Three questions that answer it from different sides, and one figure beside. */
export function assessNetworkEffects(input: NetworkEffectsInput): NetworkEffectsReport {
  const learning = assessLearning(input.outcomes, input.seed);
  const density = assessDensity(input.market);
  const cohorts = assessCohorts(input.joined);
  const months = input.market.map(({ month }) => month);
  const report: NetworkEffectsReport = {
    asOf: input.asOf,
    method: METHOD,
    codeVersion: NETWORK_CODE_VERSION,
    window: {
      from: months.length > 0 ? monthName(months.reduce((a, b) => Math.min(a, b))) : null,
      to: months.length > 0 ? monthName(months.reduce((a, b) => Math.max(a, b))) : null,
    },
    seed: input.seed,
    n: {
      outcomes: learning.outcomes,
      entitiesJoined: input.joined.reduce((sum, { entities }) => sum + entities, 0),
      partnerships: input.concentration.reduce((sum, { partnerships }) => sum + partnerships, 0),
    },
    warnings: [],
    scope: SCOPE,
    learning: { ...learning, sampledFrom: input.sampledFrom, sentence: learningSentence(learning) },
    density: { ...density, sentence: densitySentence(density) },
    cohorts: { ...cohorts, sentence: cohortSentence(cohorts) },
    concentration: input.concentration,
  };
  return { ...report, warnings: warningsOf(report) };
}

function warningsOf({ n, learning, density, cohorts }: NetworkEffectsReport): NetworkWarning[] {
  const warnings: NetworkWarning[] = [];
  if (n.partnerships === 0) warnings.push('no_partnerships');
  if (learning.verdict === 'too_little_data') warnings.push('few_outcomes');
  if (learning.sampledFrom !== null) warnings.push('learnt_from_sample');
  if (density.verdict === 'too_little_data') warnings.push('few_segments');
  if (density.verdict === 'withheld') warnings.push('density_withheld');
  if (cohorts.trends.every(({ verdict }) => verdict === 'too_little_data')) warnings.push('few_cohorts');
  return warnings;
}

function learningSentence({ verdict, outcomes, wholeGain, lastGain, nextHundred }: Learning): string {
  if (verdict === 'too_little_data' || wholeGain === null || lastGain === null)
    return `${whole(outcomes)} finished deals with scores are too few to say whether outcomes improve matching.`;
  const last = `from ${whole(lastGain.from)} to ${whole(lastGain.to)} outcomes it moved by ${interval(lastGain)}`;
  const next = nextHundred === null ? '' : ` ${nextSentence(nextHundred)}`;
  switch (verdict) {
    case 'still_learning':
      return `Models that learnt from more outcomes order held-out deals better: ${last}.${next}`;
    case 'levelled_off':
      return (
        `What ${whole(wholeGain.to)} outcomes taught orders held-out deals better than the plain sum of the scores, by ` +
        `${interval(wholeGain)}, and it has levelled off: ${last}.${next}`
      );
    case 'no_gain_seen':
      return (
        `No gain seen: what ${whole(wholeGain.to)} outcomes taught and the plain sum of the scores differ by ` +
        `${interval(wholeGain)} on held-out deals.`
      );
  }
}

function nextSentence(gain: number): string {
  const figure = gain < 1e-4 ? 'less than 0.0001 AUC' : `${signed(gain)} AUC`;
  return `The next 100 outcomes go with ${figure} by the curve.`;
}

function densitySentence({ verdict, reasons, doubling, placebo, segments, months, begun }: Density): string {
  if (reasons.includes('too_little_variation'))
    return (
      'Within segments the number of peers hardly moved apart from the whole market: that does not say whether denser ' +
      'markets go with more matches.'
    );
  if (verdict === 'too_little_data')
    return (
      `${whole(segments)} segments, ${whole(months)} months and ${whole(begun)} sides of partnerships do not say ` +
      'whether denser markets go with more matches.'
    );
  const twice =
    doubling === null
      ? 'what twice the peers go with is too far from anything seen for a figure'
      : `twice the peers go with ${percent(doubling.ratio)} (${percent(doubling.low)} to ${percent(doubling.high)}) partnerships begun per entity`;
  switch (verdict) {
    case 'withheld':
      return `No verdict, though ${twice}: ${placeboSentence(reasons, placebo)}.`;
    case 'more_with_density':
      return `Where the market is denser entities begin more partnerships: ${twice}.`;
    case 'fewer_with_density':
      return `Where the market is denser each entity begins fewer partnerships: ${twice}.`;
    case 'no_association':
      return `No association of density with matches is seen: ${twice}.`;
  }
}

function placeboSentence(reasons: readonly string[], placebo: Density['placebo']): string {
  if (placebo === null) return 'the placebo could not be computed';
  const later = `the market of ${placebo.monthsAhead} months later`;
  return reasons.includes('placebo_predicts')
    ? `${later} predicts today's matches as well, so something else drives both`
    : `${later}, which cannot act on today, may predict as much for all that is known`;
}

function cohortSentence({ trends }: Cohorts): string {
  const known = trends.filter(({ trend }) => trend !== null);
  if (known.length === 0)
    return 'Too few cohorts have matured to say whether newer ones find partners sooner.';
  const said = known.map(({ age, cohorts, verdict }) => {
    const over = `within ${age} days, over ${cohorts} cohorts`;
    if (verdict === 'newer_match_more') return `newer cohorts found a partner more often ${over}`;
    if (verdict === 'newer_match_less') return `newer cohorts found a partner less often ${over}`;
    return `no trend is seen ${over}`;
  });
  const text = said.join('; ');
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

const whole = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');
const signed = (value: number): string => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(4)}`;
const interval = ({ gain, low, high }: { gain: number; low: number; high: number }): string =>
  `${signed(gain)} AUC (${signed(low)} to ${signed(high)})`;
const percent = (ratio: number): string => {
  const change = Math.round(100 * (ratio - 1));
  if (change > 1000) return 'over +1000 %';
  return `${change < 0 ? '' : '+'}${change} %`;
};

/** yyyy-mm of months since January 1970. */
function monthName(month: number): string {
  return `${1970 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`;
}
