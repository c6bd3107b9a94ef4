import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { loadSyncDefinitions, type SyncDefinition } from '../../modules/sync/index.js';
import type { Graph } from '../../src/platform/graph/graph.js';
import { Neo4jGraph } from '../../src/platform/graph/neo4j-graph.js';
import { reportMissing } from '../servers/child.js';
import { startNeo4j } from '../servers/neo4j.js';
import { definition, figures, NONE, SyncFixture } from './sync-fixture.js';

const TENANT = '00000000-0000-4000-8000-000000000001';
const FIRST = '2026-01-01T00:00:00.000001Z';
const LATER = '2026-02-01T00:00:00.000002Z';

jest.setTimeout(120_000);

const neo4j = await startNeo4j();
if ('unavailable' in neo4j) reportMissing('syncs into Neo4j', neo4j.unavailable);
afterAll(async () => {
  if ('stop' in neo4j) await neo4j.stop();
});

let stores: SyncFixture;

const shipped = (name: string): SyncDefinition => {
  const found = loadSyncDefinitions().find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no definition ${name}`);
  // These cases empty their models, which a guard would hold.
  return { ...found, guard: { deletes: { at_least: 0 }, empty: 'allow' } };
};
const setModel = async (table: string, rows: readonly object[]): Promise<void> => {
  await stores.clickhouse.command(`TRUNCATE TABLE ${table}`);
  await stores.clickhouse.insertRows(table, rows);
};
const entity = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
const addEntities = (...ids: string[]): Promise<unknown> =>
  stores.graph.write(
    `UNWIND $ids AS id MERGE (e:Entity {id: id}) SET e.name = 'theirs'`,
    { ids },
    z.unknown(),
  );
const entities = (): Promise<unknown[]> =>
  stores.graph.read(
    `MATCH (e:Entity) RETURN e.id AS id, e.name AS name, e.insightSuccessRate AS rate, e.insightSuccessN AS n, e.insightSuccessLow AS low,
       e.insightSuccessHigh AS high, e.insightUpdatedAt AS at ORDER BY id`,
    {},
    z.unknown(),
  );

/** The same cases on each engine. `open` gives a server's graph, or undefined for the embedded one. */
function cases(open: () => Graph | undefined): void {
  let server: Graph | undefined;
  beforeAll(async () => {
    server = open();
    stores = await SyncFixture.open(server);
  });
  afterAll(async () => {
    await stores.close();
    await server?.close();
  });
  beforeEach(async () => {
    await stores.graph.write('MATCH (n) WHERE n:Entity OR n:AffinityModel DETACH DELETE n', {}, z.unknown());
    await stores.clickhouse.command('TRUNCATE TABLE sync_state');
  });

  describe('properties of entities', () => {
    const sync = shipped('entity_success');
    const row = (id: string, rate = 0.5, as_of = FIRST) => ({
      entity_id: id,
      tenant_id: TENANT,
      success_rate: rate,
      n: 4,
      low: 0.25,
      high: 1,
      as_of,
    });
    const plain = (id: string) => ({
      id,
      name: 'theirs',
      rate: null,
      n: null,
      low: null,
      high: null,
      at: null,
    });
    const withRate = (id: string, rate: number, at: string) => ({
      id,
      name: 'theirs',
      rate,
      n: 4,
      low: 0.25,
      high: 1,
      at,
    });

    it('are set, stay untouched while nothing but as_of changes, and go when the row goes', async () => {
      await addEntities(entity(1), entity(2), entity(3));
      await setModel('insight_entity_success', [row(entity(1)), row(entity(2))]);
      expect(figures(await stores.sync(sync))).toEqual({ ...NONE, inserted: 2 });
      expect(await entities()).toEqual([
        withRate(entity(1), 0.5, FIRST),
        withRate(entity(2), 0.5, FIRST),
        plain(entity(3)),
      ]);

      await setModel('insight_entity_success', [row(entity(1), 0.5, LATER), row(entity(2), 0.75, LATER)]);
      expect(figures(await stores.sync(sync))).toEqual({ ...NONE, updated: 1, unchanged: 1 });
      expect(await entities()).toEqual([
        withRate(entity(1), 0.5, FIRST),
        withRate(entity(2), 0.75, LATER),
        plain(entity(3)),
      ]);

      await setModel('insight_entity_success', [row(entity(2), 0.75, LATER)]);
      expect(figures(await stores.sync(sync))).toEqual({ ...NONE, deleted: 1, unchanged: 1 });
      expect(await entities()).toEqual([
        plain(entity(1)),
        withRate(entity(2), 0.75, LATER),
        plain(entity(3)),
      ]);
    });

    it('wait for a node that does not exist, and never create it', async () => {
      await addEntities(entity(1));
      await setModel('insight_entity_success', [row(entity(1)), row(entity(9))]);
      const first = await stores.sync(sync);
      expect(figures(first)).toEqual({ ...NONE, inserted: 1, held: 1 });
      expect([first.status, first.reason]).toEqual(['succeeded', 'missing_node: 1']);
      expect(await entities()).toEqual([withRate(entity(1), 0.5, FIRST)]);
      expect(figures(await stores.sync(sync))).toEqual({ ...NONE, unchanged: 1, held: 1 });

      await addEntities(entity(9));
      expect(await stores.sync(sync)).toMatchObject({
        ...NONE,
        inserted: 1,
        unchanged: 1,
        status: 'succeeded',
        reason: '',
      });
      expect(await entities()).toEqual([withRate(entity(1), 0.5, FIRST), withRate(entity(9), 0.5, FIRST)]);
    });

    it('are held, as a whole sync, when no node exists', async () => {
      await setModel('insight_entity_success', [row(entity(1))]);
      expect(await stores.sync(sync)).toMatchObject({ ...NONE, held: 1, status: 'held' });
    });

    it('go out in batches; one missing node holds only its own row', async () => {
      const ids = Array.from({ length: 2500 }, (_id, index) => entity(index + 1));
      await addEntities(...ids.filter((_id, index) => index !== 1500));
      await setModel(
        'insight_entity_success',
        ids.map((id) => row(id)),
      );
      expect(figures(await stores.sync(sync))).toEqual({ ...NONE, inserted: 2499, held: 1 });
      expect(await stores.confirmed('entity_success')).toBe(2499);
      await setModel('insight_entity_success', []);
      expect(figures(await stores.sync(sync))).toEqual({ ...NONE, deleted: 2499 });
      expect(
        await stores.graph.read(
          'MATCH (e:Entity) WHERE e.insightSuccessN IS NOT NULL RETURN count(e) AS n',
          {},
          z.unknown(),
        ),
      ).toEqual([{ n: 0 }]);
    });

    it('are not written again after a kill before the confirmation', async () => {
      await addEntities(entity(1), entity(2));
      await setModel('insight_entity_success', [row(entity(1)), row(entity(2))]);
      await stores.runAndKill([sync], 'before confirm');
      await setModel('insight_entity_success', [row(entity(1), 0.5, LATER), row(entity(2), 0.5, LATER)]);
      expect(figures(await stores.sync(sync))).toEqual({ ...NONE, unchanged: 2 });
      expect(await entities()).toEqual([withRate(entity(1), 0.5, FIRST), withRate(entity(2), 0.5, FIRST)]);
      expect(await stores.confirmed('entity_success')).toBe(2);
    });

    it('go from a node that a killed run wrote when its row left the model', async () => {
      await addEntities(entity(1), entity(2), entity(3));
      await setModel('insight_entity_success', [row(entity(1)), row(entity(2))]);
      await stores.runAndKill([sync], 'before confirm');
      expect(await entities()).toEqual([
        withRate(entity(1), 0.5, FIRST),
        withRate(entity(2), 0.5, FIRST),
        plain(entity(3)),
      ]);
      await setModel('insight_entity_success', [row(entity(2))]);
      expect(figures(await stores.sync(sync))).toEqual({ ...NONE, deleted: 1, unchanged: 1 });
      expect(await entities()).toEqual([plain(entity(1)), withRate(entity(2), 0.5, FIRST), plain(entity(3))]);
      expect(await stores.confirmed('entity_success')).toBe(1);
      expect(figures(await stores.sync(sync))).toEqual({ ...NONE, unchanged: 1 });
    });

    it('come back when a killed run took them off and the row is there again', async () => {
      await addEntities(entity(1), entity(2));
      await setModel('insight_entity_success', [row(entity(1)), row(entity(2))]);
      await stores.sync(sync);
      await setModel('insight_entity_success', [row(entity(2))]);
      await stores.runAndKill([sync], 'before confirm');
      expect(await entities()).toEqual([plain(entity(1)), withRate(entity(2), 0.5, FIRST)]);
      await setModel('insight_entity_success', [row(entity(1)), row(entity(2))]);
      expect(await stores.sync(sync)).toMatchObject({ status: 'succeeded', unchanged: 1 });
      expect(await entities()).toEqual([withRate(entity(1), 0.5, FIRST), withRate(entity(2), 0.5, FIRST)]);
    });

    it('keep 64-bit integers, whole floats and text exactly', async () => {
      await stores.clickhouse.command(
        'CREATE TABLE insight_graph_types (id UUID, big Nullable(Int64), whole Float64, words Nullable(String), yes Bool) ENGINE = MergeTree ORDER BY id',
      );
      const text = `tab\t nl\n "q" 'q' \\ 漢 🎭 $x {{y}}`;
      await addEntities(entity(1), entity(2));
      await setModel('insight_graph_types', [
        { id: entity(1), big: '9007199254740993', whole: 5, words: text, yes: true },
        { id: entity(2), big: null, whole: 0, words: '', yes: false },
      ]);
      const types = definition(
        [
          'name: graph_types\nmodel: insight_graph_types\nmode: mirror\nkey: [id]\ntarget: { kind: graph, node: { label: Entity, existing: true } }\nmapping:',
          '  id: uuid\n  insightBig: { from: big, type: integer }\n  insightWhole: { from: whole, type: float }',
          '  insightWords: { from: words, type: text }\n  insightYes: { from: yes, type: boolean }',
        ].join('\n'),
      );
      expect(figures(await stores.sync(types))).toEqual({ ...NONE, inserted: 2 });
      const found = await stores.graph.read(
        `MATCH (e:Entity) RETURN e.insightBig AS big, e.insightWhole / 2 AS half, e.insightWords AS words, e.insightYes AS yes ORDER BY e.id`,
        {},
        z.unknown(),
      );
      expect(found).toEqual([
        { big: 9007199254740993n, half: 2.5, words: text, yes: true },
        { big: null, half: 0, words: '', yes: false },
      ]);
    });
  });

  describe('relationships between partners', () => {
    const sync = shipped('pair_success');
    const row = (from: string, to: string, successes = 1, as_of = FIRST) => ({
      entity1_id: from,
      entity2_id: to,
      partnerships: 4,
      successes,
      rate: successes / 4,
      last_outcome_at: FIRST,
      as_of,
    });
    const signals = (): Promise<unknown[]> =>
      stores.graph.read(
        `MATCH (a:Entity)-[r:SUCCESS_SIGNAL]->(b:Entity) RETURN a.id AS a, b.id AS b, r.partnerships AS partnerships, r.successes AS successes,
         r.rate AS rate, r.lastOutcomeAt AS at, r.version AS version ORDER BY a, b`,
        {},
        z.unknown(),
      );
    const signal = (a: string, b: string, successes: number, version: number) => ({
      a,
      b,
      partnerships: 4,
      successes,
      rate: successes / 4,
      at: FIRST,
      version,
    });

    it('run from the smaller id, count their changes, and go when the pair goes', async () => {
      await addEntities(entity(1), entity(2), entity(3));
      await stores.graph.write(
        'MATCH (a:Entity {id: $a}) MATCH (b:Entity {id: $b}) MERGE (a)-[:AFFINITY {score: 1.5}]->(b)',
        { a: entity(1), b: entity(2) },
        z.unknown(),
      );
      await setModel('insight_pair_success', [row(entity(1), entity(2)), row(entity(3), entity(2))]);
      expect(figures(await stores.sync(sync))).toEqual({ ...NONE, inserted: 2 });
      expect(await signals()).toEqual([
        signal(entity(1), entity(2), 1, 1),
        signal(entity(2), entity(3), 1, 1),
      ]);

      await setModel('insight_pair_success', [
        row(entity(1), entity(2), 1, LATER),
        row(entity(3), entity(2), 2, LATER),
      ]);
      expect(figures(await stores.sync(sync))).toEqual({ ...NONE, updated: 1, unchanged: 1 });
      expect(await signals()).toEqual([
        signal(entity(1), entity(2), 1, 1),
        signal(entity(2), entity(3), 2, 2),
      ]);

      // The same pair named the other way round is the same row.
      await setModel('insight_pair_success', [
        row(entity(2), entity(1), 1, LATER),
        row(entity(2), entity(3), 2, LATER),
      ]);
      expect(figures(await stores.sync(sync))).toEqual({ ...NONE, unchanged: 2 });
      await setModel('insight_pair_success', [
        row(entity(1), entity(2), 1, LATER),
        row(entity(2), entity(1), 1, LATER),
        row(entity(2), entity(3), 2, LATER),
      ]);
      expect(await stores.sync(sync)).toMatchObject({
        ...NONE,
        unchanged: 1,
        failed: 2,
        reason: 'rejected: 2',
      });

      await setModel('insight_pair_success', [row(entity(1), entity(2), 3)]);
      expect(figures(await stores.sync(sync))).toEqual({ ...NONE, updated: 1, deleted: 1 });
      expect(await signals()).toEqual([signal(entity(1), entity(2), 3, 2)]);

      await setModel('insight_pair_success', []);
      expect(figures(await stores.sync(sync))).toEqual({ ...NONE, deleted: 1 });
      expect(
        await stores.graph.read(
          'MATCH (e:Entity) OPTIONAL MATCH (e)-[r:AFFINITY]->() RETURN count(DISTINCT e) AS nodes, count(r) AS theirs',
          {},
          z.unknown(),
        ),
      ).toEqual([{ nodes: 3, theirs: 1 }]);
    });

    it('wait until both nodes exist', async () => {
      await addEntities(entity(1));
      await setModel('insight_pair_success', [row(entity(1), entity(2))]);
      expect(await stores.sync(sync)).toMatchObject({
        ...NONE,
        held: 1,
        status: 'held',
        reason: 'missing_node: 1',
      });
      await addEntities(entity(2));
      expect(await stores.sync(sync)).toMatchObject({ ...NONE, inserted: 1, status: 'succeeded' });
    });

    it('go when a killed run wrote them and their pair left the model', async () => {
      await addEntities(entity(1), entity(2), entity(3));
      await setModel('insight_pair_success', [row(entity(1), entity(2)), row(entity(3), entity(2))]);
      await stores.runAndKill([sync], 'before confirm');
      expect(await signals()).toHaveLength(2);
      await setModel('insight_pair_success', [row(entity(1), entity(2))]);
      expect(figures(await stores.sync(sync))).toEqual({ ...NONE, deleted: 1, unchanged: 1 });
      expect(await signals()).toEqual([signal(entity(1), entity(2), 1, 1)]);
      expect(await stores.confirmed('pair_success')).toBe(1);
    });

    it('do not count a repeat after a kill before the confirmation', async () => {
      await addEntities(entity(1), entity(2));
      await setModel('insight_pair_success', [row(entity(1), entity(2))]);
      await stores.runAndKill([sync], 'before confirm');
      expect(figures(await stores.sync(sync))).toEqual({ ...NONE, unchanged: 1 });
      expect(await signals()).toEqual([signal(entity(1), entity(2), 1, 1)]);
    });
  });

  describe('affinity models', () => {
    const sync = shipped('affinity_model');
    const row = (version: number, status: string, activated_at: string | null, changed = FIRST) => ({
      version,
      status,
      semantic: '0.3333',
      goal_alignment: '0.2000',
      cultural_momentum: '0.2000',
      historical: '0.2000',
      authenticity: '0.0667',
      n: 300,
      evidence: '{}',
      created_at: FIRST,
      activated_at,
      _changed_at: changed,
    });
    const models = (): Promise<unknown[]> =>
      stores.graph.read(
        'MATCH (m:AffinityModel) RETURN m.version AS version, m.status AS status, m.semantic AS semantic, m.authenticity AS authenticity, m.n AS n, m.createdAt AS created, m.activatedAt AS activated ORDER BY version',
        {},
        z.unknown(),
      );
    const model = (version: number, status: string, activated: string | null) => ({
      version,
      status,
      semantic: 0.3333,
      authenticity: 0.0667,
      n: 300,
      created: FIRST,
      activated,
    });

    it('take the newest row of a version, change their status, and are never deleted', async () => {
      await setModel('insight_affinity_models', [row(1, 'suggested', null)]);
      expect(figures(await stores.sync(sync))).toEqual({ ...NONE, inserted: 1 });
      await stores.clickhouse.insertRows('insight_affinity_models', [
        row(1, 'active', LATER, LATER),
        row(2, 'suggested', null, LATER),
      ]);
      expect(figures(await stores.sync(sync))).toEqual({ ...NONE, inserted: 1, updated: 1 });
      const both = [model(1, 'active', LATER), model(2, 'suggested', null)];
      expect(await models()).toEqual(both);
      await setModel('insight_affinity_models', []);
      expect(figures(await stores.sync(sync))).toEqual(NONE);
      expect(await models()).toEqual(both);
    });
  });
}

describe('into the embedded graph', () => cases(() => undefined));
if ('uri' in neo4j) describe('into Neo4j', () => cases(() => new Neo4jGraph(neo4j)));
