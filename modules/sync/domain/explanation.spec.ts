import { describe, expect, it } from '@jest/globals';
import {
  type ExplanationFacts,
  differingColumns,
  explanation,
  type ExplanationVerdict,
} from './explanation.js';
import { fingerprints } from './fingerprint.js';
import { parseSyncDefinition } from './parse-definition.js';

const define = (mode = 'mirror', more = '') =>
  parseSyncDefinition(
    `
name: health
model: insight_health
mode: ${mode}
key: [deal]
target: { kind: postgres, table: insights.health }
mapping: { deal: text, days: integer, score: float, price: decimal, seen: instant }
ignore: [seen]
${more}`,
    'health.yaml',
  );
const mirror = define();

const print = (column: string, text: string | null) => fingerprints([], [[column, text]]).row;
const model: NonNullable<ExplanationFacts['model']> = {
  keyHash: '7',
  rowHash: '100',
  copies: 1,
  keyMissing: false,
  rows: [
    {
      source: { deal: 'a', days: '3' },
      mapped: { deal: 'a', days: '3', score: '0.25', price: '1.50', seen: '2026-01-01 00:00:00.000000' },
    },
  ],
  prints: {
    days: print('days', '3'),
    score: print('score', '3fd0000000000000'),
    price: print('price', '1.5'),
  },
};
const state: NonNullable<ExplanationFacts['state']> = {
  keyHash: '7',
  rowHash: '100',
  mappingHash: mirror.mappingHash,
  deleted: false,
  confirmedRun: 'r-1',
  confirmedAt: '2026-01-02T00:00:00.000000Z',
  generation: 1,
};
const target = { deal: 'a', days: '3', score: '0.25', price: '1.5', seen: '2020-01-01T00:00:00.000000Z' };
const reject: NonNullable<ExplanationFacts['reject']> = {
  errorClass: 'rejected',
  errorCode: 'postgres_23514',
  error: 'days is too small.',
  attempts: 3,
  runId: 'r-2',
  payloadHash: '100',
  firstRejectedAt: '2026-01-01T00:00:00.000000Z',
  rejectedAt: '2026-01-03T00:00:00.000000Z',
  resolvedAt: null,
};
const lastChange: NonNullable<ExplanationFacts['lastChange']> = {
  runId: 'r-1',
  op: 'insert',
  reason: '',
  rowHash: '100',
  generation: 1,
  fields: { deal: 'a', days: '2', score: '0.25', price: '1.50', seen: '2025-01-01 00:00:00.000000' },
  confirmedAt: '2026-01-02T00:00:00.000000Z',
};
const paused = { at: '2026-02-01T00:00:00.000Z', by: 'ann' };
const hold: NonNullable<ExplanationFacts['hold']> = {
  sync: 'health',
  runId: 'r-9',
  mappingHash: mirror.mappingHash,
  creates: 0,
  updates: 0,
  deletes: 9,
  reason: 'guard: it would delete 9 of 10 rows',
  heldAt: '2026-02-01T00:00:00.000Z',
  state: 'held',
  decidedBy: null,
  decidedAt: null,
};
const facts = (some: Partial<ExplanationFacts>): ExplanationFacts => ({
  sync: 'health',
  key: ['a'],
  model,
  state,
  reject: null,
  lastChange: null,
  stagedBy: null,
  target,
  paused: null,
  hold: null,
  ...some,
});
const fresh = { state: null, target: null };
const at = 'at 2026-01-02T00:00:00.000000Z by run r-1';
const replay =
  'no run looks at what was confirmed: send the row again with `sync replay health --key deal=...`.';

describe('explanation', () => {
  it.each<[ExplanationVerdict, Partial<ExplanationFacts>, string]>([
    ['unchanged', {}, `The model's row is what the target confirmed ${at}; nothing is to be sent.`],
    ['new', fresh, 'The row is new: the next run sends it.'],
    ['new', { state: null }, 'The row is new, which the target already has: the next run sends it.'],
    ['new', { state: { ...state, deleted: true }, target: null }, 'The row is new: the next run sends it.'],
    [
      'changed',
      { state: { ...state, rowHash: '99' } },
      `The model's row changed since it was confirmed ${at}: the next run sends it.`,
    ],
    [
      'changed',
      { state: { ...state, rowHash: '99' }, lastChange: { ...lastChange, rowHash: '99' } },
      `The model's row changed (days) since it was confirmed ${at}: the next run sends it.`,
    ],
    [
      'mapping_changed',
      { state: { ...state, mappingHash: 'other' } },
      `The definition's mapping is another than when the row was confirmed ${at}: the next run sends the row again.`,
    ],
    [
      'refused',
      { ...fresh, reject },
      'The row was refused 3 times, last at 2026-01-03T00:00:00.000000Z with postgres_23514 (days is too small): mend the row in the model or what the target demands, and the next run tries it again.',
    ],
    [
      'refused',
      { model: null, reject: { ...reject, attempts: 1 } },
      'Its delete was refused once, last at 2026-01-03T00:00:00.000000Z with postgres_23514 (days is too small): mend the row in the model or what the target demands, and the next run tries it again.',
    ],
    ['new', { ...fresh, reject: { ...reject, payloadHash: '5' } }, 'The row is new: the next run sends it.'],
    [
      'new',
      { ...fresh, reject: { ...reject, resolvedAt: '2026-01-04T00:00:00.000000Z' } },
      'The row is new: the next run sends it.',
    ],
    [
      'duplicate_key',
      { model: { ...model, copies: 2 } },
      '2 rows of the model have this key and none is sent; leave one of them in the model.',
    ],
    [
      'null_key',
      { model: { ...model, keyMissing: true, rows: [{ source: {}, mapped: { deal: null } }] } },
      'The row is never sent because its key column deal is null; fill it in the model.',
    ],
    ['gone', { model: null }, 'The row left the model: the next run deletes it.'],
    [
      'gone',
      { model: null, target: null },
      'The row left the model, and the target has it no longer: the next run deletes it.',
    ],
    [
      'deleted',
      { model: null, target: null, state: { ...state, deleted: true } },
      `The row left the model and was deleted ${at}.`,
    ],
    ['never_seen', { ...fresh, model: null }, 'Neither the model nor what was confirmed has this key.'],
    [
      'never_seen',
      { model: null, state: null },
      'Neither the model nor what was confirmed has this key; the target has a row with this key, which is not of this sync.',
    ],
    [
      'under_way',
      { state: { ...state, rowHash: '0' } },
      'Run r-1 asked the target for this row and never learnt the answer: unless it is still at work, the next run settles it.',
    ],
    [
      'under_way',
      { model: null, state: { ...state, rowHash: '1' } },
      'Run r-1 asked the target for this row and never learnt the answer: unless it is still at work, the next run settles it.',
    ],
    [
      'under_way',
      { stagedBy: 'r-3' },
      'Run r-3 staged this row and has not ended: unless it is still at work, the next run settles it.',
    ],
    [
      'edited',
      { target: { ...target, days: '4', price: null } },
      `The row was confirmed ${at} and somebody changed days, price in the target; ${replay}`,
    ],
    [
      'removed',
      { target: null },
      `The row was confirmed ${at} and somebody removed it from the target; ${replay}`,
    ],
    [
      'paused',
      { ...fresh, paused, hold },
      'The row is new, but ann paused the sync at 2026-02-01T00:00:00.000Z: `sync resume health` lets it run.',
    ],
    [
      'held',
      { model: null, hold },
      'The row left the model, but run r-9 was held (guard: it would delete 9 of 10 rows): look at it, then `sync release health` or `sync reject health`.',
    ],
    [
      'held',
      { model: null, hold: { ...hold, state: 'rejected', decidedBy: 'bob' } },
      'The row left the model, but run r-9 was held (guard: it would delete 9 of 10 rows) and bob rejected it: mend the model.',
    ],
    [
      'refused',
      { ...fresh, reject: { ...reject, attempts: 1 }, paused },
      'The row was refused once, last at 2026-01-03T00:00:00.000000Z with postgres_23514 (days is too small), but ann paused the sync at 2026-02-01T00:00:00.000Z: `sync resume health` lets it run.',
    ],
    [
      'gone',
      { model: null, hold: { ...hold, state: 'released', decidedBy: 'bob' } },
      'The row left the model: the next run deletes it.',
    ],
    [
      'unchanged',
      { paused, hold },
      `The model's row is what the target confirmed ${at}; nothing is to be sent.`,
    ],
  ])('%s', (verdict, some, sentence) => {
    expect(explanation(mirror, facts(some))).toEqual({ verdict, sentence });
  });

  it('says nothing of a target that cannot be read', () => {
    const { target: _target, ...unread } = facts({});
    expect(explanation(mirror, unread).verdict).toBe('unchanged');
    expect(explanation(mirror, { ...unread, state: null }).sentence).toBe(
      'The row is new: the next run sends it.',
    );
  });

  it('keeps what left the model where the mode deletes nothing, known or not', () => {
    const kept = {
      verdict: 'kept',
      sentence: 'The row left the model and stays in the target: mode upsert deletes nothing.',
    };
    const upsert = define('upsert');
    expect(explanation(upsert, facts({ model: null }))).toEqual(kept);
    expect(explanation(upsert, facts({ model: null, state: { ...state, rowHash: '0' } }))).toEqual(kept);
  });

  it('leaves a row of a sync that only inserts alone, whatever the model says since', () => {
    const insert = define('insert');
    const verdictOf = (some: Partial<ExplanationFacts>) => explanation(insert, facts(some)).verdict;
    expect(verdictOf({})).toBe('unchanged');
    expect(verdictOf({ target: { ...target, days: '4' } })).toBe('unchanged');
    expect(verdictOf({ state: { ...state, rowHash: '99', mappingHash: 'other' } })).toBe('kept');
    expect(verdictOf({ target: null })).toBe('removed');
    expect(verdictOf(fresh)).toBe('new');
  });

  it('waits for a row that an update finds missing, before and after it was confirmed', () => {
    const update = define('update');
    expect(explanation(update, facts(fresh))).toEqual({
      verdict: 'waiting',
      sentence:
        'The row is new and has no place yet (missing_row): it goes out when the target has a row with this key.',
    });
    const changed = { ...state, mappingHash: update.mappingHash, rowHash: '99' };
    expect(explanation(update, facts({ state: changed, target: null })).verdict).toBe('waiting');
    expect(explanation(update, facts({ state: changed })).verdict).toBe('changed');
  });

  it('waits for a node of the product', () => {
    const node = parseSyncDefinition(
      `
name: health
model: insight_health
mode: mirror
key: [id]
target: { kind: graph, node: { label: Entity, existing: true } }
mapping: { id: text, insightDays: integer }`,
      'health.yaml',
    );
    expect(explanation(node, facts(fresh))).toEqual({
      verdict: 'waiting',
      sentence: 'The row is new and has no place yet (missing_node): it goes out when the node is there.',
    });
  });

  it('leaves a row of another scope to its owner', () => {
    const scoped = parseSyncDefinition(
      `
name: health
model: insight_health
mode: mirror
key: [deal]
target: { kind: postgres, table: insights.health }
mapping: { deal: text, days: integer, price: { constant: '1.50', type: decimal } }
scope: { price: '1.50' }`,
      'health.yaml',
    );
    expect(explanation(scoped, facts({ state: null })).verdict).toBe('new');
    expect(explanation(scoped, facts({ state: null, target: { ...target, price: '2' } }))).toEqual({
      verdict: 'waiting',
      sentence:
        'The row is new and has no place yet (outside_scope): the target\'s row has price "2", and this sync writes "1.50" only.',
    });
  });
});

describe('differingColumns', () => {
  it.each<[string, Partial<typeof target>, string[]]>([
    ['the same', {}, []],
    ['an ignored column', { seen: '2030-01-01T00:00:00.000000Z' }, []],
    ['another text of the same number', { score: '2.5e-1', price: '1.500' }, []],
    ['every other value', { days: '', score: '0.26', price: '1.51' }, ['days', 'price', 'score']],
  ])('%s', (_what, some, columns) => {
    expect(differingColumns(mirror, model.prints, { ...target, ...some })).toEqual(columns);
  });

  it('a null is no empty text, and a column that is not there is null', () => {
    const prints = { ...model.prints, days: print('days', null) };
    const { days: _days, ...less } = target;
    expect(differingColumns(mirror, prints, less)).toEqual([]);
    expect(differingColumns(mirror, prints, { ...less, days: '' })).toEqual(['days']);
  });
});
