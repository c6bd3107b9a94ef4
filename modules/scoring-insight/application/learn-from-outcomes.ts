import { DateTime } from 'luxon';
import type { AffinityModel } from '../domain/affinity-model-version.js';
import { decideModelVersions } from '../domain/affinity-model-version.js';
import { suggestWeights } from '../domain/affinity-weights.js';
import { COMPONENTS, type Weights } from '../domain/components.js';
import { assessPredictiveness } from '../domain/predictiveness.js';
import { activeModel, mergeModels, sameModels } from './affinity-models.js';
import { type InsightReport, reportOf, type WeightAdvice } from './insight-report.js';
import type { AffinityModelStore, DatedOutcomeRow, OutcomeStore } from './ports.js';

/** The same two numbers stand in predictiveness-deals.sql, which selects the rows. */
const SCORE_MAX_AGE_DAYS = 180;
const MATURITY_DAYS = 180;

export interface LearnFromOutcomesParts {
  outcomes: OutcomeStore;
  models: AffinityModelStore;
  /** Hold while no model is active. */
  defaultWeights: Weights;
}

/** How well the affinity scores foretold the outcomes, and which weights would have done better. */
export async function learnFromOutcomes(
  { outcomes, models, defaultWeights }: LearnFromOutcomesParts,
  asOf: string,
): Promise<{ report: InsightReport; rowsIn: number; rowsOut: number }> {
  const now = DateTime.fromISO(asOf, { zone: 'utc' });
  const rowsIn = await outcomes.replaceDeals(asOf);
  const [rows, excluded] = [await outcomes.rows(), await outcomes.excluded()];
  const predictiveness = assessPredictiveness({
    rows,
    excluded,
    asOf,
    window: {
      from: earliestStart(rows),
      to: instantOf(now.minus({ days: MATURITY_DAYS })),
      scoreMaxAgeDays: SCORE_MAX_AGE_DAYS,
      maturityDays: MATURITY_DAYS,
    },
  });

  // A deal that matures at noon must not give the same day two suggestions.
  const matured = now.startOf('day').minus({ days: MATURITY_DAYS });
  const learnt = rows.filter((row) => DateTime.fromISO(row.startedAt) <= matured);
  const { advice, written } = await adviseWeights(models, learnt, defaultWeights, now);
  const report = reportOf(predictiveness, advice);
  const saved = await outcomes.saveReport(report);
  return { report, rowsIn, rowsOut: rowsIn + written + saved };
}

async function adviseWeights(
  store: AffinityModelStore,
  rows: readonly DatedOutcomeRow[],
  defaultWeights: Weights,
  now: DateTime,
): Promise<{ advice: WeightAdvice; written: number }> {
  const stored = await store.stored();
  const known = mergeModels(stored, await store.inGraph());
  const active = activeModel(known);
  const current = active?.weights ?? defaultWeights;
  const suggestion = suggestWeights({ rows, current });
  const decision = decideModelVersions(
    known,
    suggestion.status === 'suggested' ? suggestion : null,
    instantOf(now.startOf('day')),
  );
  const evidence =
    decision.created === null
      ? null
      : { version: decision.created, json: JSON.stringify(suggestion.evidence) };
  const written = sameModels(stored, decision.models)
    ? 0
    : await store.replace(decision.models, evidence, instantOf(now));
  const carrier =
    suggestion.status === 'suggested' ? carrierOf(decision.models, suggestion.weights) : undefined;
  const wasRejected = carrier?.status === 'rejected';
  return {
    advice: {
      current,
      currentVersion: active?.version ?? null,
      suggested: wasRejected ? null : (carrier?.weights ?? null),
      suggestedVersion: wasRejected ? null : (carrier?.version ?? null),
      reason: suggestion.status === 'none' ? suggestion.reason : wasRejected ? 'rejected_before' : null,
      evidence: { ...suggestion.evidence },
    },
    written,
  };
}

/** The version that carries some weights; the latest one where several do. */
function carrierOf(models: readonly AffinityModel[], weights: Weights): AffinityModel | undefined {
  return models.findLast(({ weights: stored }) =>
    COMPONENTS.every((component) => Math.abs(stored[component] - weights[component]) < 5e-5),
  );
}

function earliestStart(rows: readonly DatedOutcomeRow[]): string | null {
  return rows.reduce<string | null>(
    (earliest, { startedAt }) => (earliest === null || startedAt < earliest ? startedAt : earliest),
    null,
  );
}

function instantOf(instant: DateTime): string {
  const iso = instant.toISO();
  if (iso === null) throw new RangeError('asOf is not an ISO 8601 instant');
  return iso;
}
