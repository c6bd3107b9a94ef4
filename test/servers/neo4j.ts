import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import neo4j from 'neo4j-driver';
import { freePort, isInstalled, startChild, type Unavailable } from './child.js';

const root = join(import.meta.dirname, '../..');
const here = join(import.meta.dirname, 'neo4j');

export interface Neo4jServer {
  uri: string;
  user: string;
  password: string;
  stop(): Promise<void>;
}

/**
 * A real Neo4j for tests. NEO4J_URI (with NEO4J_USER, NEO4J_PASSWORD) names one that runs already: its Entity, Trend
 * and AffinityModel nodes are test data. Else one is started from the Maven artefacts of neo4j/pom.xml on an empty
 * directory; the first start downloads about 120 MB into node_modules/.cache. It ends with the process that started it.
 */
export async function startNeo4j(): Promise<Neo4jServer | Unavailable> {
  const { NEO4J_URI: uri, NEO4J_USER: user = 'neo4j', NEO4J_PASSWORD: password = '' } = process.env;
  if (uri) return { uri, user, password, stop: () => Promise.resolve() };

  if (!(await isInstalled('java', '-version'))) return { unavailable: 'java (17 or newer) is not installed' };
  const jars = await copyJars();
  if (typeof jars !== 'string') return jars;

  const dir = mkdtempSync(join(tmpdir(), 'insights-neo4j-'));
  const port = await freePort();
  const classpath = join(jars, '*');
  const child = await startChild(
    'java',
    ['-Xmx512m', '-cp', classpath, join(here, 'Launcher.java'), dir, String(port)],
    /^READY$/,
  );
  const stop = async (): Promise<void> => {
    await child.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  const server = {
    uri: `bolt://127.0.0.1:${port}`,
    user: 'neo4j',
    password: randomBytes(12).toString('hex'),
    stop,
  };
  try {
    await setPassword(server);
  } catch (error) {
    await stop();
    throw error;
  }
  return server;
}

/** With authentication on, the first act must be to change the initial password. */
async function setPassword(server: Neo4jServer): Promise<void> {
  const driver = neo4j.driver(server.uri, neo4j.auth.basic(server.user, 'neo4j'));
  try {
    const statement = 'ALTER CURRENT USER SET PASSWORD FROM $from TO $to';
    await driver.executeQuery(statement, { from: 'neo4j', to: server.password }, { database: 'system' });
  } finally {
    await driver.close();
  }
}

/** The folder of jars, downloaded once. It gets its name only when complete, so a killed download is no cache. */
async function copyJars(): Promise<string | Unavailable> {
  const pom = join(here, 'pom.xml');
  const version = /<neo4j\.version>(.+?)</.exec(readFileSync(pom, 'utf8'))?.[1] ?? 'unknown';
  const cache = join(root, 'node_modules/.cache');
  const folder = join(cache, `neo4j-${version}`);
  if (existsSync(folder)) return folder;
  if (!(await isInstalled('mvn', '-version'))) return { unavailable: 'mvn (Maven) is not installed' };
  mkdirSync(cache, { recursive: true });
  const partial = mkdtempSync(join(cache, 'neo4j-partial-'));
  try {
    await promisify(execFile)(
      'mvn',
      ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${partial}`],
      { timeout: 300_000, maxBuffer: 16 * 1024 * 1024 },
    );
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (existsSync(folder)) return folder; // another test process was first
    return {
      unavailable: `Maven could not fetch Neo4j ${version}: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
  return folder;
}
