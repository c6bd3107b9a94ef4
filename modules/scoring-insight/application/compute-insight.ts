import type { RunContext, StepOutcome } from '../../../src/kernel/progress.js';
import type { Benchmark } from '../domain/benchmarks.js';
import { awardBadges, benchmarkEntities, type BenchmarkEntitiesParts } from './benchmark-entities.js';
import type { InsightReport } from './insight-report.js';
import { learnFromOutcomes, type LearnFromOutcomesParts } from './learn-from-outcomes.js';
import type { SuccessStore } from './ports.js';
import { watchDeals, type WatchDealsParts } from './watch-deals.js';

export type ComputeInsightParts = LearnFromOutcomesParts &
  BenchmarkEntitiesParts &
  WatchDealsParts & { success: SuccessStore };

const PHASES = ['predictiveness', 'benchmarks', 'badges', 'success signals', 'deal health'] as const;

/**
 * The insight step: what the model's tables teach, for one asOf. Its parts stand on their own and repeat harmlessly:
 * killed anywhere, the next run ends in the same tables.
 * @throws AppError of the stores; an aborted run throws the signal's reason between two parts
 */
export class ComputeInsight {
  constructor(private readonly parts: ComputeInsightParts) {}

  async execute(context: RunContext): Promise<StepOutcome> {
    const { parts } = this;
    const { asOf } = context;
    let done = 0;
    const phase = async <T>(work: () => Promise<T>): Promise<T> => {
      context.signal.throwIfAborted();
      context.onProgress({ phase: PHASES[done] ?? 'insight', done, total: PHASES.length });
      const result = await work();
      done += 1;
      return result;
    };

    const learnt = await phase(() => learnFromOutcomes(parts, asOf));
    const model = context.earlier?.get('model')?.status ?? 'succeeded';
    const compared = await phase(() => benchmarkEntities(parts, asOf, model === 'succeeded'));
    const badges = await phase(() => awardBadges(parts, compared.rows, asOf));
    const entitySignals = await phase(() => parts.success.replaceEntities(asOf));
    const pairSignals = await parts.success.replacePairs(asOf);
    const deals = await phase(() => watchDeals(parts, asOf));
    context.onProgress({ phase: 'insight', done, total: PHASES.length });

    return {
      status: 'succeeded',
      rowsIn: learnt.rowsIn + compared.rowsIn + badges.rowsIn + deals.rowsIn,
      rowsOut:
        learnt.rowsOut + compared.rowsOut + badges.rowsOut + entitySignals + pairSignals + deals.rowsOut,
      rejected: 0,
      detail: {
        predictiveness: summaryOf(learnt.report),
        affinityModel: modelSummaryOf(learnt.report),
        benchmarks: {
          rows: compared.rows.length,
          period: compared.period,
          published: compared.published,
          withheld: withheldByReason(compared.rows),
        },
        badges: { held: badges.held, events: badges.events },
        successSignals: { entities: entitySignals, pairs: pairSignals },
        stalled: {
          open: deals.open,
          warn: deals.warn,
          critical: deals.critical,
          signalsRaised: deals.signalsRaised,
          signalsCleared: deals.signalsCleared,
          unknownTimeZones: deals.unknownTimeZones,
        },
      },
    };
  }
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

function withheldByReason(rows: readonly Benchmark[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of rows) if (reason !== null) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
