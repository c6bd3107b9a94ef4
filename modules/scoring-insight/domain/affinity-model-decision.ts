import { type AffinityModel, isOnTopOf, type ModelStatus } from './affinity-model-version.js';
import type { Weights } from './components.js';

/** What a person may decide about a version. `revoke` takes an active version back for good. */
export type Decision = 'approve' | 'reject' | 'revoke';

export interface DecisionCommand {
  decision: Decision;
  version: number;
  /** The version that the person saw in force, null for the declared weights; left out, it is not compared. */
  activeVersion?: number | null;
}

/** A version as a decision leaves it. Instants in ISO 8601 UTC with microseconds. */
export interface ModelChange {
  version: number;
  status: ModelStatus;
  activatedAt: string | null;
  decidedAt: string;
}

export type DecisionOutcome =
  | { status: 'decided'; changes: ModelChange[] }
  /** It was decided so before; nothing is to be done. */
  | { status: 'unchanged' }
  | { status: 'refused'; code: DecisionRefusal; detail: string };

export type DecisionRefusal =
  'model_unknown' | 'model_not_suggested' | 'model_not_active' | 'model_decision_stale';

/**
 * What a decision changes.
 *
 * approve: suggested -> active, the one that was active -> superseded. reject: suggested -> rejected. revoke: active ->
 * rejected, since what a person took back is not to be suggested again; the version that was in force before it becomes
 * active once more, else the declared weights hold. A decision that already stands changes nothing, so that it may be
 * sent twice. Any other is refused: someone else decided first, the analysis replaced the suggestion, or it was made on top
 * of other weights than those in force by now, so that nobody judged the step that it would take.
 * @param models as known now, at most one of them active
 * @param declared the weights in force while none of them is active
 */
export function decide(
  models: readonly AffinityModel[],
  declared: Weights,
  command: DecisionCommand,
  now: string,
): DecisionOutcome {
  const model = models.find(({ version }) => version === command.version);
  if (model === undefined)
    return refused('model_unknown', `There is no version ${command.version} of the weights.`);
  if (stands(model, command.decision)) return { status: 'unchanged' };

  const active = models.find(({ status }) => status === 'active');
  if (command.activeVersion !== undefined && command.activeVersion !== (active?.version ?? null)) {
    const inForce = active === undefined ? 'the declared weights are' : `version ${active.version} is`;
    return refused('model_decision_stale', `By now ${inForce} in force; look again before you decide.`);
  }
  const wanted = command.decision === 'revoke' ? 'active' : 'suggested';
  if (model.status !== wanted) {
    const code = wanted === 'active' ? 'model_not_active' : 'model_not_suggested';
    const detail = `Version ${model.version} is ${model.status}; only one that is ${wanted} can be ${PAST[command.decision]}.`;
    return refused(code, detail);
  }

  if (command.decision === 'approve' && !isOnTopOf(model.base, active?.weights ?? declared)) {
    const detail = `Version ${model.version} was suggested on top of other weights than those in force by now; the next run suggests anew.`;
    return refused('model_decision_stale', detail);
  }

  const decidedAt = laterThan(models, now);
  const change = ({ version, activatedAt }: AffinityModel, status: ModelStatus): ModelChange => ({
    version,
    status,
    activatedAt,
    decidedAt,
  });
  switch (command.decision) {
    case 'reject':
      return { status: 'decided', changes: [change(model, 'rejected')] };
    case 'approve':
      return {
        status: 'decided',
        changes: [
          { ...change(model, 'active'), activatedAt: decidedAt },
          // A version that was activated by hand in the graph may lack the instant; that it was in force must not be lost.
          ...(active
            ? [{ ...change(active, 'superseded'), activatedAt: active.activatedAt ?? active.createdAt }]
            : []),
        ],
      };
    case 'revoke': {
      const before = lastInForce(models);
      return {
        status: 'decided',
        changes: [
          { ...change(model, 'rejected'), activatedAt: model.activatedAt ?? model.createdAt },
          ...(before ? [{ ...change(before, 'active'), activatedAt: decidedAt }] : []),
        ],
      };
    }
  }
}

/** The same models with changes laid over them; those that the models' own decisions are later than are ignored. */
export function withChanges(
  models: readonly AffinityModel[],
  changes: readonly ModelChange[],
): AffinityModel[] {
  return models.map((model) =>
    changes
      .filter(({ version }) => version === model.version)
      .reduce(
        (known, { status, activatedAt, decidedAt }) =>
          known.decidedAt === null || known.decidedAt < decidedAt
            ? { ...known, status, activatedAt, decidedAt }
            : known,
        model,
      ),
  );
}

const PAST: Record<Decision, string> = { approve: 'approved', reject: 'rejected', revoke: 'revoked' };

function refused(code: DecisionRefusal, detail: string): DecisionOutcome {
  return { status: 'refused', code, detail };
}

/** A rejected version that was in force once was revoked. */
function stands({ status, activatedAt }: AffinityModel, decision: Decision): boolean {
  if (decision === 'approve') return status === 'active';
  return status === 'rejected' && (activatedAt !== null) === (decision === 'revoke');
}

/** Of the versions that were in force and were not taken back, the last. */
function lastInForce(models: readonly AffinityModel[]): AffinityModel | undefined {
  return models
    .filter(({ status, activatedAt }) => status === 'superseded' && activatedAt !== null)
    .reduce<AffinityModel | undefined>(
      (last, model) =>
        last && Date.parse(last.activatedAt!) >= Date.parse(model.activatedAt!) ? last : model,
      undefined,
    );
}

/** `now`, or just after the latest decision: decisions keep their order even where a clock steps back. */
function laterThan(models: readonly AffinityModel[], now: string): string {
  const last = Math.max(
    -Infinity,
    ...models.map(({ decidedAt }) => Date.parse(decidedAt ?? '')).filter(Number.isFinite),
  );
  const at = new Date(Math.max(Date.parse(now), last + 1)).toISOString();
  return at.replace('Z', '000Z');
}
