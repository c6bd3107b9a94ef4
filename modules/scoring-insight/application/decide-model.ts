import { AppError } from '../../../src/kernel/errors.js';
import { decide, type DecisionCommand } from '../domain/affinity-model-decision.js';
import type { AffinityModel } from '../domain/affinity-model-version.js';
import type { Weights } from '../domain/components.js';
import { readModels } from './affinity-models.js';
import type { ModelDecisionStore, RecordedDecision } from './ports.js';

/** A version as people see it, with what was decided about it, the oldest decision first. `base` is in the evidence. */
export interface ModelView extends Omit<AffinityModel, 'base'> {
  decisions: RecordedDecision[];
}

export interface DetailedModel extends ModelView {
  /** What the suggestion was based on; null for a version that was made in the graph. */
  evidence: Record<string, unknown> | null;
}

export type DecisionRequest = DecisionCommand & {
  /** Name of the key or of the user who decides. */
  by: string;
  /** In the person's own words; may be empty. */
  reason: string;
};

/** Versions of the affinity weights, and what people decide about them. The next run takes a decision to the graph. */
export class DecideModel {
  /** @param declared the weights in force while no version is */
  constructor(
    private readonly store: ModelDecisionStore,
    private readonly declared: Weights,
  ) {}

  /** Every version, the newest first. */
  async list(): Promise<ModelView[]> {
    const [models, decisions] = [await this.known(), await this.store.decisions()];
    return models.map((model) => viewOf(model, decisions)).reverse();
  }

  /** @throws AppError `model_unknown` (rejected) */
  async show(version: number): Promise<DetailedModel> {
    const model = (await this.known()).find((each) => each.version === version);
    if (model === undefined) throw refusal('model_unknown', `There is no version ${version} of the weights.`);
    const view = viewOf(model, await this.store.decisions());
    return { ...view, evidence: await this.store.evidence(version) };
  }

  /**
   * Decides about a version, one decision at a time whoever asks; `changed` is false where it already stood.
   * @param now ISO 8601 instant
   * @throws AppError (rejected) `model_unknown`, `model_not_suggested`, `model_not_active`, `model_decision_stale`
   */
  async execute(request: DecisionRequest, now: string): Promise<{ changed: boolean; model: DetailedModel }> {
    const changed = await this.store.exclusively(async (stillAlone) => {
      const outcome = decide(await this.known(), this.declared, request, now);
      if (outcome.status === 'refused') throw refusal(outcome.code, outcome.detail);
      if (outcome.status === 'unchanged') return false;
      const { decision, version, by, reason } = request;
      await stillAlone();
      await this.store.append({ decision, version, by, reason, changes: outcome.changes });
      return true;
    });
    return { changed, model: await this.show(request.version) };
  }

  private async known(): Promise<AffinityModel[]> {
    return (await readModels(this.store)).known;
  }
}

function viewOf({ base: _, ...model }: AffinityModel, decisions: readonly RecordedDecision[]): ModelView {
  return { ...model, decisions: decisions.filter(({ version }) => version === model.version) };
}

function refusal(code: string, message: string): AppError {
  return new AppError({ class: 'rejected', source: 'scoring-insight', code, message });
}
