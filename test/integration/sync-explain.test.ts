import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { type Explanation, ExplainSync } from '../../modules/sync/application/explain-sync.js';
import type { SyncTarget } from '../../modules/sync/application/ports.js';
import type { SyncDefinition } from '../../modules/sync/index.js';
import { ClickHouseExplanations } from '../../modules/sync/infrastructure/explanations/clickhouse-explanations.js';
import { GraphTarget } from '../../modules/sync/infrastructure/graph-target/graph-target.js';
import { PostgresTarget } from '../../modules/sync/infrastructure/postgres-target/postgres-target.js';
import { AppError } from '../../src/kernel/errors.js';
import { definition, SyncFixture } from './sync-fixture.js';
import { MAPPING, Probe, type ProbeRow } from './sync-probe.js';

jest.setTimeout(120_000);
let stores: SyncFixture;
beforeAll(async () => {
  stores = await SyncFixture.open();
}, 120_000);
afterAll(() => stores.close());

const oneRow = z.object({ one: z.unknown() });
const NOW = '2026-01-02T00:00:00.000Z';
const blind: SyncTarget = {
  batchSize: 1,
  check: () => Promise.resolve([]),
  write: () => Promise.reject(new Error('unused')),
};
const explain = async (of: SyncDefinition, ...key: string[]): Promise<Explanation> =>
  await new ExplainSync({
    targets: {
      postgres: new PostgresTarget(stores.postgres),
      graph: new GraphTarget(stores.graph),
      webhook: blind,
    },
    rows: new ClickHouseExplanations(stores.clickhouse),
    controls: stores.syncs([of]).controls,
  }).explain(of, key);
const verdictOf = async (of: SyncDefinition, ...key: string[]) => (await explain(of, ...key)).verdict;

/** Values whose text differs between the stores. */
const hostile: ProbeRow = {
  id: 'a',
  part: 'x',
  body: `it's "so"\n\t\\ ü`,
  extra: null,
  big: '9007199254740993',
  amount: '1.500000000000000001',
  ratio: 1e21,
  flag: true,
  at: '2026-01-01T00:00:00.000001Z',
  day: '1969-12-31',
  doc: '{"b": 1.10, "a": null}',
};

describe('what the model and the target say of a row', () => {
  it('new, unchanged, changed, gone, deleted, never seen', async () => {
    const probe = await Probe.create(stores, 'ex_life');
    const sync = probe.definition;
    await probe.setModel([hostile]);
    expect(await explain(sync, 'a', 'x')).toMatchObject({
      verdict: 'new',
      state: null,
      reject: null,
      lastChange: null,
      stagedBy: null,
      target: null,
    });
    await stores.sync(sync);
    const confirmed = await explain(sync, 'a', 'x');
    expect(confirmed).toMatchObject({
      verdict: 'unchanged',
      key: ['a', 'x'],
      model: {
        copies: 1,
        keyMissing: false,
        rows: [
          {
            source: { id: 'a', body: hostile.body, big: '9007199254740993', doc: hostile.doc },
            mapped: { id: 'a', body: hostile.body, extra: null, flag: 'true', day: '1969-12-31' },
          },
        ],
      },
      state: { deleted: false, generation: 1, mappingHash: sync.mappingHash },
      lastChange: { op: 'insert', reason: '', generation: 1, fields: { body: hostile.body, extra: null } },
      target: { id: 'a', body: hostile.body, amount: '1.500000000000000001', at: hostile.at },
    });
    expect(confirmed.state?.rowHash).toBe(confirmed.model?.rowHash);
    expect(confirmed.state?.keyHash).toBe(confirmed.model?.keyHash);
    expect(confirmed.lastChange?.runId).toBe(confirmed.state?.confirmedRun);

    await probe.setModel([{ ...hostile, body: 'other', as_of: '2027-01-01T00:00:00Z' }]);
    const changed = await explain(sync, 'a', 'x');
    expect(changed.verdict).toBe('changed');
    expect(changed.sentence).toMatch(/^The model's row changed \(body\) since it was confirmed at 2\d{3}-/);

    await probe.setModel([]);
    expect(await explain(sync, 'a', 'x')).toMatchObject({ verdict: 'gone', model: null });
    expect(await verdictOf(probe.define('ex_life', { mode: 'upsert' }), 'a', 'x')).toBe('kept');
    await stores.sync(sync);
    expect(await explain(sync, 'a', 'x')).toMatchObject({
      verdict: 'deleted',
      state: { deleted: true },
      lastChange: { op: 'delete' },
      target: null,
    });
    expect(await explain(sync, 'nobody', 'x')).toMatchObject({ verdict: 'never_seen', state: null });
  });

  it('another mapping', async () => {
    const probe = await Probe.create(stores, 'ex_mapping');
    await probe.setModel([hostile]);
    await stores.sync(probe.definition);
    const { extra: _extra, ...fewer } = MAPPING;
    expect(await verdictOf(probe.define('ex_mapping', { mapping: fewer }), 'a', 'x')).toBe('mapping_changed');
  });

  it('somebody else changed or removed what was confirmed', async () => {
    const probe = await Probe.create(stores, 'ex_edited');
    await probe.setModel([hostile]);
    await stores.sync(probe.definition);
    await stores.postgres.execute(`UPDATE ${probe.table} SET as_of = now(), doc = '{}'`);
    expect(await verdictOf(probe.definition, 'a', 'x')).toBe('unchanged');
    await stores.postgres.execute(
      `UPDATE ${probe.table} SET at = at + interval '1 microsecond', ratio = 1.0000000000000002e21`,
    );
    const edited = await explain(probe.definition, 'a', 'x');
    expect([edited.verdict, edited.sentence]).toEqual([
      'edited',
      expect.stringContaining(
        'somebody changed at, ratio in the target; no run looks at what was confirmed: send the row again with `sync replay ex_edited --key id=... --key part=...`',
      ),
    ]);
    await stores.postgres.execute(`DELETE FROM ${probe.table}`);
    expect(await verdictOf(probe.definition, 'a', 'x')).toBe('removed');
    await stores.sync(probe.definition, { selection: { keys: [['a', 'x']] } });
    expect(await verdictOf(probe.definition, 'a', 'x')).toBe('unchanged');
  });
});

describe('rows that do not arrive', () => {
  it('refused, with how often and why, until the row changes', async () => {
    const probe = await Probe.create(stores, 'ex_refused');
    await stores.postgres.execute(`ALTER TABLE ${probe.table} ADD CONSTRAINT refused CHECK (body <> 'bad')`);
    await probe.setModel([hostile, { id: 'b', part: 'x', body: 'bad' }]);
    await stores.sync(probe.definition);
    await stores.sync(probe.definition);
    expect(await explain(probe.definition, 'b', 'x')).toMatchObject({
      verdict: 'refused',
      state: null,
      reject: { errorCode: 'postgres_23514', attempts: 2, resolvedAt: null },
      sentence: expect.stringMatching(/^The row was refused 2 times, last at 2.* with postgres_23514 \(/),
    });
    expect(await verdictOf(probe.definition, 'a', 'x')).toBe('unchanged');
    await probe.setModel([hostile, { id: 'b', part: 'x', body: 'better' }]);
    expect(await verdictOf(probe.definition, 'b', 'x')).toBe('new');
    await stores.sync(probe.definition);
    expect(await explain(probe.definition, 'b', 'x')).toMatchObject({
      verdict: 'unchanged',
      reject: { resolvedAt: expect.any(String) },
    });
  });

  it('with a key of several rows, or none', async () => {
    const probe = await Probe.create(stores, 'ex_odd');
    await probe.setModel([
      ...Array.from({ length: 12 }, (_row, index) => ({ id: 'twice', part: 'x', body: `${index}` })),
      { id: null, part: 'x', body: 'null' },
      { id: '', part: 'y', body: 'empty' },
      { id: null, part: 'y', body: 'null' },
    ]);
    await stores.sync(probe.definition);
    const twice = await explain(probe.definition, 'twice', 'x');
    expect(twice).toMatchObject({
      verdict: 'duplicate_key',
      model: { copies: 12 },
      reject: { errorCode: 'duplicate_key', attempts: 1 },
      sentence: '12 rows of the model have this key and none is sent; leave one of them in the model.',
    });
    expect(twice.model?.rows.length).toBe(10);
    expect(await explain(probe.definition, '', 'x')).toMatchObject({
      verdict: 'null_key',
      model: { rows: [{ source: { id: null, body: 'null' } }] },
      reject: { errorCode: 'null_key' },
      sentence: 'The row is never sent because its key column id is null; fill it in the model.',
    });
    // The empty text is a key like any other, and stands before the null.
    expect(await explain(probe.definition, '', 'y')).toMatchObject({
      verdict: 'unchanged',
      reject: null,
      model: { copies: 1, rows: [{ source: { id: '', body: 'empty' } }] },
    });
  });

  it('without a place in the target', async () => {
    const probe = await Probe.create(stores, 'ex_waiting');
    const update = probe.define('ex_waiting', { mode: 'update' });
    await probe.setModel([hostile]);
    await stores.sync(update);
    expect(await explain(update, 'a', 'x')).toMatchObject({
      verdict: 'waiting',
      state: null,
      sentence: expect.stringContaining('(missing_row)'),
    });
  });

  it('while a sync is paused or held', async () => {
    const probe = await Probe.create(stores, 'ex_held');
    const guarded = probe.define('ex_held', { more: [] });
    await probe.setModel([hostile]);
    await stores.sync(guarded);
    await probe.setModel([]);
    expect((await stores.sync(guarded)).status).toBe('held');
    expect(await explain(guarded, 'a', 'x')).toMatchObject({ verdict: 'held', hold: { deletes: 1 } });
    const { controls } = stores.syncs([guarded]);
    await controls.pause('ex_held', { by: 'ann', now: NOW });
    expect(await explain(guarded, 'a', 'x')).toMatchObject({ verdict: 'paused', paused: { by: 'ann' } });
    await controls.resume('ex_held');
    await controls.release('ex_held', { by: 'ann', now: NOW });
    expect(await verdictOf(guarded, 'a', 'x')).toBe('gone');
  });
});

describe('what a run left open', () => {
  it.each(['before commit', 'before confirm'] as const)('killed %s', async (kill) => {
    const name = `ex_killed_${kill.replace(' ', '_')}`;
    const probe = await Probe.create(stores, name);
    await probe.setModel([hostile]);
    await stores.sync(probe.definition);
    await probe.setModel([{ ...hostile, body: 'changed' }]);
    await stores.runAndKill([probe.definition], kill);
    // Back to what was confirmed: only the stage knows that the target may hold something else.
    await probe.setModel([hostile]);
    const open = await explain(probe.definition, 'a', 'x');
    expect([open.verdict, open.stagedBy]).toEqual(['under_way', expect.any(String)]);
    expect(await explain(probe.definition, 'nobody', 'x')).toMatchObject({ stagedBy: null });
    await stores.sync(probe.definition);
    expect(await explain(probe.definition, 'a', 'x')).toMatchObject({ verdict: 'unchanged', stagedBy: null });
  });

  it('without an answer of the target', async () => {
    const probe = await Probe.create(stores, 'ex_no_answer');
    await probe.setModel([hostile]);
    const lost = new AppError({ class: 'transient', source: 'postgres', code: 'gone', message: 'gone' });
    const postgres = { ...blind, write: () => Promise.reject(lost) };
    await stores.sync(probe.definition, { targets: { postgres }, backoff: () => Promise.resolve() });
    expect(await explain(probe.definition, 'a', 'x')).toMatchObject({
      verdict: 'under_way',
      stagedBy: null,
      state: { rowHash: '0', deleted: false },
    });
    await stores.sync(probe.definition);
    expect(await verdictOf(probe.definition, 'a', 'x')).toBe('unchanged');
  });
});

describe('keys and targets', () => {
  it('needs a whole key', async () => {
    const probe = await Probe.create(stores, 'ex_key');
    await expect(explain(probe.definition, 'a')).rejects.toMatchObject({
      class: 'rejected',
      code: 'key_incomplete',
      message: 'A key of sync ex_key has 2 values (id, part), not 1.',
    });
  });

  it('reads a SELECT as the model, keys as data, uuids in any case, and no webhook', async () => {
    const id = randomUUID();
    const hook = definition(`
name: ex_hook
sql: SELECT toUUID('${id}') AS id, 'it''s' AS "of", number AS n FROM numbers(1)
mode: upsert
key: [id, of]
target: { kind: webhook, url: https://example.com/hook, secret: CRM }
mapping:
  id: uuid
  of: text
  n: integer
  label: { template: "{{n}} of {{id}}", type: text }
`);
    const found = await explain(hook, id.toUpperCase(), `it's`);
    expect(found).toMatchObject({
      verdict: 'new',
      model: {
        rows: [
          {
            source: { id, of: `it's`, n: '0' },
            mapped: { id, of: `it's`, n: '0', label: `0 of ${id}` },
          },
        ],
      },
    });
    expect('target' in found).toBe(false);
    expect(await verdictOf(hook, id, `' OR 1 = 1 --`)).toBe('never_seen');
  });

  it('reads a node of the graph', async () => {
    await stores.clickhouse.command(
      `CREATE TABLE insight_ex_node (id String, days Int64, ratio Float64, price Decimal(38, 18)) ENGINE = MergeTree ORDER BY id`,
    );
    await stores.clickhouse.insertRows('insight_ex_node', [
      { id: 'n1', days: '3', ratio: 0.1, price: '2.50' },
      { id: 'n2', days: '3', ratio: 1, price: '2' },
    ]);
    const node = definition(`
name: ex_node
model: insight_ex_node
mode: mirror
key: [id]
target: { kind: graph, node: { label: Entity, existing: true } }
mapping:
  id: text
  insightDays: { from: days, type: integer }
  insightRatio: { from: ratio, type: float }
  insightPrice: { from: price, type: decimal }
`);
    await stores.graph.write(`CREATE (e:Entity {id: 'n1'}) RETURN 1 AS one`, {}, oneRow);
    await stores.sync(node);
    expect(await verdictOf(node, 'n1')).toBe('unchanged');
    expect(await explain(node, 'n2')).toMatchObject({
      verdict: 'waiting',
      target: null,
      sentence: expect.stringContaining('(missing_node)'),
    });
    await stores.graph.write(`MATCH (e:Entity {id: 'n1'}) SET e.insightDays = 4 RETURN 1 AS one`, {}, oneRow);
    expect((await explain(node, 'n1')).sentence).toContain('somebody changed insightDays in the target');
  });
});
