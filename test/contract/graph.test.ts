import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { EmbeddedGraph } from '../../src/platform/graph/embedded-graph.js';
import { migrateGraph } from '../../src/platform/graph/graph-migrations.js';
import { graphInstant, graphRow, type Graph, type GraphParams } from '../../src/platform/graph/graph.js';
import { Neo4jGraph } from '../../src/platform/graph/neo4j-graph.js';
import { reportMissing } from '../servers/child.js';
import { startEmbeddedGraph } from '../servers/embedded-graph.js';
import { startNeo4j } from '../servers/neo4j.js';

jest.setTimeout(300_000);

// Every id of this run begins alike, and only those are deleted: NEO4J_URI may name a server with other data.
const run = `run-${randomUUID()}`;
const directory = mkdtempSync(join(tmpdir(), 'insights-graph-'));
const neo4j = await startNeo4j();
if ('unavailable' in neo4j) reportMissing('the graph contract on Neo4j', neo4j.unavailable);
const embedded = await startEmbeddedGraph(join(directory, 'shared'));

interface Engine {
  name: string;
  graph?: Graph;
  stranger?: Graph;
  nobody?: Graph;
}
const engines: Engine[] = [
  {
    name: 'embedded',
    graph: new EmbeddedGraph(embedded),
    stranger: new EmbeddedGraph({ url: embedded.url, token: 'another' }),
    nobody: new EmbeddedGraph({ url: 'http://127.0.0.1:1', token: '' }),
  },
  {
    name: 'neo4j',
    ...('uri' in neo4j && {
      graph: new Neo4jGraph(neo4j),
      stranger: new Neo4jGraph({ ...neo4j, password: 'another' }),
      nobody: new Neo4jGraph({ ...neo4j, uri: 'bolt://127.0.0.1:1' }),
    }),
  },
];

afterAll(async () => {
  for (const { graph, stranger, nobody } of engines)
    await Promise.all([graph?.close(), stranger?.close(), nobody?.close()]);
  await embedded.stop();
  if ('stop' in neo4j) await neo4j.stop();
  rmSync(directory, { recursive: true, force: true });
});

const count = z.object({ n: z.number() });
const nothing = z.unknown();

async function countEntities(graph: Graph, prefix: string): Promise<number | undefined> {
  const rows = await graph.read(
    'MATCH (e:Entity) WHERE e.id STARTS WITH $prefix RETURN count(e) AS n',
    { prefix },
    count,
  );
  return rows[0]?.n;
}

describe.each(engines)('graph contract on $name', ({ graph: given, stranger, nobody }) => {
  const test = given === undefined ? it.skip : it;
  const graph = (): Graph => {
    if (given === undefined) throw new Error('skipped tests do not run');
    return given;
  };
  const echo = async (params: GraphParams): Promise<unknown> =>
    (
      await graph().read(
        `RETURN ${Object.keys(params)
          .map((key) => `$${key} AS ${key}`)
          .join(', ')}`,
        params,
        graphRow,
      )
    )[0];

  beforeAll(async () => {
    if (given !== undefined) await migrateGraph(given);
  });
  afterAll(async () => {
    await given?.write('MATCH (e) WHERE e.id STARTS WITH $run DETACH DELETE e', { run }, nothing);
  });

  test('gives parameters back as they went in', async () => {
    const values = {
      integer: 5n,
      negative: -7n,
      float: 0.1,
      text: `it's "quoted" \\ back \`tick\` Zürich 東京 🎉 \u2028 \n \t end`,
      yes: true,
      nil: null,
      list: [1n, 2n],
      empty: [],
      map: { a: 'x', $int: '5', $$: { deep: [null, 1.5] } },
    };
    expect(await echo(values)).toEqual({ ...values, integer: 5, negative: -7, list: [1, 2] });
  });

  test('keeps integers past 2^53 exact, and gives safe ones as numbers', async () => {
    const params = { max: 2n ** 63n - 1n, min: -(2n ** 63n), past: 2n ** 53n, safe: 2n ** 53n - 1n };
    expect(await echo(params)).toEqual({ ...params, safe: 9007199254740991 });
  });

  test('stores a bigint as an integer, and toFloat of a number as a float', async () => {
    const id = `${run}-types`;
    await graph().write(
      'CREATE (e:Entity {id: $id}) SET e += $props, e.score = toFloat($score)',
      { id, props: { n: 7n, whole: 3 }, score: 5 },
      nothing,
    );
    const rows = await graph().read(
      'MATCH (e:Entity {id: $id}) RETURN e.n / 2 AS half, e.score / 2 AS exact, toString(e.n) AS text, e.n AS n, e.whole AS whole',
      { id },
      graphRow,
    );
    expect(rows).toEqual([{ half: 3, exact: 2.5, text: '7', n: 7, whole: 3 }]);
  });

  test('refuses values that the engines would not store alike', async () => {
    for (const value of [NaN, Infinity, 2n ** 63n]) {
      await expect(echo({ rows: [{ value }] })).rejects.toMatchObject({
        class: 'rejected',
        code: 'graph_value_invalid',
      });
    }
  });

  test('keeps instants to the microsecond and hands back the same UTC text', async () => {
    const rows = [
      '2026-03-01T10:11:12.123456Z',
      '2026-03-01T10:11:12.100000Z',
      '2026-03-01T10:11:00Z',
      '1999-12-31T23:59:59.000001Z',
    ].map((at, index) => ({ id: `${run}-at-${index}`, at, props: { order: BigInt(index) } }));
    await graph().write(
      'UNWIND $rows AS row MERGE (e:Entity {id: row.id}) SET e += row.props, e.at = datetime(row.at)',
      { rows: [...rows, { id: `${run}-at-9`, at: null, props: {} }] },
      nothing,
    );
    const read = await graph().read(
      'MATCH (e:Entity) WHERE e.id STARTS WITH $prefix RETURN e.at AS at, toString(e.at) AS text ORDER BY e.id',
      { prefix: `${run}-at-` },
      graphRow,
    );
    const texts = [
      '2026-03-01T10:11:12.123456Z',
      '2026-03-01T10:11:12.1Z',
      '2026-03-01T10:11:00Z',
      '1999-12-31T23:59:59.000001Z',
      null,
    ];
    expect(read).toEqual(texts.map((text) => ({ at: text, text })));

    const later = await graph().read(
      'MATCH (e:Entity) WHERE e.id STARTS WITH $prefix AND e.at > datetime($after) RETURN e.at AS at',
      { prefix: `${run}-at-`, after: '2026-03-01T10:11:12.123455Z' },
      z.object({ at: graphInstant }),
    );
    expect(later).toEqual([{ at: '2026-03-01T10:11:12.123456Z' }]);
  });

  test('gives nodes, relationships and paths as plain data', async () => {
    const [a, b] = [`${run}-plain-a`, `${run}-plain-b`];
    await graph().write(
      'CREATE (:Entity {id: $a, n: 1})-[:PLAIN {x: 2}]->(:Entity {id: $b})',
      { a, b },
      nothing,
    );
    const rows = await graph().read(
      'MATCH p = (a:Entity {id: $a})-[r:PLAIN]->(b) RETURN a, r, p, labels(b) AS l',
      { a },
      graphRow,
    );
    const nodeA = { _labels: ['Entity'], id: a, n: 1 };
    const nodeB = { _labels: ['Entity'], id: b };
    const edge = { _type: 'PLAIN', x: 2 };
    expect(rows).toEqual([{ a: nodeA, r: edge, p: { nodes: [nodeA, nodeB], edges: [edge] }, l: ['Entity'] }]);
  });

  test('MERGE with += is idempotent, removes nulls, and merges relationships once', async () => {
    const rows = ['a', 'b', 'a'].map((name) => ({
      id: `${run}-merge-${name}`,
      props: { insightSuccessN: 3n, gone: null },
    }));
    const pair = [{ a: rows[0]?.id ?? '', b: rows[1]?.id ?? '', props: { partnerships: 4n, rate: 0.75 } }];
    for (let repeat = 0; repeat < 2; repeat++) {
      await graph().write(
        'UNWIND $rows AS row MERGE (e:Entity {id: row.id}) SET e += row.props',
        { rows },
        nothing,
      );
      await graph().write(
        `UNWIND $pair AS row MATCH (a:Entity {id: row.a}) MATCH (b:Entity {id: row.b})
         MERGE (a)-[r:SUCCESS_SIGNAL]->(b) ON CREATE SET r.version = 1 ON MATCH SET r.version = r.version + 1 SET r += row.props`,
        { pair },
        nothing,
      );
    }
    const read = await graph().read(
      'MATCH (a:Entity)-[r:SUCCESS_SIGNAL]->(b:Entity) WHERE a.id STARTS WITH $prefix RETURN properties(a) AS a, properties(r) AS r, b.id AS b',
      { prefix: `${run}-merge-` },
      graphRow,
    );
    const [first] = rows;
    expect(read).toEqual([
      {
        a: { id: first?.id, insightSuccessN: 3 },
        r: { partnerships: 4, rate: 0.75, version: 2 },
        b: `${run}-merge-b`,
      },
    ]);
    expect(await countEntities(graph(), `${run}-merge-`)).toBe(2);
  });

  test('removes a property and a relationship, and keeps the node', async () => {
    const id = `${run}-remove`;
    await graph().write(
      'CREATE (e:Entity {id: $id, insightA: 1, insightB: 2})-[:SELF]->(e)',
      { id },
      nothing,
    );
    const refused = graph().write('MATCH (e:Entity {id: $id}) DELETE e', { id }, nothing);
    await expect(refused).rejects.toMatchObject({ class: 'rejected', code: 'graph_constraint' });
    await graph().write(
      'MATCH (e:Entity {id: $id})-[r:SELF]->() REMOVE e.insightA DELETE r',
      { id },
      nothing,
    );
    const rows = await graph().read(
      'MATCH (e:Entity {id: $id}) RETURN properties(e) AS e, EXISTS { (e)-[:SELF]->() } AS linked',
      { id },
      graphRow,
    );
    expect(rows).toEqual([{ e: { id, insightB: 2 }, linked: false }]);
  });

  test('writes all rows of a statement or none', async () => {
    const rows = [1n, 2n, 0n].map((divisor, index) => ({ id: `${run}-atomic-${index}`, divisor }));
    const failing = graph().write(
      'UNWIND $rows AS row MERGE (e:Entity {id: row.id}) SET e.x = 10 / row.divisor',
      { rows },
      nothing,
    );
    await expect(failing).rejects.toMatchObject({ class: 'rejected', source: 'graph', code: 'graph_data' });
    expect(await countEntities(graph(), `${run}-atomic-`)).toBe(0);
  });

  test('a second node with the same key is a rejected constraint, and nothing of its statement stays', async () => {
    await graph().write('CREATE (:Entity {id: $id})', { id: `${run}-unique-1` }, nothing);
    const rows = [{ id: `${run}-unique-2` }, { id: `${run}-unique-1` }];
    const failing = graph().write('UNWIND $rows AS row CREATE (:Entity {id: row.id})', { rows }, nothing);
    await expect(failing).rejects.toMatchObject({
      class: 'rejected',
      source: 'graph',
      code: 'graph_constraint',
    });
    expect(await countEntities(graph(), `${run}-unique-`)).toBe(1);
  });

  test('sixteen writers of the same keys make one node each', async () => {
    const rows = Array.from({ length: 20 }, (_, index) => ({ id: `${run}-race-${index}` }));
    const statement = 'UNWIND $rows AS row MERGE (e:Entity {id: row.id}) SET e.n = coalesce(e.n, 0) + 1';
    await Promise.all(Array.from({ length: 16 }, () => graph().write(statement, { rows }, nothing)));
    const read = await graph().read(
      'MATCH (e:Entity) WHERE e.id STARTS WITH $prefix RETURN count(e) AS nodes, min(e.n) AS low, max(e.n) AS high',
      { prefix: `${run}-race-` },
      graphRow,
    );
    expect(read).toEqual([{ nodes: 20, low: 16, high: 16 }]);
  });

  test('a read refuses every kind of write, and changes nothing', async () => {
    const id = `${run}-read-only`;
    await graph().write('CREATE (:Entity {id: $id, n: 1})', { id }, nothing);
    const writes = [
      'MATCH (e:Entity {id: $id}) SET e.n = 2',
      'MATCH (e:Entity {id: $id}) REMOVE e.n',
      'MATCH (e:Entity {id: $id}) DETACH DELETE e',
      'match (e:Entity {id: $id}) merge (e)-[:X]->(e)',
      'MERGE (e:Entity {id: $id})',
      'MATCH (e:Entity {id: $id}) CALL (e) { CREATE (x:Entity {id: e.id + "x"}) RETURN x } RETURN x.id AS id',
      'MATCH (e:Entity {id: $id}) FOREACH (i IN [1] | SET e.n = i)',
      `CREATE INDEX probe_${run.replaceAll('-', '_')} IF NOT EXISTS FOR (e:Probe) ON (e.id)`,
      'DROP CONSTRAINT entity_id IF EXISTS',
    ];
    for (const statement of writes) {
      await expect(graph().read(statement, { id }, nothing)).rejects.toMatchObject({
        class: 'rejected',
        code: 'graph_read_only',
      });
    }
    const rows = await graph().read(
      'MATCH (e:Entity) WHERE e.id STARTS WITH $id RETURN properties(e) AS e',
      { id },
      graphRow,
    );
    expect(rows).toEqual([{ e: { id, n: 1 } }]);
    const again = graph().write('CREATE (:Entity {id: $id})', { id }, nothing);
    await expect(again).rejects.toMatchObject({ code: 'graph_constraint' });
  });

  test('a read may name a write clause where it is none', async () => {
    const statement = "/* DELETE */ RETURN 'MERGE' AS `set`, $n AS d // CREATE\n";
    expect(await graph().read(statement, { n: 1n }, graphRow)).toEqual([{ set: 'MERGE', d: 1 }]);
  });

  test('merges 20,000 rows of one UNWIND, again without a change', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => ({
      id: `${run}-bulk-${index}`,
      n: BigInt(index),
    }));
    for (let repeat = 0; repeat < 2; repeat++) {
      const statement =
        'UNWIND $rows AS row MERGE (e:Entity {id: row.id}) SET e.n = row.n RETURN count(*) AS n';
      expect(await graph().write(statement, { rows }, count)).toEqual([{ n: 20_000 }]);
    }
    const links = rows.map((row, index) => ({
      a: row.id,
      b: `${run}-bulk-${(index * 7 + 1) % 20_000}`,
      rate: index / 20_000,
    }));
    const linked = await graph().write(
      'UNWIND $links AS row MATCH (a:Entity {id: row.a}) MATCH (b:Entity {id: row.b}) MERGE (a)-[r:BULK]->(b) SET r.rate = row.rate RETURN count(*) AS n',
      { links },
      count,
    );
    expect(linked).toEqual([{ n: 20_000 }]);
    const sums = await graph().read(
      'MATCH (e:Entity) WHERE e.id STARTS WITH $prefix RETURN count(e) AS nodes, sum(e.n) AS total',
      { prefix: `${run}-bulk-` },
      graphRow,
    );
    expect(sums).toEqual([{ nodes: 20_000, total: (20_000 * 19_999) / 2 }]);
  });

  test('pages by key see every node once, with the relationships of a page', async () => {
    const ids = Array.from({ length: 25 }, (_, index) => `${run}-page-${String(index).padStart(2, '0')}`);
    await graph().write(
      'UNWIND $ids AS id MERGE (e:Entity {id: id}) MERGE (e)-[:PAGED]->(e)',
      { ids: [...ids].reverse() },
      nothing,
    );
    const seen: string[] = [];
    for (let after = `${run}-page-`; ;) {
      const page = await graph().read(
        `MATCH (e:Entity) WHERE e.id > $after AND e.id < $end WITH e ORDER BY e.id LIMIT $limit
         OPTIONAL MATCH (e)-[r:PAGED]->(b:Entity) RETURN e.id AS id, b.id AS b ORDER BY id`,
        { after, end: `${run}-page-~`, limit: 10n },
        z.object({ id: z.string(), b: z.string() }),
      );
      seen.push(...page.map((row) => row.b));
      const last = page.at(-1);
      if (last === undefined || page.length < 10) break;
      after = last.id;
    }
    expect(seen).toEqual(ids);
  });

  test('looks up many keys with the index: IN, EXISTS and MATCH after UNWIND', async () => {
    const ids = [`${run}-look-1`, `${run}-look-2`];
    await graph().write('UNWIND $ids AS id MERGE (:Entity {id: id})', { ids }, nothing);
    const rows = [...ids, `${run}-look-none`].map((id) => ({ id }));
    const inList = await graph().read(
      'MATCH (e:Entity) WHERE e.id IN $ids RETURN e.id AS id ORDER BY id',
      { ids: rows.map((row) => row.id) },
      graphRow,
    );
    expect(inList).toEqual(ids.map((id) => ({ id })));
    const exists = await graph().read(
      'UNWIND $rows AS row RETURN row.id AS id, EXISTS { MATCH (e:Entity {id: row.id}) } AS found ORDER BY id',
      { rows },
      graphRow,
    );
    expect(exists.map((row) => row.found)).toEqual([true, true, false]);
    const matched = await graph().read(
      'UNWIND $rows AS row MATCH (e:Entity {id: row.id}) RETURN e.id AS id ORDER BY id',
      { rows },
      graphRow,
    );
    expect(matched).toEqual(ids.map((id) => ({ id })));
  });

  test('reads 100,000 rows', async () => {
    const rows = await graph().read(
      'UNWIND range(1, 100000) AS i RETURN i, "row " + toString(i) AS text',
      {},
      z.object({ i: z.number(), text: z.string() }),
    );
    expect(rows).toHaveLength(100_000);
    expect(rows.every((row, index) => row.i === index + 1 && row.text === `row ${index + 1}`)).toBe(true);
  });

  test('says what is wrong by class and code', async () => {
    await expect(graph().read('MATCH (e:Entity RETURN e', {}, nothing)).rejects.toMatchObject({
      class: 'bug',
      code: 'graph_statement',
    });
    await expect(graph().read('RETURN $absent AS x', {}, nothing)).rejects.toMatchObject({
      class: 'bug',
      code: 'graph_statement',
    });
    await expect(graph().read('RETURN 1 AS n', {}, z.object({ n: z.string() }))).rejects.toMatchObject({
      class: 'rejected',
      code: 'graph_row_shape',
    });
    await expect(stranger?.ping()).rejects.toMatchObject({
      class: 'configuration',
      source: 'graph',
      code: 'graph_auth',
    });
    await expect(nobody?.ping()).rejects.toMatchObject({
      class: 'transient',
      source: 'graph',
      code: 'graph_unavailable',
    });
    await expect(graph().ping()).resolves.toBeUndefined();
  });

  describe('migrations', () => {
    const name = `V9001__probe_${run.replaceAll('-', '_')}.cypher`;
    const folder = mkdtempSync(join(directory, 'migrations-'));
    const url = pathToFileURL(`${folder}/`);
    const write = (text: string): void => writeFileSync(join(folder, name), text);
    afterAll(async () => {
      await given?.write('MATCH (m:_InsightsMigration {name: $name}) DELETE m', { name }, nothing);
    });

    test('apply once, however many start at the same time', async () => {
      write(
        `// two statements\nMERGE (:Entity {id: '${run}-mig-1'});\n\nMERGE (:Entity {id: '${run}-mig-2'});\n`,
      );
      const results = await Promise.all([
        migrateGraph(graph(), url),
        migrateGraph(graph(), url),
        migrateGraph(graph(), url),
      ]);
      expect(results.flat()).toContain(name);
      expect(await migrateGraph(graph(), url)).toEqual([]);
      expect(await migrateGraph(graph())).toEqual([]);
      expect(await countEntities(graph(), `${run}-mig-`)).toBe(2);
      const history = await graph().read(
        'MATCH (m:_InsightsMigration) WHERE m.name = $name OR m.name < "V9" RETURN m.name AS name, m.appliedAt AS at ORDER BY name',
        { name },
        z.object({ name: z.string(), at: graphInstant }),
      );
      expect(history.map((row) => row.name)).toEqual([
        'V0001__constraints.cypher',
        'V0002__indexes.cypher',
        'V0003__sync_fence.cypher',
        'V0004__sync_fence_index.cypher',
        name,
      ]);
    });

    test('refuse a file that changed after it was applied', async () => {
      write(`MERGE (:Entity {id: '${run}-mig-3'});\n`);
      await expect(migrateGraph(graph(), url)).rejects.toMatchObject({
        class: 'configuration',
        code: 'migration_changed',
      });
      expect(await countEntities(graph(), `${run}-mig-`)).toBe(2);
    });
  });
});

describe('embedded graph server', () => {
  it('answers a request past the size limit with its own code', async () => {
    const rows = ['x'.repeat(65 * 1024 * 1024)];
    const sent = new EmbeddedGraph(embedded).write('UNWIND $rows AS row RETURN 1 AS n', { rows }, nothing);
    await expect(sent).rejects.toMatchObject({
      class: 'rejected',
      code: 'graph_request_too_large',
    });
    await expect(new EmbeddedGraph(embedded).ping()).resolves.toBeUndefined();
  });

  it('keeps its data, constraint and index over an orderly restart', async () => {
    const dir = join(directory, 'restart');
    const first = await startEmbeddedGraph(dir);
    await migrateGraph(new EmbeddedGraph(first));
    await new EmbeddedGraph(first).write(
      'CREATE (:Entity {id: "a", at: datetime("2026-01-01T00:00:00.000001Z")})',
      {},
      nothing,
    );
    await first.stop();
    const second = await startEmbeddedGraph(dir);
    const graph = new EmbeddedGraph(second);
    try {
      expect(await migrateGraph(graph)).toEqual([]);
      expect(await graph.read('MATCH (e:Entity) RETURN properties(e) AS e', {}, graphRow)).toEqual([
        { e: { id: 'a', at: '2026-01-01T00:00:00.000001Z' } },
      ]);
      await expect(graph.write('CREATE (:Entity {id: "a"})', {}, nothing)).rejects.toMatchObject({
        code: 'graph_constraint',
      });
      const indexes = await graph.read('SHOW INDEXES', {}, z.object({ name: z.string() }));
      expect(indexes.map((index) => index.name).sort()).toEqual([
        'affinity_model_version_index',
        'entity_id_index',
        'insight_sync_fence_sync_index',
        'trend_id_index',
      ]);
    } finally {
      await second.stop();
    }
  });

  it('killed while it writes, it keeps every acknowledged write whole and no part of another', async () => {
    const dir = join(directory, 'killed');
    const batch = 20;
    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round++) {
      const server = await startEmbeddedGraph(dir);
      const graph = new EmbeddedGraph(server);
      await migrateGraph(graph);
      const goal = acknowledged.length + 60;
      const writer = async (name: string): Promise<void> => {
        for (let n = 0; ; n++) {
          const key = `${round}-${name}-${n}`;
          const rows = Array.from({ length: batch }, (_, index) => ({ id: `${key}/${index}`, key }));
          await graph.write(
            'UNWIND $rows AS row MERGE (e:Entity {id: row.id}) SET e.key = row.key',
            { rows },
            nothing,
          );
          acknowledged.push(key);
          if (acknowledged.length === goal) await server.kill();
        }
      };
      const writers = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => writer(name)));
      for (const result of writers)
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'graph_unavailable' } });
    }
    const server = await startEmbeddedGraph(dir);
    try {
      const rows = await new EmbeddedGraph(server).read(
        'MATCH (e:Entity) RETURN e.key AS key, count(e) AS n',
        {},
        z.object({ key: z.string(), n: z.number() }),
      );
      expect(rows.filter((row) => row.n !== batch)).toEqual([]);
      const kept = new Set(rows.map((row) => row.key));
      expect(acknowledged.filter((key) => !kept.has(key))).toEqual([]);
      expect(acknowledged.length).toBeGreaterThanOrEqual(180);
    } finally {
      await server.stop();
    }
  });
});
