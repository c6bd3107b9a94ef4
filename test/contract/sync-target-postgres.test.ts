import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { migrations } from '../../migrations/postgres/index.js';
import type { Fence, RowRange, StagedRows } from '../../modules/sync/application/ports.js';
import { PostgresTarget } from '../../modules/sync/infrastructure/postgres-target/postgres-target.js';
import { AppError } from '../../src/kernel/errors.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { arrayRows, type StagedRow } from '../support/staged-rows.js';
import { testStores } from '../support/stores.js';
import {
  defineSync,
  idOf,
  previewAll,
  remove,
  syncTargetSuite,
  upsert,
  writeAll,
} from './sync-target-suite.js';

jest.setTimeout(120_000);

const TABLES = `
  CREATE SCHEMA IF NOT EXISTS shop;
  CREATE TABLE insights.parts (
    a text, b text, n bigint, price numeric(38, 18), note text DEFAULT 'none', owner text, at timestamptz, doc json,
    PRIMARY KEY (a, b)
  );
  CREATE TABLE insights.checked (
    id uuid PRIMARY KEY, "insightText" text CHECK ("insightText" <> 'bad') UNIQUE DEFERRABLE INITIALLY DEFERRED
  );
  CREATE TABLE shop.deals (id uuid PRIMARY KEY, title text NOT NULL, score double precision);
  CREATE DOMAIN insights.grade AS text CHECK (VALUE <> '');
  CREATE TABLE insights.misfits (
    id uuid, tenant_id uuid NOT NULL, at timestamp, ratio real, grade insights.grade, required text NOT NULL,
    made text GENERATED ALWAYS AS (required) STORED, serial bigint GENERATED ALWAYS AS IDENTITY
  );
  CREATE UNIQUE INDEX ON insights.misfits (id) WHERE required <> '';
  CREATE UNIQUE INDEX ON insights.misfits (id, grade);
  CREATE VIEW insights.looked_at AS SELECT * FROM insights.parts`;

const stores = await testStores();
const postgres = new Postgres(createDataSource(stores.postgresUrl, migrations));
await postgres.migrate();
await postgres.execute(`
  CREATE TABLE insights.under_test (
    id uuid PRIMARY KEY, "insightText" text, "insightInteger" bigint, "insightDecimal" numeric, "insightFloat" double precision,
    "insightFlag" boolean, "insightAt" timestamptz, "insightDay" date, "insightDocument" jsonb, "insightLink" uuid
  )`);
for (const statement of TABLES.split(';')) await postgres.execute(statement);

afterAll(async () => {
  await postgres.close();
  await stores.close();
});

const target = new PostgresTarget(postgres);
const place = { kind: 'postgres', table: 'insights.under_test' };

/** The next holder of a lease. */
async function takeOver(sync: string): Promise<Fence> {
  const [lease] = await postgres.query(
    `INSERT INTO insights_ops.sync_leases (sync, token) VALUES ($1, 1)
     ON CONFLICT (sync) DO UPDATE SET token = sync_leases.token + 1 RETURNING token`,
    [sync],
    z.object({ token: z.string() }),
  );
  return { sync, token: lease?.token ?? '', check: async () => undefined };
}

syncTargetSuite('Postgres', ['upsert', 'update', 'insert', 'mirror'], true, () => ({
  target,
  place,
  takeOver,
  prepare: async () => undefined,
  edit: async (id, values) => {
    for (const [column, value] of Object.entries(values))
      await postgres.execute(`UPDATE insights.under_test SET "${column}" = $2 WHERE id = $1`, [id, value]);
  },
  reset: async () => void (await postgres.execute('TRUNCATE insights.under_test')),
}));

const rowsOf = async (table: string): Promise<unknown[]> =>
  (
    await postgres.query(
      `SELECT to_jsonb(t) AS row FROM ${table} AS t ORDER BY 1`,
      [],
      z.object({ row: z.unknown() }),
    )
  ).map(({ row }) => row);

describe('Postgres', () => {
  let fence: Fence;
  beforeEach(async () => {
    await postgres.execute(
      'TRUNCATE insights.under_test, insights.parts, insights.checked, shop.deals, insights.misfits',
    );
    fence = await takeOver('under_test');
  });

  const PARTS = { a: 'text', b: 'text', n: 'integer' };
  const parts = (
    mode: Parameters<typeof defineSync>[1],
    mapping: object = PARTS,
    more: Record<string, unknown> = {},
  ) =>
    defineSync(
      { kind: 'postgres', table: 'insights.parts' },
      mode,
      { ...mapping },
      { key: ['a', 'b'], ...more },
    );
  const checked = () =>
    defineSync({ kind: 'postgres', table: 'insights.checked' }, 'upsert', {
      id: 'uuid',
      insightText: 'text',
    });
  const plain = () => defineSync(place, 'mirror', { id: 'uuid', insightText: 'text' });
  const many = (n: number): StagedRow[] =>
    Array.from({ length: n }, (_one, at) => upsert({ id: idOf(at), insightText: `row ${at}` }));
  const signal = new AbortController().signal;

  describe('a first load', () => {
    it('is copied straight into the empty table, and the next one is merged', async () => {
      const definition = plain();
      const staged = arrayRows(definition, many(1500));
      const bytes = jest.fn(staged.bytes);
      const range: RowRange = { from: 1, to: 1501, kind: 'upsert' };
      const write = () => target.write(definition, { ...staged, bytes }, range, fence, signal);
      expect(await write()).toMatchObject({ inserted: 1500, updated: 0, unchanged: 0 });
      expect(bytes).toHaveBeenLastCalledWith(range, { withSeq: false });
      expect(await write()).toMatchObject({ inserted: 0, updated: 0, unchanged: 1500 });
      expect(bytes).toHaveBeenLastCalledWith(range);
      expect(await rowsOf('insights.under_test')).toHaveLength(1500);
    });

    it('leaves nothing when a row of it is bad', async () => {
      const rows = [...many(1500), upsert({ id: idOf(2000), insightText: 'bad' })];
      await expect(writeAll(target, checked(), rows, fence)).rejects.toMatchObject({
        class: 'rejected',
        code: 'postgres_23514',
      });
      expect(await rowsOf('insights.checked')).toEqual([]);
    });

    it('with defaults fills them in, and is merged', async () => {
      const mapping = { id: 'uuid', insightText: { type: 'text', nulls: 'set_if_empty', default: "d'" } };
      const definition = defineSync(place, 'upsert', mapping);
      const rows = many(1000).map(({ values }) => upsert({ id: values.id ?? null }));
      expect(await writeAll(target, definition, rows, fence)).toMatchObject({ inserted: 1000 });
      expect(await target.find(definition, [idOf(0)])).toEqual({ id: idOf(0), insightText: "d'" });
    });
  });

  it('trap 10: rows of other writers survive a mirror', async () => {
    const foreign = { id: idOf(99), insightText: 'foreign' };
    await postgres.execute(`INSERT INTO insights.under_test (id, "insightText") VALUES ($1, $2)`, [
      foreign.id,
      foreign.insightText,
    ]);
    await writeAll(target, plain(), many(2), fence);
    const rows = [upsert({ id: idOf(0), insightText: 'row 0' }), remove({ id: idOf(1) })];
    expect(await writeAll(target, plain(), rows, fence)).toMatchObject({ unchanged: 1, deleted: 1 });
    expect(await rowsOf('insights.under_test')).toMatchObject([{ id: idOf(0) }, foreign]);
  });

  it('trap 11: compound keys never run into one another', async () => {
    const keys = [
      ['a', 'bc'],
      ['ab', 'c'],
      ['', 'abc'],
      ['abc', ''],
      ['a,b', 'c'],
      ['a', 'b,c'],
      ['a\tb', 'c'],
      ['a', 'b\tc'],
      ['é', '🦊'],
      ['e\u0301', '🦊'],
      ['\\N', 'null'],
    ] as const;
    const rows = keys.map(([a, b], n) => upsert({ a, b, n: BigInt(n) }));
    expect(await writeAll(target, parts('mirror'), rows, fence)).toMatchObject({ inserted: keys.length });
    for (const [n, key] of keys.entries())
      expect(await target.find(parts('mirror'), key)).toEqual({ a: key[0], b: key[1], n: String(n) });
    const bytes = await target.bucketRows(parts('mirror'), [], 1, [0]);
    const fingerprints = (await text(bytes))
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t')[0]);
    expect(new Set(fingerprints).size).toBe(keys.length);
    const gone = keys.slice(0, 3).map(([a, b]) => remove({ a, b }));
    expect(await writeAll(target, parts('mirror'), gone, fence)).toMatchObject({ deleted: 3, unchanged: 0 });
    expect(await rowsOf('insights.parts')).toHaveLength(keys.length - 3);
  });

  it('trap 12: integers over 2^53 are exact as value and as key', async () => {
    const definition = defineSync(
      { kind: 'postgres', table: 'insights.parts' },
      'upsert',
      { a: 'text', b: 'text', n: 'integer' },
      { key: ['a', 'b'] },
    );
    const [odd, even] = [9007199254740993n, 9007199254740992n];
    await writeAll(target, definition, [upsert({ a: String(odd), b: '', n: odd })], fence);
    expect(await target.find(definition, [String(odd), ''])).toMatchObject({ n: '9007199254740993' });
    const moved = [upsert({ a: String(odd), b: '', n: even })];
    expect(await writeAll(target, definition, moved, fence)).toMatchObject({ updated: 1 });
    expect(await target.find(definition, [String(odd), ''])).toMatchObject({ n: '9007199254740992' });
  });

  it('trap 13: decimals never pass through a double', async () => {
    const definition = parts('upsert', { a: 'text', b: 'text', price: 'decimal' });
    const prices = ['0.3', '12345678901234567890.123456789012345678', '-0.000000000000000001', '100'];
    const rows = prices.map((price) => upsert({ a: price, b: '', price }));
    await writeAll(target, definition, rows, fence);
    expect(await writeAll(target, definition, rows, fence)).toMatchObject({ unchanged: prices.length });
    for (const price of prices) expect(await target.find(definition, [price, ''])).toMatchObject({ price });
  });

  it('compares json by value and keeps what it says', async () => {
    const definition = parts('upsert', { a: 'text', b: 'text', doc: 'json' });
    const row = (doc: string) => [upsert({ a: 'a', b: 'b', doc })];
    expect(await writeAll(target, definition, row('{"x": 1.10, "y": 2}'), fence)).toMatchObject({
      inserted: 1,
    });
    expect(await writeAll(target, definition, row('{"y":2,"x":1.10}'), fence)).toMatchObject({
      unchanged: 1,
    });
    expect(await writeAll(target, definition, row('{"y":2,"x":1.11}'), fence)).toMatchObject({ updated: 1 });
    expect(await target.find(definition, ['a', 'b'])).toMatchObject({ doc: '{"y":2,"x":1.11}' });
  });

  it('reads an infinite instant as a word', async () => {
    const definition = parts('upsert', { a: 'text', b: 'text', at: 'instant' });
    await postgres.execute(`INSERT INTO insights.parts (a, b, at) VALUES ('a', 'b', '-infinity')`);
    expect(await target.find(definition, ['a', 'b'])).toMatchObject({ at: '-infinity' });
    expect(await target.bucketSums(definition, definition.columns, 1)).toMatchObject([
      { bucket: 0, rows: 1 },
    ]);
  });

  describe('a scope', () => {
    const mapping = { ...PARTS, owner: { type: 'text', constant: "o'1" } };
    const scoped = (mode: Parameters<typeof defineSync>[1]) =>
      parts(mode, mapping, { scope: { owner: "o'1" } });
    const row = (a: string, n: bigint) => upsert({ a, b: '', n, owner: "o'1" });
    beforeEach(async () => {
      await postgres.execute(
        `INSERT INTO insights.parts (a, b, n, owner) VALUES ('ours', '', 1, 'o''1'), ('theirs', '', 1, 'o2'), ('nobody', '', 1, NULL)`,
      );
    });

    it.each(['mirror', 'update'] as const)('keeps %s off the rows of others', async (mode) => {
      const rows = [row('nobody', 2n), row('ours', 2n), row('theirs', 2n)];
      expect(await previewAll(target, scoped(mode), rows)).toEqual([
        { seq: 1, action: 'waiting', before: {} },
        { seq: 2, action: 'update', before: { n: '1' } },
        { seq: 3, action: 'waiting', before: {} },
      ]);
      const { waiting, ...rest } = await writeAll(target, scoped(mode), rows, fence);
      expect(rest).toEqual({ inserted: 0, updated: 1, deleted: 0, unchanged: 0, refused: [] });
      expect(waiting.sort((one, other) => one.seq - other.seq)).toEqual([
        { seq: 1, reason: 'outside_scope' },
        { seq: 3, reason: 'outside_scope' },
      ]);
      expect(await rowsOf('insights.parts')).toMatchObject([
        { a: 'nobody', n: 1 },
        { a: 'ours', n: 2 },
        { a: 'theirs', n: 1 },
      ]);
    });

    it('keeps deletes and fingerprints off the rows of others', async () => {
      const rows = ['nobody', 'ours', 'theirs'].map((a) => remove({ a, b: '' }));
      const definition = scoped('mirror');
      expect(await target.bucketSums(definition, [], 1)).toMatchObject([{ rows: 1 }]);
      expect((await previewAll(target, definition, rows)).map(({ action }) => action)).toEqual([
        'unchanged',
        'delete',
        'unchanged',
      ]);
      expect(await writeAll(target, definition, rows, fence)).toMatchObject({ deleted: 1, unchanged: 2 });
      expect(await rowsOf('insights.parts')).toMatchObject([{ a: 'nobody' }, { a: 'theirs' }]);
    });
  });

  it('updates the named columns of a product table, and makes no row there', async () => {
    await postgres.execute(`INSERT INTO shop.deals VALUES ($1, 'kept', NULL)`, [idOf(1)]);
    const definition = defineSync(
      { kind: 'postgres', table: 'shop.deals', may_update: ['score'] },
      'update',
      { id: 'uuid', score: 'float' },
    );
    expect(await target.check(definition)).toEqual([]);
    const rows = [upsert({ id: idOf(1), score: 0.5 }), upsert({ id: idOf(2), score: 0.5 })];
    expect(await writeAll(target, definition, rows, fence)).toMatchObject({
      updated: 1,
      waiting: [{ seq: 2, reason: 'missing_row' }],
    });
    expect(await rowsOf('shop.deals')).toEqual([{ id: idOf(1), title: 'kept', score: 0.5 }]);
  });

  it('rejects a range whose deferred constraint fails at the commit', async () => {
    const rows = [1, 2].map((n) => upsert({ id: idOf(n), insightText: 'same' }));
    await expect(writeAll(target, checked(), rows, fence)).rejects.toMatchObject({
      class: 'rejected',
      code: 'postgres_23505',
    });
    expect(await rowsOf('insights.checked')).toEqual([]);
  });

  it.each([2, 1500])('refuses a stream that ends early, of %i rows', async (n) => {
    const definition = plain();
    const staged = arrayRows(definition, many(n));
    const cut: StagedRows = {
      ...staged,
      bytes: async (range, options) => await staged.bytes({ ...range, to: range.to - 1 }, options),
    };
    await expect(
      target.write(definition, cut, { from: 1, to: n + 1, kind: 'upsert' }, fence, signal),
    ).rejects.toMatchObject({ class: 'transient', code: 'incomplete_read' });
    expect(await rowsOf('insights.under_test')).toEqual([]);
  });

  it('passes on why the warehouse broke off', async () => {
    const failure = new AppError({
      class: 'transient',
      source: 'clickhouse',
      code: 'gone',
      message: 'Gone.',
    });
    const broken: StagedRows = {
      bytes: async () =>
        Readable.from(
          (function* () {
            yield Buffer.from(`1\t${idOf(1)}\ta\n`);
            throw failure;
          })(),
        ),
      rows: async () => [],
    };
    await expect(
      target.write(plain(), broken, { from: 1, to: 3, kind: 'upsert' }, fence, signal),
    ).rejects.toBe(failure);
    expect(await rowsOf('insights.under_test')).toEqual([]);
  });

  it('stops in the middle of a copy when told, with the reason given, and leaves nothing', async () => {
    const endless = new PassThrough();
    endless.write(`1\t${idOf(1)}\ta\n`);
    const abort = new AbortController();
    const reason = new AppError({
      class: 'rejected',
      source: 'sync',
      code: 'cancelled',
      message: 'Cancelled.',
    });
    const staged: StagedRows = {
      bytes: async () => {
        endless.once('resume', () => abort.abort(reason));
        return endless;
      },
      rows: async () => [],
    };
    await expect(
      target.write(plain(), staged, { from: 1, to: 3, kind: 'upsert' }, fence, abort.signal),
    ).rejects.toBe(reason);
    expect(endless.destroyed).toBe(true);
    expect(await rowsOf('insights.under_test')).toEqual([]);
    await expect(
      target.write(plain(), staged, { from: 1, to: 3, kind: 'upsert' }, fence, abort.signal),
    ).rejects.toBe(reason);
  });

  it('a preview that nobody reads to its end blocks nothing', async () => {
    const definition = plain();
    const staged = arrayRows(definition, many(3));
    const readable = await target.preview(definition, staged, { from: 1, to: 4, kind: 'upsert' });
    readable.destroy();
    expect(await writeAll(target, definition, many(3), fence)).toMatchObject({ inserted: 3 });
  });

  describe('check', () => {
    const codes = async (table: string, mapping: object, more: Record<string, unknown>) =>
      (await target.check(defineSync({ kind: 'postgres', table }, 'upsert', { ...mapping }, more))).map(
        ({ code, severity }) => `${severity} ${code}`,
      );

    it.each([
      ['insights.nowhere', { id: 'uuid', x: 'text' }, {}, ['error missing_table']],
      ['insights.looked_at', PARTS, { key: ['a', 'b'] }, ['error not_a_table']],
      ['insights.parts', { ...PARTS, c: 'text' }, { key: ['a', 'b'] }, ['error missing_column']],
      ['insights.parts', { ...PARTS, n: 'text' }, { key: ['a', 'b'] }, ['error type_mismatch']],
      ['insights.parts', PARTS, { key: ['a'] }, ['error no_unique_key']],
      ['insights.parts', PARTS, { key: ['b', 'a'] }, []],
      [
        'insights.misfits',
        { id: 'uuid', at: 'instant', ratio: 'float', grade: 'text', made: 'text', tenant_id: 'uuid' },
        {},
        [
          'error type_mismatch',
          'error not_writable',
          'warning approximate_type',
          'error missing_required',
          'error no_unique_key',
          'warning no_row_level_security',
        ].sort(),
      ],
    ])('of %s with %j', async (table, mapping, more, expected) => {
      expect((await codes(table, mapping, more)).sort()).toEqual([...expected].sort());
    });

    it('tells which rights are missing', async () => {
      const role = `writer_${fence.token}_${process.pid}`;
      await postgres.execute(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
      await postgres.execute(`GRANT USAGE ON SCHEMA insights TO ${role}`);
      await postgres.execute(`GRANT SELECT, INSERT ON insights.parts TO ${role}`);
      const url = new URL(stores.postgresUrl);
      url.username = role;
      url.password = 'x';
      const asRole = new Postgres(createDataSource(url.href, []));
      try {
        expect(await new PostgresTarget(asRole).check(parts('mirror'))).toMatchObject([
          {
            code: 'not_permitted',
            severity: 'error',
            message: expect.stringContaining('UPDATE (n), DELETE'),
          },
        ]);
        expect(await new PostgresTarget(asRole).check(parts('insert'))).toEqual([]);
      } finally {
        await asRole.close();
        await postgres.execute(`DROP OWNED BY ${role}`);
        await postgres.execute(`DROP ROLE ${role}`);
      }
    });
  });
});
