import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Graph } from '../../../src/platform/graph/graph.js';
import type { ReadableSource } from '../application/ports.js';
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
    .map((found) => source.columns.map((column) => tabSeparated(found[column.name])).join('\t') + '\n')
    .join('');
}

const ESCAPES: Record<string, string> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\b': '\\b',
  '\f': '\\f',
  '\0': '\\0',
};

/** Any property as text: what is no such value as the contract says is for the checks to find, row by row. */
function tabSeparated(field: unknown): string {
  if (field === null || field === undefined) return '\\N';
  const text = typeof field === 'object' ? JSON.stringify(field, bigintAsText) : String(field);
  return text.replace(/[\\\t\n\r\b\f\0]/g, (character) => ESCAPES[character] ?? character);
}

const bigintAsText = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;
