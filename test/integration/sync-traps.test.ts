import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { PostgresTarget } from '../../modules/sync/infrastructure/postgres-target/postgres-target.js';
import type { SyncTarget } from '../../modules/sync/application/ports.js';
import { AppError } from '../../src/kernel/errors.js';
import { definition, figures, NONE, SyncFixture } from './sync-fixture.js';
import { MAPPING, Probe, type ProbeRow } from './sync-probe.js';

jest.setTimeout(120_000);
let stores: SyncFixture;
beforeAll(async () => {
  stores = await SyncFixture.open();
}, 120_000);
afterAll(() => stores.close());

const rows = (count: number, body = 'fine'): ProbeRow[] =>
  Array.from({ length: count }, (_row, index) => ({ id: `r${index}`, part: 'x', body }));
const refuse = (probe: Probe, check: string) =>
  stores.postgres.execute(`ALTER TABLE ${probe.table} ADD CONSTRAINT refused CHECK (${check})`);
const accept = (probe: Probe) =>
  stores.postgres.execute(`ALTER TABLE ${probe.table} DROP CONSTRAINT refused`);
const openRejects = (sync: string) =>
  stores.clickhouse.rows(
    `SELECT record_key[1] AS id, error_code, attempts FROM sync_rejects WHERE sync = {sync: String} AND isNull(resolved_at) ORDER BY id`,
    { sync },
    z.object({ id: z.string(), error_code: z.string(), attempts: z.number() }),
  );
const signals = (sync: string) =>
  stores.postgres.query(
    `SELECT kind, severity, state FROM insights_ops.signals WHERE subject = $1 ORDER BY kind`,
    [sync],
    z.object({ kind: z.string(), severity: z.string(), state: z.string() }),
  );

describe('rows that a target refuses', () => {
  it('trap 1: a row that was refused once is sent again by every later run until it arrives', async () => {
    const probe = await Probe.create(stores, 'trap_1');
    await refuse(probe, `body <> 'bad'`);
    const model = rows(1000).map((row, index) => (index === 550 ? { ...row, body: 'bad' } : row));
    await probe.setModel(model);
    expect(await stores.sync(probe.definition)).toMatchObject({
      ...NONE,
      inserted: 999,
      failed: 1,
      status: 'partial',
      reason: 'postgres_23514: 1',
    });
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, unchanged: 999, failed: 1 });
    expect(await openRejects('trap_1')).toEqual([{ id: 'r550', error_code: 'postgres_23514', attempts: 2 }]);

    await accept(probe);
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, inserted: 1, unchanged: 999 });
    expect([await probe.differences(model), await openRejects('trap_1')]).toEqual([0, []]);
  });

  it('trap 2: one accepted row of a hundred is 99 failed rows and a partial run', async () => {
    const probe = await Probe.create(stores, 'trap_2');
    await refuse(probe, `id = 'r42'`);
    await probe.setModel(rows(100));
    expect(await stores.sync(probe.definition)).toMatchObject({
      ...NONE,
      inserted: 1,
      failed: 99,
      status: 'partial',
    });
    expect([await probe.keys(), (await openRejects('trap_2')).length]).toEqual([['r42/x'], 99]);
    expect(await signals('trap_2')).toEqual([{ kind: 'failed_sync', severity: 'warn', state: 'active' }]);
  });

  it('never makes a mirror delete healthy rows because a neighbour was refused', async () => {
    const probe = await Probe.create(stores, 'healthy_rows');
    await probe.setModel(rows(1000));
    await stores.sync(probe.definition);
    await refuse(probe, `body <> 'bad'`);
    await probe.setModel(rows(1000).map((row, index) => (index === 550 ? { ...row, body: 'bad' } : row)));
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, unchanged: 999, failed: 1 });
    expect((await probe.keys()).length).toBe(1000);
  });

  it('blocks no later run: others go out, and the refused row stands in a batch of its own', async () => {
    const probe = await Probe.create(stores, 'not_blocked');
    await refuse(probe, `body <> 'bad'`);
    const bad: ProbeRow = { id: 'bad', part: 'x', body: 'bad' };
    await probe.setModel([...rows(500), bad]);
    await stores.sync(probe.definition);
    await probe.setModel([...rows(700), bad]);
    const postgres = new PostgresTarget(stores.postgres);
    const asked = jest.spyOn(postgres, 'write');
    expect(figures(await stores.sync(probe.definition, { targets: { postgres } }))).toEqual({
      ...NONE,
      inserted: 200,
      unchanged: 500,
      failed: 1,
    });
    expect(asked.mock.calls.map(([, , range]) => range.to - range.from)).toEqual([200, 1]);
  });

  it('keeps a refused row with its instants and decimals, and counts its attempts by content', async () => {
    const probe = await Probe.create(stores, 'kept_whole');
    await refuse(probe, `body <> 'bad'`);
    const bad = {
      id: 'bad',
      part: 'x',
      body: 'bad',
      at: '2026-01-01T00:00:00.000001Z',
      amount: '1.000000000000000001',
    };
    await probe.setModel([bad]);
    await stores.sync(probe.definition);
    await stores.sync(probe.definition);
    await probe.setModel([{ ...bad, amount: '2.5' }]);
    await stores.sync(probe.definition);
    const kept = await stores.clickhouse.rows(
      `SELECT JSONExtractString(payload, 'at') AS at, JSONExtractString(payload, 'amount') AS amount, attempts FROM sync_rejects WHERE sync = 'kept_whole'`,
      {},
      z.object({ at: z.string(), amount: z.string(), attempts: z.number() }),
    );
    expect(kept).toEqual([
      { at: '2026-01-01 00:00:00.000001', amount: expect.stringMatching(/^2\.50*$/), attempts: 1 },
    ]);
  });
});

describe('guards', () => {
  it('trap 9: an empty and a shrunken source delete nothing and are held until a person releases them', async () => {
    const probe = await Probe.create(stores, 'trap_9');
    const guarded = probe.define('trap_9', { more: [] });
    await probe.setModel(rows(1000));
    await stores.sync(guarded);
    for (const left of [0, 100]) {
      await probe.setModel([...rows(left), ...(left === 0 ? [] : [{ id: 'new', part: 'x' }])]);
      const outcome = await stores.sync(guarded);
      expect([outcome.status, outcome.error?.code]).toEqual(['held', 'guard_tripped']);
      // The whole run is held: writes too.
      expect([(await probe.keys()).length, outcome.held]).toEqual([1000, left === 0 ? 1000 : 901]);
    }
    expect(await signals('trap_9')).toEqual([{ kind: 'held_sync', severity: 'warn', state: 'active' }]);

    const { controls } = stores.syncs([guarded]);
    await controls.release('trap_9', { by: 'ann', now: '2026-01-02T00:00:00Z' });
    // The release covers what she saw and no more.
    await probe.setModel(rows(50));
    expect((await stores.sync(guarded)).status).toBe('held');
    await probe.setModel(rows(100));
    await controls.release('trap_9', { by: 'ann', now: '2026-01-02T00:00:00Z' });
    expect(await stores.sync(guarded)).toMatchObject({
      ...NONE,
      deleted: 900,
      unchanged: 100,
      status: 'succeeded',
    });
    expect(await signals('trap_9')).toEqual([{ kind: 'held_sync', severity: 'warn', state: 'cleared' }]);
  });

  it('use a release up: the next loss is a new question', async () => {
    const probe = await Probe.create(stores, 'used_up');
    const guarded = probe.define('used_up', { more: [] });
    const { controls } = stores.syncs([guarded]);
    await probe.setModel(rows(1000));
    await stores.sync(guarded);
    await probe.setModel(rows(600));
    expect((await stores.sync(guarded)).status).toBe('held');
    // A part of the rows answers nothing about the whole.
    await stores.sync(guarded, { selection: { keys: [['r1', 'x']] } });
    await controls.release('used_up', { by: 'ann', now: '2026-01-02T00:00:00Z' });
    expect(figures(await stores.sync(guarded))).toEqual({ ...NONE, deleted: 400, unchanged: 600 });
    await probe.setModel(rows(300));
    expect((await stores.sync(guarded)).status).toBe('held');
    expect((await probe.keys()).length).toBe(600);
  });

  it('stop writes as well as deletes', async () => {
    const probe = await Probe.create(stores, 'guarded_writes');
    const guarded = probe.define('guarded_writes', {
      more: ['guard: { updates: { share: 0.1, at_least: 0 } }'],
    });
    await probe.setModel(rows(20));
    await stores.sync(guarded);
    await probe.setModel(rows(20, 'changed'));
    expect((await stores.sync(guarded)).reason).toBe(
      'guard: it would update 20 of 20 rows (100 %), more than 10 %',
    );
    expect(await probe.differences(rows(20))).toBe(0);
    const { controls } = stores.syncs([guarded]);
    await controls.reject('guarded_writes', { by: 'bob', now: '2026-01-02T00:00:00Z' });
    expect((await stores.sync(guarded)).reason).toContain('rejected by a person');
  });
});

describe('a mirror', () => {
  const renaming = (key: string, type: string) =>
    definition(`
name: renamed
model: insight_renamed
mode: mirror
key: [${key}]
target: { kind: postgres, table: insights.renamed }
mapping:
  ${key}: { from: id, type: ${type} }
  body: text
guard: { deletes: { at_least: 0 }, empty: allow }
`);

  it('keeps its rows when a key column is renamed, or gets another type', async () => {
    await stores.clickhouse.command(
      'CREATE TABLE insight_renamed (id Int64, body String) ENGINE = MergeTree ORDER BY id',
    );
    await stores.postgres.execute('CREATE TABLE insights.renamed (id bigint PRIMARY KEY, body text)');
    await stores.clickhouse.insertRows('insight_renamed', [
      { id: 1, body: 'a' },
      { id: 2, body: 'b' },
    ]);
    const count = () => stores.count('SELECT count(*) FROM insights.renamed');
    await stores.sync(renaming('id', 'integer'));
    await stores.postgres.execute('ALTER TABLE insights.renamed RENAME COLUMN id TO deal_id');
    expect(await stores.sync(renaming('deal_id', 'integer'))).toMatchObject({ ...NONE, unchanged: 2 });
    await stores.postgres.execute('ALTER TABLE insights.renamed ALTER COLUMN deal_id TYPE text');
    expect(await stores.sync(renaming('deal_id', 'text'))).toMatchObject({ ...NONE, unchanged: 2 });
    expect([await count(), await stores.confirmed('renamed')]).toEqual([2, 2]);
  });

  it('deletes no row by the text of another key column', async () => {
    const probe = await Probe.create(stores, 'other_key');
    await stores.postgres.execute(`CREATE UNIQUE INDEX ON ${probe.table} (body)`);
    const keyed = (key: string) =>
      definition(
        `name: other_key\nmodel: insight_other_key\nmode: mirror\nkey: [${key}]\ntarget: { kind: postgres, table: insights.other_key }\n` +
          `mapping: { id: text, part: text, body: text, as_of: instant }\nignore: [as_of]\nguard: { deletes: { at_least: 0 }, empty: allow }`,
      );
    await stores.postgres.execute(`CREATE UNIQUE INDEX ON ${probe.table} (id)`);
    await probe.setModel([{ id: 'a', part: 'x', body: 'one' }]);
    await stores.sync(keyed('id'));
    await stores.postgres.execute(
      `INSERT INTO ${probe.table} (id, part, body, as_of) VALUES ('theirs', 'y', 'a', now())`,
    );
    expect(await stores.sync(keyed('body'))).toMatchObject({ ...NONE, unchanged: 1, status: 'succeeded' });
    expect(await probe.keys()).toEqual(['a/x', 'theirs/y']);
  });

  it('lets a unique column move from a row that goes to a row that comes', async () => {
    const probe = await Probe.create(stores, 'moved_unique');
    await stores.postgres.execute(`CREATE UNIQUE INDEX ON ${probe.table} (body)`);
    await probe.setModel([{ id: 'old', part: 'x', body: 'the only one' }]);
    await stores.sync(probe.definition);
    await probe.setModel([{ id: 'new', part: 'x', body: 'the only one' }]);
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, inserted: 1, deleted: 1 });
    expect(await probe.keys()).toEqual(['new/x']);
  });
});

describe('what runs leave behind', () => {
  const stateOf = async (sync: string) => {
    const one = z.object({ hash: z.string() });
    const parts = await Promise.all([
      stores.clickhouse.row(
        `SELECT toString(groupBitXor(cityHash64(*))) AS hash FROM sync_state WHERE sync = {sync: String}`,
        { sync },
        one,
      ),
      stores.clickhouse.row(`SELECT toString(count()) AS hash FROM sync_changelog`, {}, one),
      stores.clickhouse.row(`SELECT toString(count()) AS hash FROM sync_row_rejects`, {}, one),
      ...['sync_runs', 'sync_holds', 'sync_leases', 'signals'].map(async (table) => {
        const [row] = await stores.postgres.query(
          `SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) AS hash FROM insights_ops.${table} t`,
          [],
          one,
        );
        return row;
      }),
    ]);
    return parts.map((part) => part?.hash);
  };

  it('trap 25: a plan moves no state', async () => {
    const probe = await Probe.create(stores, 'trap_25');
    await probe.setModel(rows(50));
    await stores.sync(probe.definition);
    await probe.setModel([...rows(40, 'changed'), { id: null, part: 'x' }]);
    const [before, places] = [await stateOf('trap_25'), await probe.places()];
    const plan = await stores.syncs([probe.definition]).plans.plan(probe.definition, asked());
    expect(plan.counts).toMatchObject({ insert: 0, update: 40, delete: 10, reject: 1 });
    expect([await stateOf('trap_25'), await probe.places()]).toEqual([before, places]);
  });

  it('trap 28: the order of columns and columns that are not mapped change nothing', async () => {
    const probe = await Probe.create(stores, 'trap_28');
    await probe.setModel(rows(10));
    await stores.sync(probe.definition);
    await stores.clickhouse.command(
      `ALTER TABLE ${probe.model} ADD COLUMN unmapped String DEFAULT 'x' FIRST`,
    );
    await stores.clickhouse.command(`ALTER TABLE ${probe.model} MODIFY COLUMN body Nullable(String) FIRST`);
    const reordered = probe.define('trap_28', {
      mapping: Object.fromEntries(Object.entries(MAPPING).reverse()),
    });
    expect(figures(await stores.sync(reordered))).toEqual({ ...NONE, unchanged: 10 });
  });

  it('trap 19: what a run noted before its effect is no proof of the effect', async () => {
    const probe = await Probe.create(stores, 'trap_19');
    await probe.setModel(rows(10));
    await stores.runAndKill([probe.definition], 'before commit');
    expect(await probe.keys()).toEqual([]);
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, inserted: 10 });
  });

  it('trap 20: a target that is down for long loses nothing', async () => {
    const probe = await Probe.create(stores, 'trap_20');
    await probe.setModel(rows(100));
    const real = new PostgresTarget(stores.postgres);
    const down: SyncTarget = {
      batchSize: real.batchSize,
      check: (sync) => real.check(sync),
      write: () => Promise.reject(unreachable()),
    };
    const backoff = () => Promise.resolve();
    for (let run = 0; run < 10; run++) {
      const outcome = await stores.sync(probe.definition, { targets: { postgres: down }, backoff });
      expect([outcome.status, outcome.failed]).toEqual(['failed', 100]);
    }
    expect(await signals('trap_20')).toEqual([
      { kind: 'failed_sync', severity: 'critical', state: 'active' },
    ]);
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, inserted: 100 });
    expect(await probe.differences(rows(100))).toBe(0);
    expect(await signals('trap_20')).toEqual([
      { kind: 'failed_sync', severity: 'critical', state: 'cleared' },
    ]);
  });

  it('trap 32: a cancelled run loses no row', async () => {
    const probe = await Probe.create(stores, 'trap_32');
    const batched = probe.define('trap_32', { more: ['batch_size: 10'] });
    await probe.setModel(rows(100));
    const syncs = stores.syncs([batched]);
    const outcome = await syncs.run.execute(batched, {
      ...asked(),
      runId: randomUUID(),
      trigger: 'manual',
      requestedBy: 'test',
      onProgress: ({ done }) => {
        if (done === 30)
          cancelling = syncs.controls.cancel('trap_32', { by: 'ann', now: '2026-01-02T00:00:00Z' });
      },
    });
    await cancelling;
    expect(outcome).toMatchObject({ status: 'cancelled', reason: expect.stringContaining('cancelled') });
    const written = (await probe.keys()).length;
    expect([written >= 30, written < 100]).toEqual([true, true]);
    expect(figures(await stores.sync(batched))).toEqual({
      ...NONE,
      inserted: 100 - written,
      unchanged: written,
    });
    expect(await probe.differences(rows(100))).toBe(0);
  });
  let cancelling: Promise<unknown> | undefined;

  it('a run whose process is asked to stop is cancelled, and nothing is said to be wrong with the sync', async () => {
    const probe = await Probe.create(stores, 'interrupted');
    const batched = probe.define('interrupted', { more: ['batch_size: 10'] });
    await probe.setModel(rows(50));
    const stop = new AbortController();
    const outcome = await stores.syncs([batched]).run.execute(batched, {
      ...asked(),
      runId: randomUUID(),
      trigger: 'manual',
      requestedBy: 'test',
      signal: stop.signal,
      onProgress: ({ done }) => (done === 20 ? stop.abort() : undefined),
    });
    expect(outcome).toMatchObject({ status: 'cancelled', inserted: 20, error: { code: 'run_interrupted' } });
    expect(await signals('interrupted')).toEqual([]);
    expect(figures(await stores.sync(batched))).toEqual({ ...NONE, inserted: 30, unchanged: 20 });
  });

  it('trap 26: runs, replays and cancels of one sync at the same time leave the target equal to the model', async () => {
    const probe = await Probe.create(stores, 'trap_26');
    const queued = probe.define('trap_26', { more: ['batch_size: 7', 'guard: { empty: allow }'] });
    for (let round = 0; round < 12; round++) {
      const model = rows(40, `round ${round}`);
      await probe.setModel(model);
      const { controls } = stores.syncs([queued]);
      await Promise.all([
        stores.sync(queued),
        stores.sync(queued),
        stores.sync(queued, { selection: { keys: [['r3', 'x']] } }),
        controls.cancel('trap_26', { by: 'ann', now: '2026-01-02T00:00:00Z' }),
      ]);
      await stores.sync(queued);
      expect([await probe.differences(model), await stores.confirmed('trap_26')]).toEqual([0, 40]);
    }
  });

  it('trap 17: of two workers only the holder of the lease writes, however late the other wakes up', async () => {
    const probe = await Probe.create(stores, 'trap_17');
    await probe.setModel(rows(5, 'old'));
    const real = new PostgresTarget(stores.postgres);
    let wake: () => void = () => undefined;
    const asleep = new Promise<void>((resolve) => (wake = resolve));
    let reached: () => void = () => undefined;
    const atWrite = new Promise<void>((resolve) => (reached = resolve));
    const stalled: SyncTarget = {
      batchSize: null,
      check: (sync) => real.check(sync),
      write: async (...args) => {
        reached();
        await asleep;
        return await real.write(...args);
      },
    };
    // Its heartbeat stands still too, as that of a blocked event loop does.
    const leaseTimes = { lastsSeconds: 1, heartbeatMs: 600_000 };
    const first = stores.sync(probe.definition, { targets: { postgres: stalled }, leaseTimes });
    await atWrite;
    await probe.setModel(rows(5, 'new'));
    expect(await stores.sync(probe.definition)).toMatchObject({ status: 'succeeded' });
    const places = await probe.places();
    wake();
    expect(await first).toMatchObject({ status: 'failed', error: { code: 'lease_lost' } });
    expect([await probe.places(), await probe.differences(rows(5, 'new'))]).toEqual([places, 0]);
    expect(figures(await stores.sync(probe.definition))).toMatchObject({ unchanged: 5 });
  });
});

const asked = () => ({
  by: 'test',
  now: '2026-01-01T00:00:00.000Z',
  signal: new AbortController().signal,
  onProgress: () => undefined,
});
const unreachable = () =>
  new AppError({ class: 'transient', source: 'postgres', code: 'postgres_unreachable', message: 'down' });

describe('plans', () => {
  it('say what would change, field by field, and apply exactly that, once', async () => {
    const probe = await Probe.create(stores, 'planned');
    await probe.setModel(rows(20));
    await stores.sync(probe.definition);
    const model: ProbeRow[] = [
      { id: 'r0', part: 'x', body: 'other', big: '9007199254740993' },
      ...rows(19).slice(1),
      { id: 'new', part: 'x', body: null },
    ];
    await probe.setModel(model);
    const { plans } = stores.syncs([probe.definition]);
    const plan = await plans.plan(probe.definition, asked());
    expect(plan.counts).toMatchObject({ insert: 1, update: 1, delete: 1, unchanged: 18 });
    expect(plan.fields).toEqual([
      { field: 'big', rows: 1 },
      { field: 'body', rows: 1 },
    ]);
    const planned = await plans.rows(plan.id, { limit: 10 });
    expect(planned.find(({ action }) => action === 'update')).toEqual({
      op: 'update',
      action: 'update',
      reason: '',
      key: ['r0', 'x'],
      fields: expect.arrayContaining([
        { field: 'big', before: null, after: '9007199254740993' },
        { field: 'body', before: 'fine', after: 'other' },
      ]),
    });
    expect(planned.map(({ action, key }) => [action, key[0]])).toEqual(
      expect.arrayContaining([
        ['insert', 'new'],
        ['delete', 'r19'],
      ]),
    );
    expect(await plans.apply(plan.id, asked())).toMatchObject({
      ...NONE,
      inserted: 1,
      updated: 1,
      deleted: 1,
      unchanged: 18,
    });
    expect(await probe.differences(model)).toBe(0);
    await expect(plans.apply(plan.id, asked())).rejects.toMatchObject({ code: 'plan_used' });
  });

  it.each([
    ['the model', 'plan_source_moved'],
    ['the target', 'plan_target_moved'],
  ])('are refused when %s has moved', async (what, code) => {
    const name = code;
    const probe = await Probe.create(stores, name);
    await probe.setModel(rows(5));
    await stores.sync(probe.definition);
    await probe.setModel(rows(5, 'changed'));
    const { plans } = stores.syncs([probe.definition]);
    const plan = await plans.plan(probe.definition, asked());
    if (what === 'the model') await probe.setModel(rows(5, 'changed again'));
    else await stores.postgres.execute(`UPDATE ${probe.table} SET body = 'edited' WHERE id = 'r3'`);
    const places = await probe.places();
    expect(await plans.apply(plan.id, asked())).toMatchObject({ status: 'failed', error: { code } });
    expect(await probe.places()).toEqual(places);
  });

  it('are refused when the definition has changed', async () => {
    const probe = await Probe.create(stores, 'plan_definition');
    await probe.setModel(rows(5));
    const plan = await stores.syncs([probe.definition]).plans.plan(probe.definition, asked());
    const { extra: _extra, ...fewer } = MAPPING;
    const changed = probe.define('plan_definition', { mapping: fewer });
    await expect(stores.syncs([changed]).plans.apply(plan.id, asked())).rejects.toMatchObject({
      code: 'plan_definition_changed',
    });
  });
});

describe('selections', () => {
  it('send a part, everything again, or the rows of one run or key', async () => {
    const probe = await Probe.create(stores, 'selected');
    const model = rows(20);
    await probe.setModel(model);
    expect(figures(await stores.sync(probe.definition, { selection: { limit: 5 } }))).toMatchObject({
      inserted: 5,
    });
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, inserted: 15, unchanged: 5 });
    await stores.postgres.execute(`UPDATE ${probe.table} SET body = 'edited'`);
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, unchanged: 20 });
    const one = await stores.sync(probe.definition, { selection: { keys: [['r3', 'x']] } });
    expect(figures(one)).toEqual({ ...NONE, updated: 1 });
    expect(await probe.differences(model)).toBe(38);
    expect(figures(await stores.sync(probe.definition, { selection: { full: true } }))).toEqual({
      ...NONE,
      updated: 19,
      unchanged: 1,
    });
    expect(await probe.differences(model)).toBe(0);
  });

  it('take a SELECT with constants and templates as the model', async () => {
    const probe = await Probe.create(stores, 'from_select');
    await probe.setModel(rows(3));
    const select = definition(`
name: from_select
sql: SELECT id, part, upper(body) AS body FROM insight_from_select WHERE id != 'r1'
mode: mirror
key: [id, part]
target: { kind: postgres, table: insights.from_select }
mapping:
  id: text
  part: { constant: const, type: text }
  body: { template: "{{body}} ({{ id }})", type: text }
  big: { constant: '7', type: integer }
  as_of: { constant: '2026-01-01 00:00:00', type: instant }
scope: { part: const }
guard: { empty: allow }
`);
    expect(figures(await stores.sync(select))).toEqual({ ...NONE, inserted: 2 });
    const written = await stores.postgres.query(
      `SELECT id, part, body, big FROM insights.from_select ORDER BY id`,
      [],
      z.object({ id: z.string(), part: z.string(), body: z.string(), big: z.string() }),
    );
    expect(written).toEqual([
      { id: 'r0', part: 'const', body: 'FINE (r0)', big: '7' },
      { id: 'r2', part: 'const', body: 'FINE (r2)', big: '7' },
    ]);
    expect(figures(await stores.sync(select))).toEqual({ ...NONE, unchanged: 2 });
  });
});
