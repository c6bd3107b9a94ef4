import { canonicalText } from './canonical-text.js';
import type { MappedColumn, SyncDefinition } from './definition.js';
import { fingerprints } from './fingerprint.js';
import type { Hold } from './hold.js';
import { comparedColumns } from './reconciliation.js';

/** Texts by name; null is null. */
export type Texts = Record<string, string | null>;

/** What the model has under a key. */
export interface ModelSide {
  keyHash: string;
  rowHash: string;
  /** Rows with this key; more than one is a duplicate. */
  copies: number;
  /** A key column is null. */
  keyMissing: boolean;
  /** Some of the rows: the columns that the definition reads, and the mapped ones by target. */
  rows: { source: Texts; mapped: Texts }[];
  /** MD5 of the encoding (docs/syncs.md, Fingerprints) of each column that is held against the target, of the first row. */
  prints: Record<string, string>;
}

/** What the warehouse knows of a key. `rowHash` '0' or '1': asked of the target, answer unknown. */
export interface StateRow {
  keyHash: string;
  rowHash: string;
  mappingHash: string;
  deleted: boolean;
  confirmedRun: string;
  confirmedAt: string;
  generation: number;
}

export interface LastReject {
  errorClass: string;
  errorCode: string;
  error: string;
  attempts: number;
  runId: string;
  /** Row hash of what was refused; of several rows with one key another number. */
  payloadHash: string;
  firstRejectedAt: string;
  rejectedAt: string;
  resolvedAt: string | null;
}

export interface LastChange {
  runId: string;
  op: string;
  reason: string;
  rowHash: string;
  generation: number;
  fields: Texts;
  confirmedAt: string;
}

/** Everything that decides what happens to one key. */
export interface ExplanationFacts {
  sync: string;
  /** Texts in the order of the definition's keys. */
  key: string[];
  model: ModelSide | null;
  state: StateRow | null;
  reject: LastReject | null;
  lastChange: LastChange | null;
  /** The run whose stage holds the key: it is at work, or was killed. */
  stagedBy: string | null;
  /** Null: no such row; absent: the target cannot be read. */
  target?: Texts | null;
  paused: { at: string; by: string } | null;
  hold: Hold | null;
}

/**
 * - `new`, `changed`, `mapping_changed`, `gone` (to be deleted), `under_way`: the next run has something to do
 * - `paused`, `held`: it would have, and does not run
 * - `refused`, `duplicate_key`, `null_key`, `waiting`: something is wrong with the row, or there is no place for it
 * - `edited`, `removed`: confirmed, and another in the target since
 * - `unchanged`, `kept` (the mode leaves it alone), `deleted`, `never_seen`: nothing to do
 */
export type ExplanationVerdict =
  | 'new'
  | 'changed'
  | 'mapping_changed'
  | 'gone'
  | 'under_way'
  | 'paused'
  | 'held'
  | 'refused'
  | 'duplicate_key'
  | 'null_key'
  | 'waiting'
  | 'edited'
  | 'removed'
  | 'unchanged'
  | 'kept'
  | 'deleted'
  | 'never_seen';

export interface Verdict {
  verdict: ExplanationVerdict;
  /** Why, and what happens or is to be done next. */
  sentence: string;
}

/** What is true of a row, and what the next run does about it; null: it does nothing. */
interface Finding {
  verdict: ExplanationVerdict;
  state: string;
  next: string | null;
}

/** Why a row was, will be or will not be sent, and what to do about it. Pure. */
export function explanation(definition: SyncDefinition, facts: ExplanationFacts): Verdict {
  const { verdict, state, next } = find(definition, facts);
  if (next === null) return { verdict, sentence: `${state}.` };
  const obstacle = obstacleOf(facts);
  if (obstacle === null) return { verdict, sentence: `${state}: ${next}.` };
  const named = verdict === 'refused' || verdict === 'waiting' ? verdict : obstacle.verdict;
  return { verdict: named, sentence: `${state}, but ${obstacle.text}.` };
}

/**
 * Columns whose value in the target is not the model's, sorted; only those that are written as they are and have one
 * text form (fingerprintColumns), none where the sync only inserts. Pure.
 */
export function differingColumns(
  definition: SyncDefinition,
  prints: Readonly<Record<string, string>>,
  target: Readonly<Texts>,
): string[] {
  return comparedColumns(definition)
    .filter((column) => prints[column.target] !== printOf(column, target[column.target] ?? null))
    .map((column) => column.target)
    .sort();
}

function find(definition: SyncDefinition, facts: ExplanationFacts): Finding {
  const { model, state, stagedBy } = facts;
  if (model?.keyMissing === true) return nullKey(definition, model);
  if (model !== null && model.copies > 1) return duplicateKey(model);
  const settles = model !== null || definition.mode === 'mirror';
  if (settles && stagedBy !== null) return underWay(stagedBy, 'staged this row and has not ended');
  if (settles && state !== null && !state.deleted && isUnknown(state))
    return underWay(state.confirmedRun, 'asked the target for this row and never learnt the answer');
  return model === null ? goneFrom(definition, facts) : present(definition, facts, model);
}

function goneFrom({ mode }: SyncDefinition, { state, reject, target }: ExplanationFacts): Finding {
  const there = isThere(target) ? '; the target has a row with this key, which is not of this sync' : '';
  if (state === null)
    return nothing('never_seen', `Neither the model nor what was confirmed has this key${there}`);
  if (state.deleted)
    return nothing('deleted', `The row left the model and was deleted ${byRun(state)}${there}`);
  if (mode !== 'mirror')
    return nothing('kept', `The row left the model and stays in the target: mode ${mode} deletes nothing`);
  if (isOpen(reject, state.rowHash)) return refused(reject, 'Its delete');
  const removed = target === null ? ', and the target has it no longer' : '';
  return pending('gone', `The row left the model${removed}`, 'the next run deletes it');
}

function present(definition: SyncDefinition, facts: ExplanationFacts, model: ModelSide): Finding {
  const { state, reject } = facts;
  if (definition.mode === 'insert' && state !== null && !state.deleted) return inserted(facts, model, state);
  const found = difference(definition, facts, model);
  if (found === null) return confirmed(definition, facts, model);
  if (isOpen(reject, model.rowHash)) return refused(reject, 'The row');
  const missing = placeMissing(definition, facts.target);
  if (missing === null) return found;
  return pending('waiting', `${found.state} and has no place yet (${missing.reason})`, missing.next);
}

/** What the model has and the target has not confirmed; null when there is nothing. */
function difference(definition: SyncDefinition, facts: ExplanationFacts, model: ModelSide): Finding | null {
  const { state, target } = facts;
  if (state === null || state.deleted) {
    const equal =
      isThere(target) && differingColumns(definition, model.prints, target).length === 0
        ? ', which the target already has'
        : '';
    return pending('new', `The row is new${equal}`, 'the next run sends it');
  }
  if (state.mappingHash !== definition.mappingHash) {
    const since = `The definition's mapping is another than when the row was confirmed ${byRun(state)}`;
    return pending('mapping_changed', since, 'the next run sends the row again');
  }
  if (state.rowHash === model.rowHash) return null;
  const columns = changedColumns(definition, facts, model, state);
  const what = columns.length === 0 ? '' : ` (${columns.join(', ')})`;
  return pending(
    'changed',
    `The model's row changed${what} since it was confirmed ${byRun(state)}`,
    'the next run sends it',
  );
}

/** Model and confirmed state agree; whether the target still does. */
function confirmed(
  definition: SyncDefinition,
  { sync, state, target }: ExplanationFacts,
  model: ModelSide,
): Finding {
  const since = state === null ? '' : ` ${byRun(state)}`;
  const named = definition.keys.map((key) => `--key ${key.target}=...`).join(' ');
  const again = `no run looks at what was confirmed: send the row again with \`sync replay ${sync} ${named}\``;
  if (target === null)
    return nothing(
      'removed',
      `The row was confirmed${since} and somebody removed it from the target; ${again}`,
    );
  const columns = target === undefined ? [] : differingColumns(definition, model.prints, target);
  if (columns.length > 0)
    return nothing(
      'edited',
      `The row was confirmed${since} and somebody changed ${columns.join(', ')} in the target; ${again}`,
    );
  return nothing('unchanged', `The model's row is what the target confirmed${since}; nothing is to be sent`);
}

/** A sync that only inserts has done its work once the row was confirmed. */
function inserted({ target }: ExplanationFacts, model: ModelSide, state: StateRow): Finding {
  if (target === null)
    return nothing(
      'removed',
      `The row was inserted ${byRun(state)} and somebody removed it from the target; mode insert sends a row once`,
    );
  if (state.rowHash === model.rowHash)
    return nothing('unchanged', `The row was inserted ${byRun(state)}; nothing is to be sent`);
  return nothing(
    'kept',
    `The model's row changed since it was inserted ${byRun(state)} and stays as it is in the target: mode insert changes nothing`,
  );
}

function nullKey({ keys }: SyncDefinition, { rows }: ModelSide): Finding {
  const columns = keys
    .filter(({ target }) => (rows[0]?.mapped[target] ?? null) === null)
    .map(({ target }) => target);
  return nothing(
    'null_key',
    `The row is never sent because its key column ${columns.join(', ')} is null; fill it in the model`,
  );
}

function duplicateKey({ copies }: ModelSide): Finding {
  return nothing(
    'duplicate_key',
    `${copies} rows of the model have this key and none is sent; leave one of them in the model`,
  );
}

function underWay(runId: string, what: string): Finding {
  return pending('under_way', `Run ${runId} ${what}`, 'unless it is still at work, the next run settles it');
}

function refused({ errorCode, error, attempts, rejectedAt }: LastReject, what: string): Finding {
  const times = attempts === 1 ? 'once' : `${attempts} times`;
  return pending(
    'refused',
    `${what} was refused ${times}, last at ${rejectedAt} with ${errorCode} (${error.replace(/\.$/, '')})`,
    'mend the row in the model or what the target demands, and the next run tries it again',
  );
}

/** Why the target has no place for the row, as a write would say. */
function placeMissing(
  definition: SyncDefinition,
  target: Texts | null | undefined,
): { reason: string; next: string } | null {
  const { mode, scope, columns } = definition;
  if (target === undefined) return null;
  if (target === null) {
    if (isNodeOfProduct(definition))
      return { reason: 'missing_node', next: 'it goes out when the node is there' };
    if (mode !== 'update') return null;
    return { reason: 'missing_row', next: 'it goes out when the target has a row with this key' };
  }
  const foreign = scope.find(({ column, value }) => {
    const type = columns.find((one) => one.target === column)?.type ?? 'text';
    return canonicalText(type, target[column]) !== canonicalText(type, value);
  });
  if (foreign === undefined) return null;
  const held = JSON.stringify(target[foreign.column] ?? null);
  const next = `the target's row has ${foreign.column} ${held}, and this sync writes ${JSON.stringify(foreign.value)} only`;
  return { reason: 'outside_scope', next };
}

function isNodeOfProduct({ target }: SyncDefinition): boolean {
  return target.kind === 'graph' && target.shape === 'node' && target.existing;
}

/** Which columns differ from what was sent last, as far as the history still knows. */
function changedColumns(
  { columns }: SyncDefinition,
  { lastChange }: ExplanationFacts,
  { rows }: ModelSide,
  { rowHash }: StateRow,
): string[] {
  const mapped = rows[0]?.mapped;
  if (mapped === undefined || lastChange?.rowHash !== rowHash) return [];
  return columns
    .filter(({ compared, target }) => compared && mapped[target] !== lastChange.fields[target])
    .map(({ target }) => target);
}

function obstacleOf({
  sync,
  paused,
  hold,
}: ExplanationFacts): { verdict: 'paused' | 'held'; text: string } | null {
  if (paused !== null)
    return {
      verdict: 'paused',
      text: `${paused.by} paused the sync at ${paused.at}: \`sync resume ${sync}\` lets it run`,
    };
  if (hold === null || hold.state === 'released') return null;
  const what = `run ${hold.runId} was held (${hold.reason})`;
  if (hold.state === 'rejected')
    return {
      verdict: 'held',
      text: `${what} and ${hold.decidedBy ?? 'a person'} rejected it: mend the model`,
    };
  return {
    verdict: 'held',
    text: `${what}: look at it, then \`sync release ${sync}\` or \`sync reject ${sync}\``,
  };
}

function printOf({ target, type }: MappedColumn, text: string | null): string {
  const value = type === 'float' && text !== null ? Number(text) : text;
  return fingerprints([], [[target, canonicalText(type, value)]]).row;
}

/** No real row has these hashes. */
const isUnknown = ({ rowHash }: StateRow): boolean => rowHash === '0' || rowHash === '1';

const isThere = (target: Texts | null | undefined): target is Texts =>
  target !== null && target !== undefined;

const isOpen = (reject: LastReject | null, rowHash: string): reject is LastReject =>
  reject !== null && reject.resolvedAt === null && reject.payloadHash === rowHash;

const byRun = ({ confirmedAt, confirmedRun }: StateRow): string => `at ${confirmedAt} by run ${confirmedRun}`;

const nothing = (verdict: ExplanationVerdict, state: string): Finding => ({ verdict, state, next: null });

const pending = (verdict: ExplanationVerdict, state: string, next: string): Finding => ({
  verdict,
  state,
  next,
});
