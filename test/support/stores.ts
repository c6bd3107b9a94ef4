import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { startGraphServer } from '../../src/platform/graph/embedded/graph-server.js';
import { EmbeddedGraph } from '../../src/platform/graph/embedded-graph.js';
import type { Graph } from '../../src/platform/graph/graph.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { sharedServers } from './shared-servers.js';

/** Stores of one test file: databases of its own on the shared servers, and a graph of its own. Not migrated. */
export interface TestStores {
  clickhouseUrl: string;
  postgresUrl: string;
  graph: Graph;
  /** A folder of this test file, removed by close(). */
  dataDir: string;
  close(): Promise<void>;
}

/** Fresh, empty databases; dropped again by close(). */
export async function testStores(): Promise<TestStores> {
  const servers = sharedServers();
  const name = `test_${randomBytes(6).toString('hex')}`;
  const dataDir = mkdtempSync(join(tmpdir(), 'insights-test-'));
  const clickhouseUrl = withPath(servers.clickhouseUrl, name);
  const postgresUrl = withPath(servers.postgresUrl, name);
  const admin = new Postgres(createDataSource(servers.postgresUrl, []));
  await admin.execute(`CREATE DATABASE ${name}`);
  const token = randomBytes(16).toString('hex');
  const server = await startGraphServer({ dir: join(dataDir, 'graph'), token });
  const graph = new EmbeddedGraph({ url: server.url, token });
  return {
    clickhouseUrl,
    postgresUrl,
    graph,
    dataDir,
    close: async () => {
      await graph.close();
      await server.close();
      await admin.execute(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.close();
      const clickhouse = new ClickHouse(withPath(servers.clickhouseUrl, 'default'));
      await clickhouse.command(`DROP DATABASE IF EXISTS ${name} SYNC`);
      await clickhouse.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function withPath(url: string, path: string): string {
  const changed = new URL(url);
  changed.pathname = `/${path}`;
  return changed.href;
}
