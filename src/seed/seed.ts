import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { AppError } from '../kernel/errors.js';
import type { Graph } from '../platform/graph/graph.js';
import type { PostgresSession } from '../platform/postgres/postgres.js';
import { readStatement, splitStatements } from '../platform/sql-file.js';
import {
  fxRatesCsv,
  generateWorld,
  graphParts,
  productTables,
  seedSpec,
  unitEconomicsCsv,
  type GraphPart,
  type SeedSpec,
  type SeedTable,
  type SeedWorld,
} from './generate.js';

export interface SeedOptions {
  seed: number;
  /** Nothing seeded is later than the first instant of this UTC day. */
  asOf: Date;
  /** 1 is the demo: 220 tenants, 12,000 partnerships, 500,000 activity events. 0.02 to 10. */
  scale: number;
  /** External files go to `external/` in here. */
  dataDir: string;
  onProgress?: (progress: SeedProgress) => void;
}

export interface SeedProgress {
  phase: string;
  done: number;
  total: number;
}

export interface SeedSummary {
  /** The instant the rows are dated from: an earlier run's, when this one finished it. */
  asOf: Date;
  tenants: number;
  users: number;
  entities: number;
  partnerships: number;
  dealEvents: number;
  milestones: number;
  affinityScores: number;
  trends: number;
  trendMetrics: number;
  userActivity: number;
  graphNodes: number;
  graphRelationships: number;
  files: string[];
}

/** The slice of the Postgres port that seeding needs: one connection, not inside a transaction. */
export type SeedSession = Pick<PostgresSession, 'query' | 'execute' | 'copyIn'>;

/** The slice of the graph port that seeding needs. */
export type GraphWriter = Pick<Graph, 'write'>;

const sql = (name: string): string => readStatement(import.meta.url, `./sql/${name}.sql`);

const GRAPH_BATCH = 2_000;
const CHUNK_CHARACTERS = 64 * 1024;

/** Creates the product's schema as the source contract has it. Safe to run twice; never changes an existing table. */
export async function createProductSchema(db: SeedSession): Promise<void> {
  await inTransaction(db, () => createTables(db));
}

/**
 * Fills the product (Postgres, graph, external files) with a made-up company history that depends on seed, day and
 * scale alone. All Postgres rows arrive in one transaction; the graph (MERGE) and the files follow and may be
 * repeated. A seed that was killed after the commit is finished by running it again with the same seed and scale,
 * dated as the first run was.
 *
 * Throws AppError configuration `seed_not_empty` when product tables hold rows that are not such an unfinished seed,
 * `seed_file_exists` when an external file with other content is in the way, `seed_options_invalid`. Deletes nothing.
 * Run the graph's migrations first: without their index the MERGEs are slow.
 */
export async function seedProduct(
  db: SeedSession,
  graph: GraphWriter,
  options: SeedOptions,
): Promise<SeedSummary> {
  const wanted = seedSpec(options);
  const report = options.onProgress ?? (() => undefined);

  const { world, asOf } = await inTransaction(db, async () => {
    await createTables(db);
    await executeAll(db, sql('seed_record_table'));
    const unfinished = await findUnfinished(db, options);
    const spec = unfinished ? seedSpec({ ...options, asOf: unfinished }) : wanted;
    report({ phase: 'generate', done: 0, total: 1 });
    const generated = generateWorld(spec);
    report({ phase: 'generate', done: 1, total: 1 });
    // Before any row: a file that is someone's own must not be found out about after the commit.
    for (const file of externalFiles(spec, options.dataDir)) await refuseForeignFile(file);
    if (!unfinished) {
      await db.execute(sql('seed_record_put'), [options.seed, options.asOf.toISOString(), options.scale]);
      for (const table of productTables(generated)) await copyTable(db, table, report);
    }
    return { world: generated, asOf: unfinished ?? options.asOf };
  });

  const graphCounts = await writeGraph(graph, world, report);
  const files = externalFiles(world.spec, options.dataDir);
  for (const file of files) await writeWhole(file);
  await db.execute(sql('seed_record_finish'));
  return { asOf, ...(await countRows(db)), ...graphCounts, files: files.map(({ path }) => path) };
}

async function createTables(db: SeedSession): Promise<void> {
  // CREATE ... IF NOT EXISTS still fails when two sessions race; the lock also keeps two seeds apart.
  await db.execute(sql('lock_product'));
  await executeAll(db, sql('product_schema'));
}

const recordSchema = z.object({
  seed: z.string(),
  as_of_ms: z.string().transform(Number),
  scale: z.number(),
  finished: z.boolean(),
});

/** The asOf of this same seed if its rows are there and its graph may not be; undefined when the product is empty. */
async function findUnfinished(db: SeedSession, options: SeedOptions): Promise<Date | undefined> {
  const [state] = await db.query(sql('product_is_empty'), [], z.object({ is_empty: z.boolean() }));
  if (state?.is_empty) return undefined;
  const [record] = await db.query(sql('seed_record_get'), [], recordSchema);
  const same = record?.seed === String(options.seed) && record.scale === options.scale;
  if (record && same && !record.finished) return new Date(record.as_of_ms);
  throw new AppError({
    class: 'configuration',
    source: 'seed',
    code: 'seed_not_empty',
    message: record
      ? `The product tables were seeded before (seed ${record.seed}, scale ${record.scale}${record.finished ? '' : ', unfinished: repeat it with these values'}). Seed an empty database instead.`
      : 'The product tables hold rows that no seed wrote. Seed an empty database instead.',
  });
}

async function copyTable(
  db: SeedSession,
  table: SeedTable,
  report: (progress: SeedProgress) => void,
): Promise<void> {
  const phase = `table ${table.name}`;
  report({ phase, done: 0, total: table.total });
  const statement = `COPY product.${table.name} (${table.columns.join(', ')}) FROM STDIN`;
  const chunks = inChunks(table.rows(), (done) =>
    report({ phase, done, total: Math.max(done, table.total) }),
  );
  const rows = await db.copyIn(statement, Readable.from(chunks, { objectMode: false }));
  report({ phase, done: rows, total: rows });
}

/** Lines joined into buffers of some 64 kB, so that neither a row nor a table is ever one write. */
function* inChunks(lines: Iterable<string>, onChunk: (rows: number) => void): Generator<Buffer> {
  let rows = 0;
  let text = '';
  for (const line of lines) {
    text += line;
    rows += 1;
    if (text.length >= CHUNK_CHARACTERS) {
      yield Buffer.from(text);
      text = '';
      onChunk(rows);
    }
  }
  if (text !== '') yield Buffer.from(text);
}

async function writeGraph(
  graph: GraphWriter,
  world: SeedWorld,
  report: (progress: SeedProgress) => void,
): Promise<{ graphNodes: number; graphRelationships: number }> {
  const written: Record<GraphPart['kind'], number> = { nodes: 0, relationships: 0 };
  for (const { phase, statement, kind, rows } of graphParts(world)) {
    const cypher = readStatement(import.meta.url, `./cypher/${statement}.cypher`);
    for (let from = 0; from < rows.length; from += GRAPH_BATCH) {
      report({ phase, done: from, total: rows.length });
      await graph.write(cypher, { rows: rows.slice(from, from + GRAPH_BATCH) }, z.unknown());
    }
    report({ phase, done: rows.length, total: rows.length });
    written[kind] += rows.length;
  }
  return { graphNodes: written.nodes, graphRelationships: written.relationships };
}

interface ExternalFile {
  readonly path: string;
  readonly text: string;
}

function externalFiles(spec: SeedSpec, dataDir: string): ExternalFile[] {
  return [
    { path: join(dataDir, 'external', 'unit_economics.csv'), text: unitEconomicsCsv(spec) },
    { path: join(dataDir, 'external', 'fx_rates.csv'), text: fxRatesCsv(spec) },
  ];
}

async function refuseForeignFile({ path, text }: ExternalFile): Promise<void> {
  if (!existsSync(path) || (await readFile(path, 'utf8')) === text) return;
  throw new AppError({
    class: 'configuration',
    source: 'seed',
    code: 'seed_file_exists',
    message: `${path} exists with other content. Move it away or seed with another DATA_DIR.`,
  });
}

/** Written beside and renamed: a reader finds the whole file or none. */
async function writeWhole({ path, text }: ExternalFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}

const count = z.string().transform(Number);
const countsSchema = z
  .object({
    tenants: count,
    users: count,
    entities: count,
    partnerships: count,
    deal_events: count,
    milestones: count,
    affinity_scores: count,
    trends: count,
    trend_metrics: count,
    user_activity: count,
  })
  .transform(({ deal_events, affinity_scores, trend_metrics, user_activity, ...same }) => ({
    ...same,
    dealEvents: deal_events,
    affinityScores: affinity_scores,
    trendMetrics: trend_metrics,
    userActivity: user_activity,
  }));

async function countRows(db: SeedSession): Promise<z.infer<typeof countsSchema>> {
  const [counts] = await db.query(sql('product_counts'), [], countsSchema);
  if (!counts) throw new Error('count(*) gave no row');
  return counts;
}

async function executeAll(db: SeedSession, text: string): Promise<void> {
  for (const statement of splitStatements(text)) await db.execute(statement);
}

async function inTransaction<T>(db: SeedSession, work: () => Promise<T>): Promise<T> {
  await db.execute('BEGIN');
  try {
    const result = await work();
    await db.execute('COMMIT');
    return result;
  } catch (error) {
    // The first error is the one to show; a lost connection rolls back by itself.
    await db.execute('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
