import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Fence, Written } from '../../modules/sync/application/ports.js';
import type { SyncDefinition } from '../../modules/sync/domain/definition.js';
import { parseSyncDefinition } from '../../modules/sync/domain/parse-definition.js';
import { GraphTarget } from '../../modules/sync/infrastructure/graph-target/graph-target.js';
import { EmbeddedGraph } from '../../src/platform/graph/embedded-graph.js';
import { migrateGraph } from '../../src/platform/graph/graph-migrations.js';
import type { Graph, GraphParams } from '../../src/platform/graph/graph.js';
import { Neo4jGraph } from '../../src/platform/graph/neo4j-graph.js';
import { idOf, previewAll, remove, upsert, writeAll } from '../contract/sync-target-suite.js';
import { reportMissing } from '../servers/child.js';
import { startEmbeddedGraph } from '../servers/embedded-graph.js';
import { startNeo4j } from '../servers/neo4j.js';
import { arrayRows } from '../support/staged-rows.js';

jest.setTimeout(120_000);

const directory = mkdtempSync(join(tmpdir(), 'insights-graph-'));
const neo4j = await startNeo4j();
if ('unavailable' in neo4j) reportMissing('the graph target on Neo4j', neo4j.unavailable);
const embedded = await startEmbeddedGraph(directory);
const engines: [string, Graph][] = [
  ['the embedded graph', new EmbeddedGraph(embedded)],
  ...('uri' in neo4j ? [['Neo4j', new Neo4jGraph(neo4j)] satisfies [string, Graph]] : []),
];

afterAll(async () => {
  for (const [, graph] of engines) await graph.close();
  await embedded.stop();
  if ('stop' in neo4j) await neo4j.stop();
  rmSync(directory, { recursive: true, force: true });
});

const define = (file: object): SyncDefinition =>
  parseSyncDefinition(
    stringify({ name: 'under_test', model: 'insight_test', mode: 'mirror', ...file }),
    'under_test.yaml',
  );
const pairs = (more: object = {}, target: object = {}): SyncDefinition =>
  define({
    key: ['from', 'to'],
    target: {
      kind: 'graph',
      relationship: { type: 'INSIGHT_PAIR', label: 'Entity', property: 'id', ...target },
    },
    mapping: { from: 'uuid', to: 'uuid', rate: 'float', at: 'instant' },
    ...more,
  });
const models = (more: object = {}): SyncDefinition =>
  define({
    mode: 'upsert',
    key: ['version'],
    target: { kind: 'graph', node: { label: 'AffinityModel', existing: false } },
    mapping: { version: 'integer', status: 'text' },
    ...more,
  });
const fenceOf = (sync: string, token: number): Fence => ({
  sync,
  token: String(token),
  check: () => Promise.resolve(),
});
const counts = (written: Partial<Written>): Written => ({
  inserted: 0,
  updated: 0,
  deleted: 0,
  unchanged: 0,
  waiting: [],
  refused: [],
  ...written,
});
const AT = '2026-01-02T03:04:05.000006Z';

describe.each(engines)('graph target on %s', (_name, graph) => {
  const target = new GraphTarget(graph);
  const fence = fenceOf('under_test', 1);
  const write = (definition: SyncDefinition, rows: Parameters<typeof writeAll>[2], by = fence) =>
    writeAll(target, definition, rows, by);
  const query = (statement: string, params: GraphParams = {}) => graph.read(statement, params, z.unknown());
  const change = (statement: string, params: GraphParams = {}) => graph.write(statement, params, z.unknown());
  const addEntities = (...numbers: number[]) =>
    change('UNWIND $ids AS id MERGE (e:Entity {id: id}) SET e.name = $name', {
      ids: numbers.map(idOf),
      name: 'theirs',
    });
  const pair = (from: number, to: number, rate = 0.5) =>
    upsert({ from: idOf(from), to: idOf(to), rate, at: AT });
  const signals = () =>
    query(
      'MATCH (a:Entity)-[r:INSIGHT_PAIR]->(b:Entity) RETURN a.id AS a, b.id AS b, r.rate AS rate ORDER BY a, b',
    );

  beforeAll(() => migrateGraph(graph));
  beforeEach(() =>
    change('MATCH (n) WHERE n:Entity OR n:AffinityModel OR n:InsightSyncFence DETACH DELETE n'),
  );

  describe('relationships', () => {
    it('run from the smaller end, are written once, count changes, and go without their nodes', async () => {
      await addEntities(1, 2, 3);
      await change('MATCH (a:Entity {id: $a}) MATCH (b:Entity {id: $b}) MERGE (a)-[:AFFINITY]->(b)', {
        a: idOf(1),
        b: idOf(2),
      });
      const counted = pairs({}, { counter: 'version' });
      expect(await write(counted, [pair(1, 2), pair(3, 2)])).toEqual(counts({ inserted: 2 }));
      expect(await write(counted, [pair(1, 2), pair(2, 3, 0.75)])).toEqual(
        counts({ updated: 1, unchanged: 1 }),
      );
      expect(
        await query(
          'MATCH (a:Entity)-[r:INSIGHT_PAIR]->(b) RETURN a.id AS a, b.id AS b, r.rate AS rate, r.at AS at, r.version AS version ORDER BY a',
        ),
      ).toEqual([
        { a: idOf(1), b: idOf(2), rate: 0.5, at: AT, version: 1 },
        { a: idOf(2), b: idOf(3), rate: 0.75, at: AT, version: 2 },
      ]);
      const gone = [
        remove({ from: idOf(2), to: idOf(1) }),
        remove({ from: idOf(3), to: idOf(2) }),
        remove({ from: idOf(1), to: idOf(3) }),
      ];
      expect(await write(counted, gone)).toEqual(counts({ deleted: 2, unchanged: 1 }));
      expect(
        await query(
          'MATCH (e:Entity) OPTIONAL MATCH (e)-[r]->() RETURN count(DISTINCT e) AS nodes, count(r) AS theirs',
        ),
      ).toEqual([{ nodes: 3, theirs: 1 }]);
    });

    it('wait for both nodes, and make none', async () => {
      await addEntities(1);
      expect(await write(pairs(), [pair(1, 2)])).toEqual(
        counts({ waiting: [{ seq: 1, reason: 'missing_node' }] }),
      );
      expect(await query('MATCH (e:Entity) RETURN count(e) AS n')).toEqual([{ n: 1 }]);
    });

    it('with mode update wait for the relationship; with mode insert leave it', async () => {
      await addEntities(1, 2, 3);
      await write(pairs({ mode: 'upsert' }), [pair(1, 2)]);
      expect(await write(pairs({ mode: 'update' }), [pair(1, 2, 1), pair(1, 3)])).toEqual(
        counts({ updated: 1, waiting: [{ seq: 2, reason: 'missing_row' }] }),
      );
      expect(await write(pairs({ mode: 'insert' }), [pair(1, 2, 0), pair(1, 3)])).toEqual(
        counts({ inserted: 1, unchanged: 1 }),
      );
      expect(await signals()).toEqual([
        { a: idOf(1), b: idOf(2), rate: 1 },
        { a: idOf(1), b: idOf(3), rate: 0.5 },
      ]);
    });

    it('refuse the second of two rows with the same ends, and take the others', async () => {
      await addEntities(1, 2, 3);
      const written = await write(pairs(), [pair(1, 2), pair(2, 1, 0.75), pair(1, 3)]);
      expect(written).toMatchObject({
        inserted: 2,
        refused: [{ seq: 2, error: { code: 'duplicate_pair' } }],
      });
      expect(await signals()).toEqual([
        { a: idOf(1), b: idOf(2), rate: 0.5 },
        { a: idOf(1), b: idOf(3), rate: 0.5 },
      ]);
    });

    it('are previewed, found and fingerprinted under their ends', async () => {
      await addEntities(1, 2, 3);
      const definition = pairs({}, { counter: 'version' });
      await write(definition, [pair(2, 1), pair(2, 3)]);
      const rows = [
        pair(1, 2),
        pair(3, 2, 0.75),
        pair(1, 3),
        pair(1, 9),
        remove({ from: idOf(2), to: idOf(1) }),
      ];
      expect(await previewAll(target, definition, rows)).toEqual([
        { seq: 1, action: 'unchanged', before: {} },
        { seq: 2, action: 'update', before: { rate: '0.5' } },
        { seq: 3, action: 'insert', before: null },
        { seq: 4, action: 'waiting', before: null },
        { seq: 5, action: 'delete', before: { rate: '0.5', at: AT } },
      ]);
      expect(await target.find(definition, [idOf(2), idOf(1)])).toEqual({
        from: idOf(1),
        to: idOf(2),
        rate: '0.5',
        at: AT,
      });
      expect(await target.find(definition, [idOf(1), idOf(3)])).toBeNull();
      const columns = definition.columns.filter(({ key }) => !key);
      const lines = (await text(await target.bucketRows(definition, columns, 1, [0]))).trim().split('\n');
      expect(lines.map((line) => z.array(z.string()).parse(JSON.parse(line.split('\t')[2] ?? '')))).toEqual([
        [idOf(1), idOf(2)],
        [idOf(2), idOf(3)],
      ]);
      const sum = lines.reduce((all, line) => all + BigInt(`0x${line.split('\t')[1]?.slice(0, 15)}`), 0n);
      expect(await target.bucketSums(definition, columns, 1)).toEqual([
        { bucket: 0, rows: 2, sum: sum.toString() },
      ]);
    });
  });

  describe('nodes of the product', () => {
    const marked = define({
      key: ['id'],
      target: {
        kind: 'graph',
        node: { label: 'Entity', existing: true, labels: ['InsightRated', 'InsightSeen'] },
      },
      mapping: { id: 'uuid', insightRate: 'float' },
    });

    it('get our labels with our properties, lose both, and keep all that is theirs', async () => {
      await addEntities(1, 2);
      await change('MATCH (e:Entity) SET e:Partner');
      const rows = [upsert({ id: idOf(1), insightRate: 1 }), upsert({ id: idOf(2) })];
      expect(await write(marked, rows)).toEqual(counts({ inserted: 2 }));
      await change('MATCH (e:Entity {id: $id}) REMOVE e:InsightSeen', { id: idOf(1) });
      expect(await write(marked, rows)).toEqual(counts({ updated: 1, unchanged: 1 }));
      const all =
        'MATCH (e:Entity) RETURN e.id AS id, e.name AS name, e.insightRate / 2 AS half, e:Partner AS theirs, e:InsightRated AND e:InsightSeen AS ours ORDER BY id';
      expect(await query(all)).toEqual([
        { id: idOf(1), name: 'theirs', half: 0.5, theirs: true, ours: true },
        { id: idOf(2), name: 'theirs', half: null, theirs: true, ours: true },
      ]);
      expect(await write(marked, [remove({ id: idOf(1) }), remove({ id: idOf(2) })])).toEqual(
        counts({ deleted: 2 }),
      );
      expect(await query(all)).toEqual([
        { id: idOf(1), name: 'theirs', half: null, theirs: true, ours: false },
        { id: idOf(2), name: 'theirs', half: null, theirs: true, ours: false },
      ]);
    });

    it('are fingerprinted page by page, those with something of ours only', async () => {
      const all = Array.from({ length: 12_000 }, (_one, n) => n);
      await addEntities(...all);
      const written = all.filter((n) => n % 6 !== 5);
      for (let from = 0; from < written.length; from += 1000)
        await write(
          marked,
          written.slice(from, from + 1000).map((n) => upsert({ id: idOf(n), insightRate: n })),
        );
      const sums = await target.bucketSums(
        marked,
        marked.columns.filter(({ key }) => !key),
        8,
      );
      expect(sums.map(({ bucket }) => bucket).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(sums.reduce((total, { rows }) => total + rows, 0)).toBe(10_000);
    });
  });

  describe('rows that a graph cannot take', () => {
    it('are refused one by one, while their neighbours are written', async () => {
      const odd = models({ mapping: { version: 'integer', status: 'text', rate: 'float', at: 'instant' } });
      const rows = [
        upsert({ version: 1n, status: 'a' }),
        upsert({ version: null, status: 'no key' }),
        upsert({ version: 2n, rate: Number.NaN }),
        upsert({ version: 2n ** 63n }),
        upsert({ version: 3n, at: 'yesterday' }),
        upsert({ version: 4n, rate: 1, at: '2026-01-02 03:04:05.6' }),
      ];
      const { refused, ...rest } = await write(odd, rows);
      expect(rest).toMatchObject({ inserted: 2, unchanged: 0, waiting: [] });
      expect(refused.map(({ seq, error }) => [seq, error.class, error.code])).toEqual([
        [2, 'rejected', 'null_key'],
        [3, 'rejected', 'graph_value_invalid'],
        [4, 'rejected', 'graph_value_invalid'],
        [5, 'rejected', 'graph_value_invalid'],
      ]);
      expect(
        await query('MATCH (m:AffinityModel) RETURN m.version AS version, m.at AS at ORDER BY version'),
      ).toEqual([
        { version: 1, at: null },
        { version: 4, at: '2026-01-02T03:04:05.6Z' },
      ]);
      const said = await previewAll(target, odd, rows);
      expect(said.map(({ action }) => action)).toEqual([
        'unchanged',
        'refused',
        'refused',
        'refused',
        'refused',
        'unchanged',
      ]);
    });
  });

  describe('the check', () => {
    const codes = async (definition: SyncDefinition) =>
      (await target.check(definition)).map(({ code, severity }) => [code, severity]);

    it('finds nothing to say about what fits', async () => {
      await addEntities(1);
      expect(await codes(models())).toEqual([]);
      expect(await codes(pairs())).toEqual([]);
    });

    it('names nodes of ours without a unique key, and labels without a node', async () => {
      const target = { kind: 'graph', node: { label: 'InsightLoose', existing: false } };
      expect(await codes(models({ target }))).toEqual([['no_unique_key', 'error']]);
      expect(
        await codes(
          define({
            key: ['id'],
            target: { kind: 'graph', node: { label: 'Nobody', existing: true } },
            mapping: { id: 'uuid', insightRate: 'float' },
          }),
        ),
      ).toEqual([
        ['no_unique_key', 'warning'],
        ['missing_label', 'warning'],
      ]);
    });

    it('names a key of another type, a default that is none, and a batch too large', async () => {
      await change('MERGE (m:AffinityModel {version: $version})', { version: 'one' });
      const status = { type: 'integer', nulls: 'set_if_empty', default: 'many' };
      expect(await codes(models({ mapping: { version: 'integer', status }, batch_size: 20_000 }))).toEqual([
        ['type_mismatch', 'error'],
        ['type_mismatch', 'error'],
        ['batch_too_large', 'error'],
      ]);
    });
  });

  describe('the fence', () => {
    it('stops a writer that wakes up late, also when nothing of its batch matches', async () => {
      await write(models(), [upsert({ version: 1n, status: 'young' })], fenceOf('under_test', 7));
      const late = fenceOf('under_test', 6);
      const lost = { class: 'transient', code: 'lease_lost' };
      await expect(write(models(), [upsert({ version: 2n, status: 'old' })], late)).rejects.toMatchObject(
        lost,
      );
      await expect(write(pairs(), [pair(1, 2)], late)).rejects.toMatchObject(lost);
      await expect(write(pairs(), [remove({ from: idOf(1), to: idOf(2) })], late)).rejects.toMatchObject(
        lost,
      );
      expect(await query('MATCH (m:AffinityModel) RETURN m.version AS version')).toEqual([{ version: 1 }]);
      await write(models(), [upsert({ version: 2n })], fenceOf('another_sync', 1));
    });

    it('never gives an older token the last word over a younger one at the same moment', async () => {
      for (let round = 0; round < 5; round++) {
        const tokens = Array.from({ length: 12 }, (_one, n) => round * 12 + n + 1);
        const outcomes = await Promise.allSettled(
          tokens.map((token) =>
            write(
              models(),
              [1n, 2n, 3n].map((version) => upsert({ version, status: String(token) })),
              fenceOf('under_test', token),
            ),
          ),
        );
        for (const outcome of outcomes)
          if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'lease_lost' });
        expect(outcomes.at(-1)?.status).toBe('fulfilled');
        expect(
          await query('MATCH (m:AffinityModel) RETURN DISTINCT m.status AS status, count(m) AS n'),
        ).toEqual([{ status: String(round * 12 + 12), n: 3 }]);
      }
    });
  });

  it('trap 30: sixteen writers with the same keys in any order make one node each, and none is lost', async () => {
    const versions = Array.from({ length: 200 }, (_one, n) => BigInt(n + 1));
    const written = await Promise.all(
      Array.from({ length: 16 }, (_one, writer) => {
        // Opposite orders of locks are what deadlocks are made of.
        const turned = [...versions.slice(writer * 12), ...versions.slice(0, writer * 12)];
        const rows = (writer % 2 === 0 ? turned : turned.reverse()).map((version) =>
          upsert({ version, status: 'all agree' }),
        );
        return write(models({ name: `writer_${writer}` }), rows, fenceOf(`writer_${writer}`, 1));
      }),
    );
    for (const one of written) expect(one.inserted + one.updated + one.unchanged).toBe(200);
    expect(
      await query(
        'MATCH (m:AffinityModel) RETURN count(m) AS nodes, count(DISTINCT m.version) AS versions, min(m.status) AS status',
      ),
    ).toEqual([{ nodes: 200, versions: 200, status: 'all agree' }]);
  });

  it('writes nothing for a run that was called off while its rows were read', async () => {
    const called = new AbortController();
    const definition = models();
    const staged = arrayRows(definition, [upsert({ version: 1n })]);
    const slow = {
      ...staged,
      rows: async (range: Parameters<typeof staged.rows>[0]) => {
        called.abort(new Error('called off'));
        return staged.rows(range);
      },
    };
    await expect(
      target.write(definition, slow, { from: 1, to: 2, kind: 'upsert' }, fence, called.signal),
    ).rejects.toThrow('called off');
    expect(await query('MATCH (m:AffinityModel) RETURN count(m) AS n')).toEqual([{ n: 0 }]);
  });

  it('keeps integers, floats, instants and dates native, and takes a property away with null', async () => {
    const typed = models({
      mapping: {
        version: 'integer',
        whole: 'float',
        at: 'instant',
        day: 'date',
        money: 'decimal',
        note: 'text',
      },
    });
    const values = { version: 1n, whole: 5, at: AT, day: '2026-01-02', money: '1.50', note: 'x' };
    await write(typed, [upsert(values)]);
    expect(
      await query(
        `MATCH (m:AffinityModel) RETURN m.whole / 2 AS half, m.at = datetime($at) AS at, m.day = date('2026-01-02') AS day, m.money AS money, m.version / 2 AS floor`,
        { at: AT },
      ),
    ).toEqual([{ half: 2.5, at: true, day: true, money: '1.50', floor: 0 }]);
    expect(await write(typed, [upsert({ ...values, note: null })])).toEqual(counts({ updated: 1 }));
    expect(await query('MATCH (m:AffinityModel) RETURN keys(m) AS names')).toEqual([
      { names: expect.not.arrayContaining(['note']) },
    ]);
  });
});
