import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import type { Fence, SyncTarget, Value, Written } from '../../modules/sync/application/ports.js';
import type { SyncDefinition } from '../../modules/sync/domain/definition.js';
import { parseSyncDefinition } from '../../modules/sync/domain/parse-definition.js';
import { arrayRows, type StagedRow } from '../support/staged-rows.js';

/** A target that can be read, and what the suite has to do to it behind its back. */
export interface TargetWorld {
  target: SyncTarget;
  /** The `target` of a definition file. Its rows have the key `id` (uuid) and take the columns of MAPPING. */
  place: Record<string, unknown>;
  /** Takes the lease over: with every call a larger token. */
  takeOver(sync: string): Promise<Fence>;
  /** Makes room for rows with these ids where a write creates none. */
  prepare(ids: readonly string[]): Promise<void>;
  /** Somebody else sets values of one row. */
  edit(id: string, values: Record<string, Value>): Promise<void>;
  /** Empties the target. */
  reset(): Promise<void>;
}

export type Mode = SyncDefinition['mode'];

/** Every type. The names begin with insight, since a graph takes no others on a node of the product. */
export const MAPPING = {
  id: 'uuid',
  insightText: 'text',
  insightInteger: 'integer',
  insightDecimal: 'decimal',
  insightFloat: 'float',
  insightFlag: 'boolean',
  insightAt: 'instant',
  insightDay: 'date',
  insightDocument: 'json',
  insightLink: 'uuid',
} as const;

/** Ids in their order; a key fingerprint of each is as good as random. */
export const idOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** A definition with the place of a world; without `mapping` all of MAPPING. */
export function defineSync(
  place: Record<string, unknown>,
  mode: Mode,
  mapping: Record<string, unknown> = MAPPING,
  more: Record<string, unknown> = {},
): SyncDefinition {
  const file = { name: 'under_test', model: 'insight_test', mode, key: ['id'], target: place, mapping };
  return parseSyncDefinition(stringify({ ...file, ...more }), 'under_test.yaml');
}

export const upsert = (values: Record<string, Value>): StagedRow => ({ op: 'insert', values });
export const remove = (values: Record<string, Value>): StagedRow => ({ op: 'delete', values });

/** Writes all ranges in turn. */
export async function writeAll(
  target: SyncTarget,
  definition: SyncDefinition,
  rows: readonly StagedRow[],
  fence: Fence,
): Promise<Written> {
  const staged = arrayRows(definition, rows);
  const total: Written = { inserted: 0, updated: 0, deleted: 0, unchanged: 0, waiting: [], refused: [] };
  for (const range of staged.ranges) {
    const one = await target.write(definition, staged, range, fence, new AbortController().signal);
    total.inserted += one.inserted;
    total.updated += one.updated;
    total.deleted += one.deleted;
    total.unchanged += one.unchanged;
    total.waiting.push(...one.waiting);
    total.refused.push(...one.refused);
  }
  return total;
}

/** What `preview` says, by seq. */
export async function previewAll(
  target: SyncTarget,
  definition: SyncDefinition,
  rows: readonly StagedRow[],
): Promise<{ seq: number; action: string; before: unknown }[]> {
  const staged = arrayRows(definition, rows);
  const lines: string[] = [];
  for (const range of staged.ranges) {
    const bytes = await target.preview?.(definition, staged, range);
    if (bytes) lines.push(...(await text(bytes)).split('\n').filter((line) => line !== ''));
  }
  return lines
    .map((line) => {
      const [seq = '', action = '', before = ''] = line.split('\t');
      return {
        seq: Number(seq),
        action,
        before: before === '\\N' ? null : (JSON.parse(before.replaceAll('\\\\', '\\')) as unknown),
      };
    })
    .sort((a, b) => a.seq - b.seq);
}

const counts = (written: Partial<Written>): Written => ({
  inserted: 0,
  updated: 0,
  deleted: 0,
  unchanged: 0,
  waiting: [],
  refused: [],
  ...written,
});

const FULL = {
  insightText: 'plain',
  insightInteger: 7n,
  insightDecimal: '1.5',
  insightFloat: 0.25,
  insightFlag: true,
  insightAt: '2026-01-02T03:04:05.123456Z',
  insightDay: '2026-01-02',
  insightDocument: '{"a": 1}',
  insightLink: idOf(900),
};
const ONE_COLUMN = { id: 'uuid', insightText: 'text' };

/** What holds for every target that can be read. `creates`: whether an upsert makes rows that are not there. */
export function syncTargetSuite(
  name: string,
  modes: readonly Mode[],
  creates: boolean,
  open: () => TargetWorld,
): void {
  const has = (mode: Mode) => (modes.includes(mode) ? it : it.skip);
  const upserting: Mode = modes.includes('upsert') ? 'upsert' : 'mirror';

  describe(`${name}: what every target does`, () => {
    let world: TargetWorld;
    let fence: Fence;
    beforeEach(async () => {
      world = open();
      await world.reset();
      await world.prepare(Array.from({ length: 20 }, (_one, n) => idOf(n)));
      fence = await world.takeOver('under_test');
    });
    const define = (mode: Mode, mapping?: Record<string, unknown>, more?: Record<string, unknown>) =>
      defineSync(world.place, mode, mapping, more);
    const write = (definition: SyncDefinition, rows: StagedRow[], by = fence) =>
      writeAll(world.target, definition, rows, by);
    const find = (definition: SyncDefinition, n: number) => world.target.find?.(definition, [idOf(n)]);
    const created = (rows: number) => counts(creates ? { inserted: rows } : { updated: rows });

    it('fits', async () => {
      const problems = await world.target.check(define(upserting));
      expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    });

    it('writes a row, and a repetition writes nothing', async () => {
      const definition = define(upserting);
      const rows = [upsert({ id: idOf(1), ...FULL }), upsert({ id: idOf(2) })];
      expect(await write(definition, rows)).toEqual(created(2));
      expect(await write(definition, rows)).toEqual(counts({ unchanged: 2 }));
      expect(await find(definition, 1)).toEqual({
        id: idOf(1),
        ...FULL,
        insightInteger: '7',
        insightFloat: '0.25',
        insightFlag: 'true',
      });
    });

    it('updates what differs, and only that', async () => {
      const definition = define(upserting, ONE_COLUMN);
      await write(definition, [
        upsert({ id: idOf(1), insightText: 'a' }),
        upsert({ id: idOf(2), insightText: 'b' }),
      ]);
      const next = [upsert({ id: idOf(1), insightText: 'a' }), upsert({ id: idOf(2), insightText: 'c' })];
      expect(await write(definition, next)).toEqual(counts({ updated: 1, unchanged: 1 }));
      expect(await find(definition, 2)).toEqual({ id: idOf(2), insightText: 'c' });
    });

    it('does not write a row for an ignored column, and writes the column along', async () => {
      const mapping = { ...ONE_COLUMN, insightAt: 'instant' };
      const definition = define(upserting, mapping, { ignore: ['insightAt'] });
      const at = (day: string) => `2026-01-${day}T00:00:00.000000Z`;
      await write(definition, [upsert({ id: idOf(1), insightText: 'a', insightAt: at('01') })]);
      const same = await write(definition, [upsert({ id: idOf(1), insightText: 'a', insightAt: at('02') })]);
      expect(same).toEqual(counts({ unchanged: 1 }));
      expect(await find(definition, 1)).toMatchObject({ insightAt: at('01') });
      await write(definition, [upsert({ id: idOf(1), insightText: 'b', insightAt: at('03') })]);
      expect(await find(definition, 1)).toMatchObject({ insightText: 'b', insightAt: at('03') });
    });

    it.each([
      [
        'insightText',
        ['\t\n\r\\', '\\N', '', "'; DROP TABLE x; --", '"quoted"', '🦊 é ', 'null', '$1 {{x}}'],
      ],
      ['insightInteger', [0n, -1n, 9007199254740993n, 9223372036854775807n, -9223372036854775808n]],
      ['insightDecimal', ['0.3', '-0.25', '100', '12345678901234567890.123456789012345678']],
      ['insightFloat', [0, 1, -1.5, 0.1, 1e300, 5e-324, 1.7976931348623157e308, 0.30000000000000004]],
      ['insightFlag', [true, false]],
      [
        'insightAt',
        ['1900-01-01T00:00:00.000000Z', '1969-12-31T23:59:59.999999Z', '2299-12-31T23:59:59.999999Z'],
      ],
      ['insightDay', ['1900-01-01', '1970-01-01', '2299-12-31']],
      ['insightDocument', ['{"a": 1.10, "b": [null, "\\t\\n\\\\"]}', '[]', '"text"', 'null']],
      ['insightLink', [idOf(1), 'ffffffff-ffff-4fff-bfff-ffffffffffff']],
    ] satisfies [keyof typeof MAPPING, Value[]][])('keeps %s to the last digit', async (column, values) => {
      const definition = define(upserting, { id: 'uuid', [column]: MAPPING[column] });
      const rows = [...values, null].map((value, n) => upsert({ id: idOf(n), [column]: value }));
      await write(definition, rows);
      for (const [n, value] of [...values, null].entries())
        expect((await find(definition, n))?.[column] ?? null).toBe(value === null ? null : String(value));
      expect(await write(definition, rows)).toEqual(counts({ unchanged: rows.length }));
    });

    it('tells null, empty and missing apart (trap 29)', async () => {
      const mapping = (policy: object) => ({ id: 'uuid', insightText: { type: 'text', ...policy } });
      const policies = {
        send: {},
        skip: { nulls: 'skip' },
        default: { nulls: 'set_if_empty', default: 'd' },
        fill: { write: 'fill_empty' },
        fillDefault: { write: 'fill_empty', nulls: 'set_if_empty', default: 'd' },
      };
      // Present values x, '' and null meet incoming values s, '' and null.
      const present = ['x', '', null];
      const incoming = ['s', '', null];
      const answers: Record<string, (string | null)[]> = {};
      for (const [policy, option] of Object.entries(policies)) {
        await world.reset();
        await world.prepare(Array.from({ length: 20 }, (_one, n) => idOf(n)));
        const pairs = present.flatMap((t) => incoming.map((s) => [t, s] as const));
        const plain = define(upserting, { id: 'uuid', insightText: 'text', insightDay: 'date' });
        await write(
          plain,
          pairs.map(([t], n) => upsert({ id: idOf(n), insightText: t, insightDay: '2026-01-01' })),
        );
        const definition = define(upserting, mapping(option));
        const rows = pairs.map(([, s], n) => upsert({ id: idOf(n), insightText: s }));
        await write(definition, rows);
        expect(await write(definition, rows)).toEqual(counts({ unchanged: 9 }));
        answers[policy] = [];
        for (const n of pairs.keys()) answers[policy].push((await find(definition, n))?.insightText ?? null);
      }
      expect(answers).toEqual({
        //        x meets s, '', null | '' meets s, '', null | null meets s, '', null
        send: ['s', '', null, 's', '', null, 's', '', null],
        skip: ['s', '', 'x', 's', '', '', 's', '', null],
        default: ['s', '', 'x', 's', '', 'd', 's', '', 'd'],
        fill: ['x', 'x', 'x', 's', '', null, 's', '', null],
        fillDefault: ['x', 'x', 'x', 's', '', 'd', 's', '', 'd'],
      });
    });

    has('update')('update: a row that is not there waits, none is made', async () => {
      const definition = define('update', ONE_COLUMN);
      await write(define(upserting, ONE_COLUMN), [upsert({ id: idOf(1), insightText: 'a' })]);
      const rows = [upsert({ id: idOf(1), insightText: 'b' }), upsert({ id: idOf(50), insightText: 'c' })];
      const { waiting, ...rest } = await write(definition, rows);
      expect(rest).toMatchObject({ inserted: 0, updated: 1, unchanged: 0 });
      expect(waiting).toEqual([{ seq: 2, reason: expect.stringMatching(/^missing_(row|node)$/) }]);
      expect(await find(definition, 50)).toBeNull();
    });

    has('insert')('insert: a row that is there stays as it is', async () => {
      await write(define(upserting, ONE_COLUMN), [upsert({ id: idOf(1), insightText: 'a' })]);
      const definition = define('insert', ONE_COLUMN);
      const rows = [upsert({ id: idOf(1), insightText: 'b' }), upsert({ id: idOf(2), insightText: 'c' })];
      expect(await write(definition, rows)).toEqual(counts({ inserted: 1, unchanged: 1 }));
      expect(await find(definition, 1)).toMatchObject({ insightText: 'a' });
    });

    has('mirror')('deletes the rows it is told, and a repetition deletes nothing', async () => {
      const definition = define('mirror', ONE_COLUMN);
      await write(
        definition,
        [1, 2].map((n) => upsert({ id: idOf(n), insightText: 'a' })),
      );
      const rows = [remove({ id: idOf(1) }), remove({ id: idOf(50) })];
      expect(await write(definition, rows)).toEqual(counts({ deleted: 1, unchanged: 1 }));
      expect(await write(definition, rows)).toEqual(counts({ unchanged: 2 }));
      expect((await find(definition, 1))?.insightText ?? null).toBeNull();
      expect(await find(definition, 2)).toMatchObject({ insightText: 'a' });
    });

    it('previews what a write then does, and changes nothing', async () => {
      const definition = define(upserting, { ...ONE_COLUMN, insightInteger: 'integer' });
      await write(definition, [
        upsert({ id: idOf(1), insightText: 'a\t\n"\\', insightInteger: 1n }),
        upsert({ id: idOf(2), insightText: 'b', insightInteger: 1n }),
      ]);
      const rows = [
        upsert({ id: idOf(1), insightText: 'c', insightInteger: 1n }),
        upsert({ id: idOf(2), insightText: 'b', insightInteger: 1n }),
        upsert({ id: idOf(3), insightText: 'd', insightInteger: 1n }),
      ];
      const said = await previewAll(world.target, definition, rows);
      expect(said.slice(0, 2)).toEqual([
        { seq: 1, action: 'update', before: { insightText: 'a\t\n"\\' } },
        { seq: 2, action: 'unchanged', before: {} },
      ]);
      expect(said[2]?.action).toBe(creates ? 'insert' : 'update');
      expect(await find(definition, 1)).toMatchObject({ insightText: 'a\t\n"\\' });
      const written = await write(definition, rows);
      expect(written.inserted).toBe(said.filter(({ action }) => action === 'insert').length);
      expect(written.updated).toBe(said.filter(({ action }) => action === 'update').length);
      expect(written.unchanged).toBe(1);
    });

    it('puts right what somebody else edited', async () => {
      const definition = define(upserting, ONE_COLUMN);
      const rows = [upsert({ id: idOf(1), insightText: 'a' }), upsert({ id: idOf(2), insightText: 'b' })];
      await write(definition, rows);
      await world.edit(idOf(2), { insightText: 'edited' });
      expect(await write(definition, rows)).toEqual(counts({ updated: 1, unchanged: 1 }));
      expect(await find(definition, 2)).toMatchObject({ insightText: 'b' });
    });

    it('refuses an older token once a younger one has written', async () => {
      const definition = define(upserting, ONE_COLUMN);
      const younger = await world.takeOver('under_test');
      await write(definition, [upsert({ id: idOf(1), insightText: 'young' })], younger);
      const rows = [upsert({ id: idOf(1), insightText: 'old' })];
      await expect(write(definition, rows, fence)).rejects.toMatchObject({
        class: 'transient',
        code: 'lease_lost',
      });
      expect(await find(definition, 1)).toMatchObject({ insightText: 'young' });
    });

    it('gives the fingerprints of its rows, by bucket', async () => {
      const { insightDocument: _json, ...mapping } = MAPPING;
      const definition = define(upserting, mapping);
      const { insightDocument: _one, ...values } = FULL;
      await write(definition, [
        upsert({ id: idOf(1), ...values }),
        upsert({ id: idOf(2), insightText: 'é🦊', insightDecimal: '100', insightFloat: -0 }),
      ]);
      const columns = definition.columns.filter(({ key }) => !key);
      const texts: Record<string, string | null>[] = [
        {
          ...values,
          insightInteger: '7',
          insightFloat: '3fd0000000000000',
          insightFlag: 'true',
          insightAt: '1767323045123456',
        },
        { insightText: 'é🦊', insightDecimal: '100', insightFloat: '0000000000000000' },
      ];
      const expected = texts.map((row, index) => {
        const keyText = encode([['id', idOf(index + 1)]]);
        const rowText = encode(columns.map(({ target }) => [target, row[target] ?? null]));
        return { key: md5(keyText), row: md5(keyText + rowText), texts: [idOf(index + 1)] };
      });
      const buckets = 16;
      const bucketOf = (key: string) => Number.parseInt(key.slice(0, 8), 16) % buckets;
      const sums = new Map<number, { rows: number; sum: bigint }>();
      for (const { key, row } of expected) {
        const one = sums.get(bucketOf(key)) ?? { rows: 0, sum: 0n };
        sums.set(bucketOf(key), { rows: one.rows + 1, sum: one.sum + BigInt(`0x${row.slice(0, 15)}`) });
      }
      const given = (await world.target.bucketSums?.(definition, columns, buckets)) ?? [];
      expect(given.sort((a, b) => a.bucket - b.bucket)).toEqual(
        [...sums]
          .sort(([a], [b]) => a - b)
          .map(([bucket, { rows, sum }]) => ({ bucket, rows, sum: sum.toString() })),
      );
      const wanted = [bucketOf(expected[0]?.key ?? '')];
      const bytes = await world.target.bucketRows?.(definition, columns, buckets, wanted);
      const lines = bytes ? (await text(bytes)).split('\n').filter((line) => line !== '') : [];
      expect(
        lines.map((line) => line.split('\t')).map(([key, row, keys = '']) => [key, row, JSON.parse(keys)]),
      ).toEqual(
        expected
          .filter(({ key }) => wanted.includes(bucketOf(key)))
          .map(({ key, row, texts: t }) => [key, row, t]),
      );
    });
  });
}

const md5 = (value: string): string => createHash('md5').update(value).digest('hex');

/** The encoding of fingerprints, written down a second time. */
function encode(columns: readonly (readonly [string, string | null])[]): string {
  return columns
    .map(([target, value]) =>
      value === null ? `${target}=null\n` : `${target}=${Buffer.byteLength(value)}:${value}\n`,
    )
    .join('');
}
