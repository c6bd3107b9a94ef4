import type { RunContext, StepOutcome } from '../../../src/kernel/progress.js';
import { type ModelStep, readModelStep } from '../../warehouse/index.js';
import type { Benchmark } from '../domain/benchmarks.js';
import { type PartResult, resultVersions } from '../domain/result-versions.js';
import { INSIGHT_PARTS, type InsightPartName, type LeftOut, leftOutBy } from '../domain/lineage.js';
import { awardBadges, benchmarkEntities, type BenchmarkEntitiesParts } from './benchmark-entities.js';
import { forecastDeals, type ForecastDealsParts } from './forecast-deals.js';
import type { ForecastReport } from './forecast-report.js';
import { followTrends, type FollowTrendsParts } from './follow-trends.js';
import type { InsightReport } from './insight-report.js';
import { lookAtNetwork, type LookAtNetworkParts } from './look-at-network.js';
import { learnFromOutcomes, type LearnFromOutcomesParts } from './learn-from-outcomes.js';
import type { ResultStore, SuccessStore } from './ports.js';
import { watchDeals, type WatchDealsParts } from './watch-deals.js';

export type ComputeInsightParts = LearnFromOutcomesParts &
  BenchmarkEntitiesParts &
  FollowTrendsParts &
  LookAtNetworkParts &
  ForecastDealsParts &
  WatchDealsParts & { success: SuccessStore; results: ResultStore };

/**
 * The insight step: what the model's tables teach, for one asOf. Its parts stand on their own and repeat harmlessly:
 * killed anywhere, the next run ends in the same tables. A part that reads a blocked model is left out, with all that
 * goes on from it: its tables stay those of the run before, and `detail.leftOut` says why.
 * @throws AppError of the stores; an aborted run throws the signal's reason between two parts
 */
export class ComputeInsight {
  constructor(private readonly parts: ComputeInsightParts) {}

  async execute(context: RunContext): Promise<StepOutcome> {
    const { parts } = this;
    const { asOf } = context;
    const model = context.earlier?.get('model');
    const modelStep = readModelStep(model?.detail);
    const leftOut = leftOutBy(modelStep.blocked);
    let done = 0;
    /** Null for a part that is left out. */
    const part = async <T>(name: InsightPartName, work: () => Promise<T>): Promise<T | null> => {
      context.signal.throwIfAborted();
      context.onProgress({ phase: name.replace('_', ' '), done: done++, total: INSIGHT_PARTS.length });
      return leftOut.some((left) => left.part === name) ? null : await work();
    };

    const learnt = await part('predictiveness', () => learnFromOutcomes(parts, asOf));
    const peersAreComplete = isCurrent('benchmarks', modelStep, model?.status);
    const compared = await part('benchmarks', () => benchmarkEntities(parts, asOf, peersAreComplete));
    const badges = compared && (await part('badges', () => awardBadges(parts, compared.rows, asOf)));
    const trends = await part('benchmark_trends', () => followTrends(parts, asOf));
    const entitySignals = await part('entity_success', () => parts.success.replaceEntities(asOf));
    const pairSignals = await part('pair_success', () => parts.success.replacePairs(asOf));
    const network = await part('network_effects', () => lookAtNetwork(parts, asOf));
    const deals = await part('deal_health', () => watchDeals(parts, asOf));
    const forecast = await part('forecast', () => forecastDeals(parts, asOf));
    const results: (PartResult | null)[] = [
      learnt && {
        part: 'predictiveness',
        n: learnt.report.n,
        window: { from: learnt.report.window.from, to: learnt.report.window.to },
        warnings: learnt.report.warnings,
      },
      compared && { part: 'benchmarks', n: compared.rowsIn },
      badges && compared && { part: 'badges', n: compared.rows.length },
      trends && { part: 'benchmark_trends', n: trends.rowsIn },
      entitySignals === null ? null : { part: 'entity_success', n: entitySignals },
      pairSignals === null ? null : { part: 'pair_success', n: pairSignals },
    ];
    // Last, so that it never tells of rows that are not there yet.
    await parts.results.replace(
      resultVersions(
        results.filter((each) => each !== null),
        await parts.results.stored(),
        asOf,
      ),
    );
    context.onProgress({ phase: 'insight', done, total: INSIGHT_PARTS.length });

    const figures = [learnt, compared, badges, trends, network, deals, forecast].filter(
      (each) => each !== null,
    );
    const sum = (pick: (each: (typeof figures)[number]) => number) =>
      figures.reduce((total, each) => total + pick(each), 0);
    return {
      status: leftOut.length === 0 ? 'succeeded' : 'partial',
      rowsIn: sum((each) => each.rowsIn),
      rowsOut: sum((each) => each.rowsOut) + (entitySignals ?? 0) + (pairSignals ?? 0),
      rejected: 0,
      ...(leftOut.length > 0 ? { error: upstreamBlocked(leftOut) } : {}),
      detail: {
        leftOut,
        predictiveness: learnt && summaryOf(learnt.report),
        affinityModel: learnt && modelSummaryOf(learnt.report),
        benchmarks: compared && {
          rows: compared.rows.length,
          period: compared.period,
          published: compared.published,
          withheld: withheldByReason(compared.rows),
        },
        benchmarkTrends: trends && { moving: trends.moving },
        badges: badges && { held: badges.held, events: badges.events },
        successSignals: { entities: entitySignals, pairs: pairSignals },
        networkEffects: network && {
          learning: network.report.learning.verdict,
          density: network.report.density.verdict,
          warnings: network.report.warnings,
        },
        stalled: deals && {
          open: deals.open,
          warn: deals.warn,
          critical: deals.critical,
          signalsRaised: deals.signalsRaised,
          signalsCleared: deals.signalsCleared,
          unknownTimeZones: deals.unknownTimeZones,
        },
        forecast: forecast && { learnt: forecast.learnt, ...forecastSummaryOf(forecast.report) },
      },
    };
  }
}

function upstreamBlocked(leftOut: readonly LeftOut[]) {
  const message = leftOut.map(({ part, reason }) => `${part} was left out: ${reason}`).join('. ');
  return { class: 'rejected', code: 'upstream_blocked', message: `${message}.` };
}

/** Whether this run brought every model that a part reads up to date. */
function isCurrent(name: InsightPartName, { behind }: ModelStep, status: string | undefined): boolean {
  if (status === undefined || status === 'succeeded') return true;
  // Without a word about the models, any of them may be behind.
  if (behind.size === 0) return false;
  const part = INSIGHT_PARTS.find((each) => each.name === name);
  return part?.reads.every((model) => !behind.has(model)) ?? false;
}

/** Components from the most to the least telling: by the distance of the area from a coin toss. */
function summaryOf({ n, nSuccessful, excluded, warnings, components }: InsightReport) {
  const ranking = components
    .map(({ component, auc, aucLow, aucHigh, verdict }) => ({ component, auc, aucLow, aucHigh, verdict }))
    .sort((a, b) => distanceFromHalf(b.auc) - distanceFromHalf(a.auc));
  return { n, nSuccessful, excluded, warnings, ranking };
}

function distanceFromHalf(auc: number | null): number {
  return auc === null ? -1 : Math.abs(auc - 0.5);
}

function modelSummaryOf({ weights }: InsightReport) {
  const { currentVersion, suggestedVersion, suggested, reason } = weights;
  return { currentVersion, suggestedVersion, suggested, reason };
}

function forecastSummaryOf({ learnt, pipeline }: ForecastReport) {
  const { method, reason, skill, coverage, warnings } = learnt;
  const { deals, expectedValue, valueLow, valueHigh } = pipeline;
  return { method, reason, skill, deals, expectedValue, valueLow, valueHigh, coverage, warnings };
}

function withheldByReason(rows: readonly Benchmark[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of rows) if (reason !== null) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
