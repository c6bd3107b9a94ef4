import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Graph } from '../../../src/platform/graph/graph.js';
import type { ReadableSource } from '../application/ports.js';
import { tabSeparated } from '../domain/tab-separated.js';
import type { GraphSource } from './sources/catalog.js';

const PAGE_ENTITIES = 1000;
const row = z.looseObject({ related: z.boolean() });

/** A graph source, read page by page of its first key (a SKIP would read every earlier row again, and miss some). */
export function graphSource(graph: Graph, definition: GraphSource): ReadableSource {
  return {
    definition,
    read: (_cursor, land) =>
      land({ format: 'TabSeparated', stream: Readable.from(pages(graph, definition)) }),
  };
}

async function* pages(graph: Graph, source: GraphSource): AsyncGenerator<string> {
  for (let after = ''; ;) {
    const rows = await graph.read(source.cypher, { after, limit: BigInt(PAGE_ENTITIES) }, row);
    const last = rows.at(-1);
    if (last === undefined) break;
    yield* lines(source, rows);
    after = String(last[source.pageKey]);
  }
  yield* lines(source, await graph.read(source.unpaged, {}, row));
}

/** At most one string (an empty one would end the stream). */
function* lines(source: GraphSource, rows: readonly z.output<typeof row>[]): Generator<string> {
  const related = rows.filter((found) => found.related);
  if (related.length === 0) return;
  yield related
    .map((found) => source.columns.map((column) => asText(found[column.name])).join('\t') + '\n')
    .join('');
}

/** Any property as a value of TabSeparated: what is no such value as the contract says is for the checks to find, row by row. */
function asText(field: unknown): string {
  if (field === null || field === undefined) return '\\N';
  return tabSeparated(typeof field === 'object' ? JSON.stringify(field, bigintAsText) : String(field));
}

const bigintAsText = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;
