import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ReadableSource } from '../../modules/warehouse/application/ports.js';
import { withPostgresSnapshot } from '../../modules/warehouse/infrastructure/postgres-reader.js';
import type { PostgresSource } from '../../modules/warehouse/infrastructure/sources/catalog.js';
import { Sweeps } from '../../modules/warehouse/infrastructure/sweeps.js';
import { uuidOf } from '../factories/product-rows.js';
import { type ExtractOptions, Warehouse } from '../support/warehouse.js';

jest.setTimeout(240_000);

/** Keys are compared in every run. */
const ALWAYS = 0.000001;
const DAY = 86_400;

let world: Warehouse;
let sweeps: Sweeps;
beforeAll(async () => {
  world = await Warehouse.open();
  sweeps = new Sweeps(world.clickhouse);
});
afterAll(() => world.close());
beforeEach(() => world.empty());

const extract = async (source: string, options: Omit<ExtractOptions, 'only'> = {}) => {
  const report = (await world.extract({ ...options, only: [source] }))[source];
  if (!report) throw new Error('no report');
  return report;
};
const execute = (statement: string, params: unknown[] = []) => world.postgres.execute(statement, params);
const remove = (table: string, ...names: string[]) =>
  execute(`DELETE FROM product.${table} WHERE id = ANY($1::uuid[])`, [names.map(uuidOf)]);
/** The versions of a source in order, newest last: name, deleted. */
const versions = (source: string, name: string) =>
  world.rows(
    `SELECT name, _deleted AS deleted FROM raw_${source} WHERE id = {id: UUID} ORDER BY _version_at, _extracted_at`,
    { id: uuidOf(name) },
  );
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => ({ id: uuidOf(`n${from + n}`), name: `n${from + n}` }));
/** Names of what a source is now. */
const live = (source: string) =>
  world.list(`SELECT name FROM (
      SELECT * FROM raw_${source} ORDER BY id, _version_at DESC, _extracted_at DESC LIMIT 1 BY id)
    WHERE NOT _deleted ORDER BY name`);

describe('a deleted row', () => {
  it('of a source that is read whole gets a deleted version in the same run, once, with its last values', async () => {
    await world.put('tenants', {}, { id: uuidOf('other'), name: 'Other' });
    await extract('tenants');
    await remove('tenants', 'other');
    expect(await extract('tenants')).toMatchObject({ status: 'succeeded', loaded: 0, deleted: 1 });
    expect(await versions('tenants', 'other')).toEqual([
      { name: 'Other', deleted: false },
      { name: 'Other', deleted: true },
    ]);
    expect(await extract('tenants')).toMatchObject({ loaded: 0, deleted: 0 });
    expect(await live('tenants')).toEqual(['Tenant']);
    expect(
      await world.list(
        `SELECT max(_extracted_at) = (SELECT max(changed_at) FROM raw_cursors WHERE source = 'tenants') FROM raw_tenants`,
      ),
    ).toEqual([1]);
  });

  it('of a source read by cursor is found by the sweep of its keys, after the interval and not before', async () => {
    await world.put('tenants', {});
    await world.put('entities', {}, ...numbered(1, 3));
    await extract('entities', { sweepEvery: DAY });
    await remove('entities', 'n2');
    expect(await extract('entities', { sweepEvery: DAY })).toMatchObject({ deleted: 0 });
    expect(await extract('entities')).toMatchObject({ deleted: 0 });
    expect(await extract('entities', { sweepEvery: ALWAYS })).toMatchObject({ loaded: 0, deleted: 1 });
    expect(await versions('entities', 'n2')).toEqual([
      { name: 'n2', deleted: false },
      { name: 'n2', deleted: true },
    ]);
    expect(await extract('entities', { sweepEvery: ALWAYS })).toMatchObject({ deleted: 0 });
    expect(await world.list(`SELECT outcome FROM raw_sweeps ORDER BY at`)).toEqual([
      'applied',
      'applied',
      'applied',
    ]);
  });

  it('keeps the cursor where it was', async () => {
    await world.put('tenants', {});
    await world.put('entities', {}, { id: uuidOf('last'), updated_at: '2026-01-06T10:00:00Z' });
    await extract('entities');
    const cursor = `SELECT argMax(cursor, confirmed_at) FROM raw_cursors WHERE source = 'entities'`;
    await remove('entities', 'last');
    expect(await extract('entities', { sweepEvery: ALWAYS, lagSeconds: 0 })).toMatchObject({ deleted: 1 });
    expect(await world.list(cursor)).toEqual(['2026-01-06 10:00:00+00']);
  });

  it('that returns from a backup with its old updated_at is there again, and so is every change that follows', async () => {
    await world.put('tenants', {});
    await world.put('entities', {}, { id: uuidOf('back'), name: 'one' });
    await extract('entities');
    await remove('entities', 'back');
    await extract('entities', { sweepEvery: ALWAYS });
    await world.put('entities', { id: uuidOf('back'), name: 'one' });
    expect(await extract('entities', { sweepEvery: ALWAYS })).toMatchObject({ loaded: 1 });
    expect(await live('entities')).toEqual(['Acme', 'one']);
    // The product's clock is still behind the deletion.
    await world.put('entities', { id: uuidOf('back'), name: 'two', updated_at: '2026-01-05T10:00:01Z' });
    expect(await extract('entities')).toMatchObject({ loaded: 1 });
    expect(await live('entities')).toEqual(['Acme', 'two']);
    expect(await extract('entities')).toMatchObject({ loaded: 0 });
    await world.put('entities', { id: uuidOf('back'), name: 'three', updated_at: '2036-01-05T10:00:00Z' });
    await extract('entities');
    expect(await versions('entities', 'back')).toEqual([
      { name: 'one', deleted: false },
      { name: 'one', deleted: true },
      { name: 'one', deleted: false },
      { name: 'two', deleted: false },
      { name: 'three', deleted: false },
    ]);
    expect(await world.list(`SELECT _version_at FROM raw_entities WHERE name = 'three'`)).toEqual([
      '2036-01-05T10:00:00.000000Z',
    ]);
  });

  it('is deleted also when its last version is of the far future, and returns after that', async () => {
    await world.put('tenants', {});
    await world.put(
      'entities',
      {},
      { id: uuidOf('future'), name: 'future', updated_at: '2150-01-01T00:00:00Z' },
    );
    await extract('entities');
    await remove('entities', 'future');
    await extract('entities', { sweepEvery: ALWAYS });
    expect(await live('entities')).toEqual(['Acme']);
    await world.put('entities', { id: uuidOf('future'), name: 'returned' });
    await extract('entities', { sweepEvery: ALWAYS });
    expect(await live('entities')).toEqual(['Acme', 'returned']);
  });

  it('that turned bad is not deleted: it keeps its last good version', async () => {
    await world.put('tenants', {});
    await world.put('entities', {}, { id: uuidOf('odd'), name: 'odd' });
    await extract('entities');
    await world.put('entities', { id: uuidOf('odd'), tier: 'platinum', updated_at: '2026-01-06T10:00:00Z' });
    expect(await extract('entities', { sweepEvery: ALWAYS })).toMatchObject({ rejected: 1, deleted: 0 });
    expect(await live('entities')).toEqual(['Acme', 'odd']);
  });

  it('trap 5: a row committed later than any lag is found by the sweep, which reads its source whole and says why', async () => {
    await world.put('user_activity', { id: 100_000 });
    await extract('user_activity');
    await world.put('user_activity', { id: 7 });
    expect(await extract('user_activity')).toMatchObject({ loaded: 0 });
    expect(await extract('user_activity', { sweepEvery: ALWAYS })).toMatchObject({
      loaded: 1,
      deleted: 0,
      notes: ['read whole: the source has 1 keys that raw had not'],
    });
    expect((await extract('user_activity', { sweepEvery: ALWAYS })).notes).toBeUndefined();
  });

  it('does not make the sweep read a source whole for rows that are rejected', async () => {
    await world.put('tenants', {});
    await world.put('entities', {}, { id: uuidOf('odd'), tier: 'platinum' });
    await extract('entities');
    expect((await extract('entities', { sweepEvery: ALWAYS })).notes).toBeUndefined();
  });

  it('of the graph is a relationship that no longer is there', async () => {
    const write = (statement: string) => world.graph.write(statement, {}, z.unknown());
    for (const entity of ['Acme', 'Bolt'])
      await write(
        `MERGE (e:Entity {id: '${uuidOf(entity)}'}) MERGE (t:Trend {id: '${uuidOf('trend')}'}) CREATE (e)-[:ALIGNED_WITH {strength: 0.5}]->(t)`,
      );
    expect(await extract('graph_alignments')).toMatchObject({ loaded: 2 });
    await write(`MATCH (:Entity {id: '${uuidOf('Acme')}'})-[r:ALIGNED_WITH]->() DELETE r`);
    expect(await extract('graph_alignments')).toMatchObject({ loaded: 0, deleted: 1 });
    expect(await world.list('SELECT toString(entity_id) FROM raw_graph_alignments WHERE _deleted')).toEqual([
      uuidOf('Acme'),
    ]);
    await write('MATCH (n:Entity) DETACH DELETE n');
    expect(await extract('graph_alignments')).toMatchObject({ status: 'held', deleted: 0 });
  });
});

describe('trap 11: compound keys', () => {
  const definition: PostgresSource = {
    name: 'pairs',
    key: ['a', 'b'],
    columns: [
      { name: 'a', type: 'text' },
      { name: 'b', type: 'text' },
      { name: 'worth', type: 'decimal(18,10)' },
    ],
    select: 'SELECT a, b, worth FROM product.pairs',
    selectFile: 'pairs.sql',
  };
  const pairs: [string, string][] = [
    ['a', 'bc'],
    ['ab', 'c'],
    ['a|', 'b'],
    ['a', '|b'],
    ['a\\', '|b'],
    ['a\\|', 'b'],
    ['', 'x'],
    ['x', ''],
    ['\\N', 'x'],
    ['NULL', 'x'],
    ['Zürich', '東京🎷'],
    ['Zu\u0308rich', '東京🎷'],
    ["a','b", 'c'],
    ['a', "b','c"],
  ];
  const readPairs = async () =>
    (
      await world.extract({
        only: ['tenants'],
        around: () => ({
          definition,
          read: (_cursor, land, note) =>
            withPostgresSnapshot(
              world.postgres,
              [definition],
              { seconds: 0, ids: 0 },
              async ({ sources }) => {
                for (const source of sources) await source.read(null, land, note);
              },
            ),
        }),
      })
    ).pairs;
  const here = () =>
    world.rows(`SELECT a, b, worth FROM (
      SELECT * FROM raw_pairs ORDER BY a, b, _version_at DESC, _extracted_at DESC LIMIT 1 BY a, b) WHERE NOT _deleted ORDER BY a, b`);

  it('are told apart in versions, deletions and rejects, whatever their parts hold', async () => {
    await execute('CREATE TABLE product.pairs (a text, b text, worth numeric)');
    await world.clickhouse.command(
      `CREATE TABLE raw_pairs (a String, b String, worth Decimal(18, 10), _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool,
       _extracted_at DateTime64(6, 'UTC'), _run_id UUID, INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1) ENGINE = MergeTree ORDER BY (a, b, _version_at)`,
    );
    try {
      // Trap 13: 0.1 + 0.2 of a decimal is 0.3, and stays it.
      for (const [a, b] of pairs)
        await execute('INSERT INTO product.pairs VALUES ($1, $2, 0.1 + 0.2)', [a, b]);
      await execute(`INSERT INTO product.pairs VALUES (NULL, 'x', 1), ('', NULL, 1), ('N', NULL, 1)`);
      expect(await readPairs()).toMatchObject({ loaded: pairs.length, rejected: 3 });
      expect((await world.rejects('pairs')).map(({ recordKey }) => recordKey).sort()).toEqual(
        ['\\N|x', '|\\N', 'N|\\N'].sort(),
      );
      expect(await readPairs()).toMatchObject({ loaded: 0, rejected: 0, deleted: 0 });
      const byKey = (rows: [string, string][]) =>
        rows
          .map(([a, b]) => ({ a, b, worth: '0.3000000000' }))
          .sort(
            (one, two) =>
              Buffer.compare(Buffer.from(one.a), Buffer.from(two.a)) ||
              Buffer.compare(Buffer.from(one.b), Buffer.from(two.b)),
          );
      expect(await here()).toEqual(byKey(pairs));
      const left = [...pairs];
      for (const gone of [0, 1, 1, 3]) {
        const [[a, b] = ['', '']] = left.splice(gone, 1);
        await execute('DELETE FROM product.pairs WHERE a = $1 AND b = $2', [a, b]);
        expect(await readPairs()).toMatchObject({ deleted: 1 });
        expect(await here()).toEqual(byKey(left));
      }
      for (const [a, b] of pairs.filter((pair) => !left.includes(pair)))
        await execute('INSERT INTO product.pairs VALUES ($1, $2, 0.3)', [a, b]);
      expect(await readPairs()).toMatchObject({ loaded: 4, deleted: 0 });
      expect(await here()).toEqual(byKey(pairs));
    } finally {
      await execute('DROP TABLE product.pairs');
      await world.clickhouse.command('DROP TABLE raw_pairs SYNC');
    }
  });
});

describe('trap 9: a source that is empty or has shrunk', () => {
  it('has its deletions held until a person releases them, for one run and up to the number held', async () => {
    await world.put('tenants', ...numbered(1, 30));
    await extract('tenants');
    await remove('tenants', ...numbered(1, 11).map(({ name }) => name));
    await world.put('tenants', { id: uuidOf('new'), name: 'new' });
    const outcome = await world.step1({ only: ['tenants'] });
    expect(outcome.status).toBe('partial');
    expect(world.heldSweeps).toEqual(['tenants']);
    // What the source brings is loaded all the same.
    const held = { live: 31, missing: 11, found: 20 };
    expect(await extract('tenants')).toMatchObject({
      status: 'held',
      loaded: 0,
      deleted: 0,
      held: { ...held, next: 'look at the source; if it is right: cli warehouse sweeps --release tenants' },
    });
    expect(await live('tenants')).toHaveLength(31);
    const [first] = await sweeps.list();
    expect(first).toMatchObject({ source: 'tenants', status: 'held', ...held, releasedBy: null });

    expect(await sweeps.release('tenants', 'ops', '2026-01-01T00:00:00Z')).toMatchObject({
      status: 'released',
      releasedBy: 'ops',
      since: first?.since,
    });
    await sweeps.release('tenants', 'ops', '2026-01-01T00:00:00Z');
    // One more than was released.
    await remove('tenants', 'n12');
    expect(await extract('tenants')).toMatchObject({ status: 'held', deleted: 0, held: { missing: 12 } });
    expect(await extract('tenants')).toMatchObject({ status: 'held', deleted: 0 });
    await sweeps.release('tenants', 'ops', '2026-01-01T00:00:00Z');
    expect(await extract('tenants')).toMatchObject({ status: 'succeeded', deleted: 12 });
    expect(world.heldSweeps).toEqual([]);
    expect(await live('tenants')).toHaveLength(19);
    expect(await sweeps.list()).toEqual([]);
    await expect(sweeps.release('tenants', 'ops', '2026-01-01T00:00:00Z')).rejects.toMatchObject({
      class: 'rejected',
      code: 'sweep_not_held',
    });
  });

  it('keeps a release that comes while a run is under way for the next one', async () => {
    await world.put('tenants', {});
    await world.put('entities', ...numbered(1, 60));
    await extract('entities');
    await remove('entities', ...numbered(1, 50).map(({ name }) => name));
    expect(await extract('entities', { sweepEvery: ALWAYS })).toMatchObject({ status: 'held' });
    const releasing = (source: ReadableSource): ReadableSource => ({
      ...source,
      read: async (...args) => {
        await sweeps.release('entities', 'ops', '2026-01-01T00:00:00Z');
        await source.read(...args);
      },
    });
    expect(await extract('entities', { sweepEvery: ALWAYS, around: releasing })).toMatchObject({
      status: 'held',
      deleted: 0,
    });
    expect(await extract('entities', { sweepEvery: DAY })).toMatchObject({
      status: 'succeeded',
      deleted: 50,
    });
  });

  it('is held when empty, however small it was, and by itself right again when its rows are back', async () => {
    await world.put('tenants', {});
    await extract('tenants');
    await execute('TRUNCATE product.tenants CASCADE');
    expect(await extract('tenants')).toMatchObject({
      status: 'held',
      deleted: 0,
      held: { live: 1, missing: 1, found: 0 },
    });
    await world.put('tenants', {});
    expect(await extract('tenants')).toMatchObject({ status: 'succeeded', loaded: 0, deleted: 0 });
    expect(world.heldSweeps).toEqual([]);
  });

  it('is held by the sweep of its keys as well, stays held between sweeps, and a release makes the next run sweep', async () => {
    await world.put('tenants', {});
    await world.put('entities', ...numbered(1, 60));
    await extract('entities');
    await remove('entities', ...numbered(1, 50).map(({ name }) => name));
    expect(await extract('entities', { sweepEvery: ALWAYS })).toMatchObject({
      status: 'held',
      held: { missing: 50 },
    });
    expect(await extract('entities', { sweepEvery: DAY })).toMatchObject({ status: 'held', deleted: 0 });
    await sweeps.release('entities', 'ops', '2026-01-01T00:00:00Z');
    expect(await extract('entities', { sweepEvery: DAY })).toMatchObject({
      status: 'succeeded',
      deleted: 50,
    });
    expect(await live('entities')).toHaveLength(10);
  });

  it('that is an optional file which is gone is held, and one that cannot be read deletes nothing', async () => {
    const file = 'external/fx_rates.csv';
    expect(await extract('fx_rates')).toMatchObject({ status: 'succeeded' });
    world.putFile(file, 'date,currency,rate\n2026-01-05,EUR,1.1\n2026-01-06,EUR,1.2\n');
    expect(await extract('fx_rates')).toMatchObject({ loaded: 2 });
    rmSync(join(world.stores.dataDir, file));
    expect(await extract('fx_rates')).toMatchObject({
      status: 'held',
      deleted: 0,
      held: { missing: 2, found: 0 },
    });
    world.putFile(file, 'date,rate\n2026-01-05,1.1\n');
    expect(await extract('fx_rates')).toMatchObject({ status: 'failed', deleted: 0 });
    world.putFile(file, 'date,currency,rate\n');
    expect(await extract('fx_rates')).toMatchObject({ status: 'held', deleted: 0, held: { missing: 2 } });
    world.putFile(file, 'date,currency,rate\n2026-01-06,EUR,1.2\n');
    expect(await extract('fx_rates')).toMatchObject({ status: 'succeeded', deleted: 1 });
  });
});
