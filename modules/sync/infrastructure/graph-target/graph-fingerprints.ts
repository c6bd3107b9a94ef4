import { z } from 'zod';
import type { Graph, GraphValue } from '../../../../src/platform/graph/graph.js';
import type { BucketSum } from '../../application/ports.js';
import { canonicalText } from '../../domain/canonical-text.js';
import type { MappedColumn } from '../../domain/definition.js';
import { bucketOf, fingerprints, weightOf, type EncodedColumn } from '../../domain/fingerprint.js';
import { columnValue, presentText } from './graph-values.js';
import { pageStatement, type GraphDefinition } from './statements.js';

const PAGE_ROWS = 5_000;
const scalar = z.union([z.string(), z.number(), z.bigint(), z.boolean()]);
const pageRow = z.object({ keys: z.array(scalar), values: z.array(z.unknown()) });

/** Sums of our rows by bucket. Cypher has no hash, so the rows come here, a page at a time. */
export async function sumBuckets(
  graph: Graph,
  definition: GraphDefinition,
  columns: readonly MappedColumn[],
  buckets: number,
): Promise<BucketSum[]> {
  const sums = new Map<number, { rows: number; sum: bigint }>();
  for await (const rows of fingerprintedRows(graph, definition, columns))
    for (const { key, row } of rows) {
      const bucket = bucketOf(key, buckets);
      const one = sums.get(bucket) ?? { rows: 0, sum: 0n };
      sums.set(bucket, { rows: one.rows + 1, sum: one.sum + weightOf(row) });
    }
  return [...sums].map(([bucket, { rows, sum }]) => ({ bucket, rows, sum: sum.toString() }));
}

/** TabSeparated key fingerprint, row fingerprint and key texts of our rows in the wanted buckets. */
export async function* bucketLines(
  graph: Graph,
  definition: GraphDefinition,
  columns: readonly MappedColumn[],
  buckets: number,
  wanted: readonly number[],
): AsyncGenerator<string> {
  const chosen = new Set(wanted);
  for await (const rows of fingerprintedRows(graph, definition, columns)) {
    const lines = rows
      .filter(({ key }) => chosen.has(bucketOf(key, buckets)))
      .map(({ key, row, texts }) => `${key}\t${row}\t${JSON.stringify(texts).replaceAll('\\', '\\\\')}\n`);
    if (lines.length > 0) yield lines.join('');
  }
}

interface FingerprintedRow {
  key: string;
  row: string;
  texts: (string | null)[];
}

/** Page by page in the order of the keys, so that memory does not grow with the graph. */
async function* fingerprintedRows(
  graph: Graph,
  definition: GraphDefinition,
  columns: readonly MappedColumn[],
): AsyncGenerator<FingerprintedRow[]> {
  const { keys } = definition;
  let after: Record<string, GraphValue> | undefined;
  for (;;) {
    const statement = pageStatement(definition, columns, after === undefined);
    const page = await graph.read(statement, { ...after, rows: BigInt(PAGE_ROWS) }, pageRow);
    yield page.map((row) => ({
      ...fingerprints(encoded(keys, row.keys), encoded(columns, row.values)),
      texts: keys.map((key, index) => presentText(key, row.keys[index])),
    }));
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    after = Object.fromEntries(
      keys.map((key, index) => [`after${index}`, columnValue(key, last.keys[index] ?? null)]),
    );
  }
}

function encoded(columns: readonly MappedColumn[], values: readonly unknown[]): EncodedColumn[] {
  return columns.map(({ target, type }, index) => [target, canonicalText(type, values[index])]);
}
