import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { ClickHouseChangeStore } from '../../modules/sync/infrastructure/change-store/clickhouse-change-store.js';
import type { ChangeStore } from '../../modules/sync/application/ports.js';
import { PostgresTarget } from '../../modules/sync/infrastructure/postgres-target/postgres-target.js';
import { figures, NONE, SyncFixture } from './sync-fixture.js';
import { Probe, type ProbeRow } from './sync-probe.js';

let stores: SyncFixture;
beforeAll(async () => {
  stores = await SyncFixture.open();
}, 120_000);
afterAll(() => stores.close());

describe('failures', () => {
  const many: ProbeRow[] = Array.from({ length: 3000 }, (_row, index) => ({
    id: `r${index}`,
    part: 'x',
    body: 'fine',
  }));

  it('changes nothing when the model fails half way', async () => {
    const probe = await Probe.create(stores, 'breaking');
    await stores.clickhouse.command('RENAME TABLE insight_breaking TO breaking_rows');
    await stores.clickhouse.command(
      `CREATE VIEW insight_breaking AS SELECT * FROM breaking_rows WHERE throwIf(ifNull(body, '') = 'boom') = 0`,
    );
    const fill = async (rows: ProbeRow[]) => {
      await stores.clickhouse.command('TRUNCATE TABLE breaking_rows');
      await stores.clickhouse.insertRows(
        'breaking_rows',
        rows.map((row) => ({ as_of: '2026-01-01T00:00:00Z', ...row })),
      );
    };
    await fill(many);
    await stores.sync(probe.definition);
    const before = await probe.places();

    await fill([
      ...many.slice(0, 1000).map((row) => ({ ...row, body: 'changed' })),
      { id: 'bad', part: 'x', body: 'boom' },
    ]);
    const outcome = await stores.sync(probe.definition);
    expect([outcome.status, outcome.error?.code]).toEqual(['failed', 'clickhouse_395']);
    expect(await probe.places()).toEqual(before);
    expect(await stores.confirmed('breaking')).toBe(3000);

    await fill(many.slice(0, 1000));
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, deleted: 2000, unchanged: 1000 });
  });

  it.each([
    ['breaks', 'cut_error', 'unexpected'],
    ['ends early', 'cut_end', 'incomplete_read'],
  ])('rolls back when the stream of rows %s', async (_how, name, code) => {
    const probe = await Probe.create(stores, name);
    await probe.setModel(many.slice(0, 10));
    await stores.sync(probe.definition);
    const before = await probe.places();
    await probe.setModel(many.slice(5, 2000));

    const store = new ClickHouseChangeStore(stores.clickhouse);
    /** Half of the rows, whole lines; then an error, or an end that looks like the end of the data. */
    const cut = async function* (bytes: Readable) {
      const text = Buffer.concat(await bytes.toArray()).toString();
      yield text.slice(0, text.indexOf('\n', text.length / 2) + 1);
      if (code === 'unexpected') throw new Error('connection lost');
    };
    const changes: ChangeStore = {
      check: (sync) => store.check(sync),
      dropStale: (sync, token) => store.dropStale(sync, token),
      stage: async (sync, run, selection) => {
        const staged = await store.stage(sync, run, selection);
        const whole = staged.bytes.bind(staged);
        staged.bytes = async (...asked) => Readable.from(cut(await whole(...asked)));
        return staged;
      },
    };
    const outcome = await stores.sync(probe.definition, { changes, backoff: () => Promise.resolve() });
    expect(outcome).toMatchObject({ ...NONE, unchanged: 5, failed: 1995, status: 'failed', error: { code } });
    expect(await probe.places()).toEqual(before);
    // Five keys were to be deleted: whether they are is settled by the next run.
    expect(await stores.confirmed(name)).toBe(5);

    expect(figures(await stores.sync(probe.definition))).toEqual({
      ...NONE,
      inserted: 1990,
      deleted: 5,
      unchanged: 5,
    });
  });

  it('repeats nothing after a kill between the commit and the confirmation', async () => {
    const probe = await Probe.create(stores, 'unconfirmed');
    await probe.setModel(many.slice(0, 20));
    await stores.runAndKill([probe.definition], 'before confirm');
    const before = await probe.places();
    expect([before.size, await stores.confirmed('unconfirmed')]).toEqual([20, 0]);

    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, unchanged: 20 });
    expect(await probe.places()).toEqual(before);
    expect(await stores.confirmed('unconfirmed')).toBe(20);
  });

  it('deletes what a killed run wrote when its key left the model before the next run', async () => {
    const probe = await Probe.create(stores, 'orphans');
    await stores.postgres.execute(
      `INSERT INTO insights.orphans (id, part, as_of) VALUES ('theirs', 'x', now())`,
    );
    await probe.setModel(many.slice(0, 3));
    await stores.runAndKill([probe.definition], 'before confirm');
    expect(await probe.keys()).toEqual(['r0/x', 'r1/x', 'r2/x', 'theirs/x']);

    await probe.setModel(many.slice(1, 3));
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, deleted: 1, unchanged: 2 });
    expect([await probe.keys(), await stores.confirmed('orphans')]).toEqual([
      ['r1/x', 'r2/x', 'theirs/x'],
      2,
    ]);
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, unchanged: 2 });
  });

  it('undoes what a killed run wrote when the model is again as it was before that run', async () => {
    const probe = await Probe.create(stores, 'back_again');
    await probe.setModel(many.slice(0, 3));
    await stores.sync(probe.definition);
    await probe.setModel([{ id: 'r0', part: 'x', body: 'another' }, ...many.slice(2, 3)]);
    await stores.runAndKill([probe.definition], 'before confirm');
    // It was killed after the delete and before the write of the changed row.
    expect(await probe.keys()).toEqual(['r0/x', 'r2/x']);

    await probe.setModel(many.slice(0, 3));
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, inserted: 1, unchanged: 2 });
    expect([await probe.differences(many.slice(0, 3)), await stores.confirmed('back_again')]).toEqual([0, 3]);
  });

  it('counts no delete of a row that never arrived', async () => {
    const probe = await Probe.create(stores, 'never_arrived');
    await probe.setModel(many.slice(0, 3));
    await stores.runAndKill([probe.definition], 'before commit');
    await probe.setModel(many.slice(1, 3));
    expect(figures(await stores.sync(probe.definition))).toEqual({
      ...NONE,
      inserted: 2,
      unchanged: 1,
    });
    expect([await probe.keys(), await stores.confirmed('never_arrived')]).toEqual([['r1/x', 'r2/x'], 2]);
  });

  it('starts over after a kill before the commit, and clears what the killed run staged', async () => {
    const probe = await Probe.create(stores, 'uncommitted');
    const stagedTables = async () =>
      (
        await stores.clickhouse.row(
          `SELECT count() AS n FROM system.tables WHERE database = currentDatabase() AND name LIKE 'sync_stage_%_uncommitted'`,
          {},
          z.object({ n: z.string() }),
        )
      ).n;
    await probe.setModel(many.slice(0, 20));
    await stores.runAndKill([probe.definition], 'before commit');
    expect([await probe.keys(), await stores.confirmed('uncommitted'), await stagedTables()]).toEqual([
      [],
      0,
      '1',
    ]);
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, inserted: 20 });
    expect(await stagedTables()).toBe('0');
  });

  it('asks the target nothing when there is nothing to send', async () => {
    const probe = await Probe.create(stores, 'quiet');
    await probe.setModel(many.slice(0, 5));
    await stores.sync(probe.definition);
    const postgres = new PostgresTarget(stores.postgres);
    const asked = jest.spyOn(postgres, 'write');
    expect(await stores.sync(probe.definition, { targets: { postgres } })).toMatchObject({
      ...NONE,
      unchanged: 5,
      status: 'succeeded',
    });
    expect(asked).not.toHaveBeenCalled();
  });
});
