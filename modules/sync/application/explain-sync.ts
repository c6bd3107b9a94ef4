import { AppError } from '../../../src/kernel/errors.js';
import type { SyncDefinition, TargetKind } from '../domain/definition.js';
import { explanation, type ExplanationFacts, type Verdict } from '../domain/explanation.js';
import type { SyncTarget } from './ports.js';
import type { SyncControls } from './sync-controls.js';

/** What the warehouse knows of a key. */
export type WarehouseFacts = Pick<ExplanationFacts, 'model' | 'state' | 'reject' | 'lastChange' | 'stagedBy'>;

export interface Explanations {
  /** `key`: texts in the order of `definition.keys`, as sync_state keeps them. */
  find(definition: SyncDefinition, key: readonly string[]): Promise<WarehouseFacts>;
}

export interface ExplainSyncParts {
  targets: Record<TargetKind, SyncTarget>;
  rows: Explanations;
  controls: Pick<SyncControls, 'paused' | 'held'>;
}

/** All that is known of one row, and what it comes to. */
export type Explanation = ExplanationFacts & Verdict;

/** Says of one row why it was, will be or will not be sent. Reads only; a run at the same time may change what it sees. */
export class ExplainSync {
  constructor(private readonly parts: ExplainSyncParts) {}

  /**
   * `keyTexts` in the order of `definition.keys`; '' stands for null. @throws AppError rejected `key_incomplete` when they
   * are not as many as the key has columns; whatever the target says of texts that are none of its types.
   */
  async explain(definition: SyncDefinition, keyTexts: readonly string[]): Promise<Explanation> {
    const { targets, rows, controls } = this.parts;
    const key = keyOf(definition, keyTexts);
    const warehouse = await rows.find(definition, key);
    const target = targets[definition.target.kind];
    const readable = target.find !== undefined && warehouse.model?.keyMissing !== true;
    const facts: ExplanationFacts = {
      sync: definition.name,
      key,
      ...warehouse,
      ...(readable ? { target: (await target.find?.(definition, key)) ?? null } : {}),
      paused: await controls.paused(definition.name),
      hold: await controls.held(definition.name),
    };
    return { ...explanation(definition, facts), ...facts };
  }
}

function keyOf({ name, keys }: SyncDefinition, texts: readonly string[]): string[] {
  if (texts.length !== keys.length)
    throw new AppError({
      class: 'rejected',
      source: 'sync',
      code: 'key_incomplete',
      message: `A key of sync ${name} has ${keys.length} values (${keys.map(({ target }) => target).join(', ')}), not ${texts.length}.`,
    });
  return texts.map((text, index) => (keys[index]?.type === 'uuid' ? text.toLowerCase() : text));
}
