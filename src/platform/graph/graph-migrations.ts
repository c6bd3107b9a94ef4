import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { AppError } from '../../kernel/errors.js';
import { readStatement, splitStatements } from '../sql-file.js';
import type { Graph } from './graph.js';

const migrationsFolder = new URL('../../../migrations/neo4j/', import.meta.url);
const FILE = /^V\d{4}__\w+\.cypher$/;
const historyRow = z.object({ name: z.string(), checksum: z.string() });
const noRow = z.unknown();

const unique = readStatement(import.meta.url, './cypher/migration_unique.cypher');
const history = readStatement(import.meta.url, './cypher/migration_history.cypher');
const record = readStatement(import.meta.url, './cypher/migration_record.cypher');

/**
 * Applies migrations/neo4j/V*.cypher in name order and returns the names applied now ("V0001__constraints.cypher").
 * Every statement is idempotent (IF NOT EXISTS, MERGE), so a run killed half way, or two at once, ends in the same
 * schema; a file is noted only after its last statement. A noted file with other contents is refused
 * (`migration_changed`): what ran somewhere must stay readable.
 */
export async function migrateGraph(graph: Graph, folder: URL = migrationsFolder): Promise<string[]> {
  await graph.write(unique, {}, noRow);
  const applied = new Map((await graph.read(history, {}, historyRow)).map((row) => [row.name, row.checksum]));
  const names: string[] = [];
  for (const file of readdirSync(folder)
    .filter((name) => FILE.test(name))
    .sort()) {
    const text = readFileSync(new URL(file, folder), 'utf8');
    const checksum = createHash('sha256').update(text).digest('hex');
    const before = applied.get(file);
    if (before === checksum) continue;
    if (before !== undefined) throw changed(file);
    for (const statement of splitStatements(text)) await graph.write(statement, {}, noRow);
    const appliedAt = new Date().toISOString();
    const [noted] = await graph.write(record, { name: file, checksum, appliedAt }, historyRow);
    if (noted?.checksum !== checksum) throw changed(file);
    names.push(file);
  }
  return names;
}

function changed(file: string): AppError {
  return new AppError({
    class: 'configuration',
    source: 'graph',
    code: 'migration_changed',
    message: `Migration migrations/neo4j/${file} was applied with other contents. Restore the file and add a new one.`,
  });
}
