import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, jest } from '@jest/globals';
import { z } from 'zod';
import type { Value } from '../../modules/sync/application/ports.js';
import { GraphTarget } from '../../modules/sync/infrastructure/graph-target/graph-target.js';
import { EmbeddedGraph } from '../../src/platform/graph/embedded-graph.js';
import { migrateGraph } from '../../src/platform/graph/graph-migrations.js';
import type { Graph } from '../../src/platform/graph/graph.js';
import { Neo4jGraph } from '../../src/platform/graph/neo4j-graph.js';
import { reportMissing } from '../servers/child.js';
import { startEmbeddedGraph } from '../servers/embedded-graph.js';
import { startNeo4j } from '../servers/neo4j.js';
import { syncTargetSuite, type TargetWorld } from './sync-target-suite.js';

jest.setTimeout(120_000);

const directory = mkdtempSync(join(tmpdir(), 'insights-graph-'));
const neo4j = await startNeo4j();
if ('unavailable' in neo4j) reportMissing('the sync target contract on Neo4j', neo4j.unavailable);
const embedded = await startEmbeddedGraph(directory);
const engines: [string, Graph][] = [
  ['embedded graph', new EmbeddedGraph(embedded)],
  ...('uri' in neo4j ? [['Neo4j', new Neo4jGraph(neo4j)] satisfies [string, Graph]] : []),
];

afterAll(async () => {
  for (const [, graph] of engines) await graph.close();
  await embedded.stop();
  if ('stop' in neo4j) await neo4j.stop();
  rmSync(directory, { recursive: true, force: true });
});

const nothing = z.unknown();
// One sync name, so one fence and one row of tokens.
let token = 0;

/** `makes`: what of a row is not there before the first write. */
function world(graph: Graph, label: string, makes: 'node' | 'properties'): TargetWorld {
  return {
    target: new GraphTarget(graph),
    place: {
      kind: 'graph',
      node:
        makes === 'node'
          ? { label, existing: false }
          : { label, existing: true, labels: ['InsightMarked', 'InsightSeen'] },
    },
    takeOver: async (sync) => {
      token += 1;
      return { sync, token: String(token), check: () => Promise.resolve() };
    },
    prepare: async (ids) => {
      if (makes === 'properties')
        await graph.write(`UNWIND $ids AS id MERGE (e:${label} {id: id})`, { ids: [...ids] }, nothing);
    },
    edit: async (id: string, values: Record<string, Value>) => {
      await graph.write(`MATCH (e:${label} {id: $id}) SET e += $values`, { id, values }, nothing);
    },
    reset: async () => {
      await graph.write(`MATCH (e:${label}) DETACH DELETE e`, {}, nothing);
    },
  };
}

describe.each(engines)('sync target on %s', (name, graph) => {
  beforeAll(async () => {
    await migrateGraph(graph);
    await graph.write(
      'CREATE CONSTRAINT insight_probe_id IF NOT EXISTS FOR (e:InsightProbe) REQUIRE e.id IS UNIQUE',
      {},
      nothing,
    );
    await graph.write(
      'CREATE INDEX insight_probe_id_index IF NOT EXISTS FOR (e:InsightProbe) ON (e.id)',
      {},
      nothing,
    );
    await graph.write('MATCH (e:InsightSyncFence) DELETE e', {}, nothing);
  });
  const own = world(graph, 'InsightProbe', 'node');
  syncTargetSuite(`nodes of ours in the ${name}`, ['upsert', 'update', 'insert'], true, () => own);
  const theirs = world(graph, 'Entity', 'properties');
  syncTargetSuite(`nodes of the product in the ${name}`, ['upsert', 'update', 'mirror'], true, () => theirs);
});
