import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { graphSource } from '../../modules/warehouse/infrastructure/graph-reader.js';
import { graphSources } from '../../modules/warehouse/infrastructure/sources/catalog.js';
import type { Graph } from '../../src/platform/graph/graph.js';
import { uuidOf } from '../factories/product-rows.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(180_000);

let world: Warehouse;
beforeAll(async () => {
  world = await Warehouse.open();
});
afterAll(() => world.close());
beforeEach(() => world.empty());

async function extract(source: string): Promise<[number, number]> {
  const report = (await world.extract({ only: [source] }))[source];
  expect(report?.error).toBeUndefined();
  return [report?.loaded ?? -1, report?.rejected ?? -1];
}
const codes = async (): Promise<string[]> =>
  (await world.rejects()).map((reject) => `${reject.recordKey} ${reject.reasonCode}`).sort();

describe('the graph', () => {
  const write = (statement: string, rows: readonly Record<string, string | number | boolean | null>[] = []) =>
    world.graph.write(statement, { rows: [...rows] }, z.unknown());
  const align = (entity: string, trend: string, strength: number | boolean, since: string | null = null) =>
    write(
      `UNWIND $rows AS row MERGE (e:Entity {id: row.e}) MERGE (t:Trend {id: row.t}) MERGE (e)-[r:ALIGNED_WITH]->(t) SET r.strength = row.s, r.since = datetime(row.since)`,
      [{ e: entity, t: trend, s: strength, since }],
    );

  it('is read whole each time, and only what changed or changed back is kept', async () => {
    await align(uuidOf('Acme'), uuidOf('trend'), 0.25, '2026-01-05T10:00:00.123456Z');
    await write(
      'UNWIND $rows AS row MERGE (a:Entity {id: row.a}) MERGE (b:Entity {id: row.b}) MERGE (a)-[r:AFFINITY]->(b) SET r.score = row.s',
      [{ a: uuidOf('Acme'), b: uuidOf('Bolt'), s: 71.5 }],
    );
    expect(await extract('graph_alignments')).toEqual([1, 0]);
    expect(await extract('graph_affinities')).toEqual([1, 0]);
    expect(await extract('graph_alignments')).toEqual([0, 0]);
    expect(
      await world.rows(
        'SELECT * EXCEPT (_run_id, _extracted_at, _version_at, _row_hash, _deleted) FROM raw_graph_alignments',
      ),
    ).toEqual([
      {
        entity_id: uuidOf('Acme'),
        trend_id: uuidOf('trend'),
        strength: 0.25,
        since: '2026-01-05T10:00:00.123456Z',
      },
    ]);
    expect(
      await world.rows(
        'SELECT * EXCEPT (_run_id, _extracted_at, _version_at, _row_hash, _deleted) FROM raw_graph_affinities',
      ),
    ).toEqual([{ entity1_id: uuidOf('Acme'), entity2_id: uuidOf('Bolt'), score: 71.5, computed_at: null }]);
    for (const strength of [0.5, 0.25]) {
      await align(uuidOf('Acme'), uuidOf('trend'), strength, '2026-01-05T10:00:00.123456Z');
      expect(await extract('graph_alignments')).toEqual([1, 0]);
    }
    expect(await world.list('SELECT argMax(strength, _extracted_at) FROM raw_graph_alignments')).toEqual([
      0.25,
    ]);
    expect(await extract('graph_alignments')).toEqual([0, 0]);
  });

  it('loses no relationship to pages, entities without one, or ids that no page holds', async () => {
    const ids = Array.from({ length: 2100 }, (_, n) => uuidOf(`paged ${n}`));
    await write(
      'UNWIND $rows AS row CREATE (e:Entity {id: row.id})',
      ids.map((id) => ({ id })),
    );
    await write(`CREATE (t:Trend {id: '${uuidOf('trend')}'})`);
    // The last entity of the order only, so that whole pages have nothing.
    const last = [...ids].sort().at(-1) ?? '';
    await align(last, uuidOf('trend'), 0.5);
    expect(await extract('graph_alignments')).toEqual([1, 0]);

    await write(`MATCH (t:Trend) CREATE (:Entity {name: 'keyless'})-[:ALIGNED_WITH {strength: 0.1}]->(t)`);
    await write(`MATCH (t:Trend) CREATE (:Entity {id: 5})-[:ALIGNED_WITH {strength: 0.2}]->(t)`);
    await write(`MATCH (t:Trend) CREATE (:Entity {id: ''})-[:ALIGNED_WITH {strength: 0.3}]->(t)`);
    await write(
      `MATCH (e:Entity {id: '${last}'}) CREATE (e)-[:ALIGNED_WITH {strength: 0.4}]->(:Trend {name: 'keyless'})`,
    );
    await write(
      `MATCH (e:Entity {id: '${last}'}) CREATE (e)-[:AFFINITY {score: 1.0}]->(:Entity {name: 'keyless too'})`,
    );
    expect(await extract('graph_alignments')).toEqual([0, 4]);
    expect(await extract('graph_affinities')).toEqual([0, 1]);
    const trend = uuidOf('trend');
    expect(await codes()).toEqual(
      [
        `\\N|${trend} missing_value`,
        `5|${trend} bad_uuid`,
        `|${trend} bad_uuid`,
        `${last}|\\N missing_value`,
        `${last}|\\N missing_value`,
      ].sort(),
    );
    expect(await extract('graph_alignments')).toEqual([0, 0]);
  });

  it('trap 7: changes between two pages do not touch what was there all the time', async () => {
    const ids = Array.from({ length: 2100 }, (_, n) => uuidOf(`paged ${n}`)).sort();
    const at = (n: number) => ids[n] ?? '';
    await write(
      'UNWIND $rows AS row CREATE (e:Entity {id: row.id})',
      ids.map((id) => ({ id })),
    );
    await write(`CREATE (t:Trend {id: '${uuidOf('trend')}'})`);
    const [definition] = graphSources;
    if (!definition) throw new Error('no graph source');
    const related = [0, 5, 500, 999, 1000, 1001, 1500, 2099].map(at);
    for (const id of related) await align(id, uuidOf('trend'), 0.5);
    let pages = 0;
    const changing: Graph = {
      ...world.graph,
      read: async (statement, params, schema) => {
        const rows = await world.graph.read(statement, params, schema);
        if (++pages === 1) {
          // Behind the page and before it: an entity with its relationship gone, one more, a relationship more.
          await write(`MATCH (e:Entity {id: '${at(5)}'}) DETACH DELETE e`);
          await write(`MATCH (e:Entity {id: '${at(1)}'}) DETACH DELETE e`);
          await align(at(2), uuidOf('trend'), 0.25);
          await write(`MATCH (e:Entity {id: '${at(1500)}'}) DETACH DELETE e`);
          await align(at(2000), uuidOf('trend'), 0.75);
          await align(`${at(1200).slice(0, -1)}g`, uuidOf('trend'), 0.75);
        }
        return rows;
      },
    };
    const report = await world.extract({
      only: ['graph_alignments'],
      around: () => graphSource(changing, definition),
    });
    expect(pages).toBeGreaterThan(3);
    // What was read before it went is there until the next run; the key that is no uuid is a reject.
    expect(report.graph_alignments).toMatchObject({ loaded: 8, rejected: 1 });
    const found = await world.list('SELECT toString(entity_id) AS id FROM raw_graph_alignments ORDER BY id');
    expect(found).toEqual([...related.filter((id) => id !== at(1500)), at(2000)].sort());
    const next = (await world.extract({ only: ['graph_alignments'] })).graph_alignments;
    expect(next).toMatchObject({ loaded: 1, deleted: 1, rejected: 0 });
  });

  it('has its bad values rejected one by one', async () => {
    await align('not-a-uuid', uuidOf('trend'), 0.5);
    await align(`${uuidOf('Acme')}\t\n\\N`, uuidOf('trend'), 0.5);
    await align(uuidOf('yes'), uuidOf('trend'), true);
    await align(uuidOf('good'), uuidOf('trend'), 0.5);
    await align(uuidOf('listed'), uuidOf('trend'), 0.5);
    await align(uuidOf('undated'), uuidOf('trend'), 0.5);
    await write(
      `MATCH (:Entity {id: '${uuidOf('listed')}'})-[r:ALIGNED_WITH]->() SET r.strength = [0.1, 0.2]`,
    );
    await write(
      `MATCH (:Entity {id: '${uuidOf('undated')}'})-[r:ALIGNED_WITH]->() SET r.since = 'last summer'`,
    );
    expect(await extract('graph_alignments')).toEqual([1, 5]);
    const trend = uuidOf('trend');
    expect(await codes()).toEqual(
      [
        `not-a-uuid|${trend} bad_uuid`,
        `${uuidOf('Acme')}\t\n\\\\N|${trend} bad_uuid`,
        `${uuidOf('yes')}|${trend} bad_number`,
        `${uuidOf('listed')}|${trend} bad_number`,
        `${uuidOf('undated')}|${trend} bad_timestamp`,
      ].sort(),
    );
  });

  it('that gives no finite number has that row rejected', async () => {
    const [definition] = graphSources;
    if (!definition) throw new Error('no graph source');
    // Neo4j can hold these floats, the embedded engine cannot.
    const pages = [
      [NaN, Infinity, 1].map((strength, n) => ({
        entity_id: uuidOf(`${n}`),
        trend_id: uuidOf('trend'),
        strength,
        since: null,
        related: true,
      })),
    ];
    const graph = { read: async () => Promise.resolve(pages.shift() ?? []) } as unknown as Graph;
    const report = await world.extract({
      only: ['graph_alignments'],
      around: () => graphSource(graph, definition),
    });
    expect(report.graph_alignments).toMatchObject({ loaded: 1, rejected: 2 });
    expect((await world.rejects()).map((reject) => reject.payload.strength).sort()).toEqual([
      'Infinity',
      'NaN',
    ]);
  });

  it('that says two things of one pair has both rejected, and a repeated relationship is one row', async () => {
    await align(uuidOf('Acme'), uuidOf('trend'), 0.5);
    await align(uuidOf('Bolt'), uuidOf('trend'), 0.5);
    const again = (entity: string, strength: number) =>
      write(
        `MATCH (e:Entity {id: '${uuidOf(entity)}'}) MATCH (t:Trend) CREATE (e)-[:ALIGNED_WITH {strength: ${strength}}]->(t)`,
      );
    await again('Acme', 0.5);
    await again('Bolt', 0.75);
    expect(await extract('graph_alignments')).toEqual([1, 2]);
    expect(await extract('graph_alignments')).toEqual([0, 0]);
    expect(new Set(await codes())).toEqual(new Set([`${uuidOf('Bolt')}|${uuidOf('trend')} duplicate_key`]));
  });
});
