import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Graph } from '../../../src/platform/graph/graph.js';
import type { ReadableSource } from '../application/ports.js';
import type { GraphSource } from './sources/catalog.js';

const PAGE_ENTITIES = 1000;
const value = z.union([z.string(), z.number(), z.bigint(), z.null()]);

/** A graph source, read page by page of its first key (a SKIP would read every earlier row again, and miss some). */
export function graphSource(graph: Graph, definition: GraphSource): ReadableSource {
  return {
    definition,
    read: (_cursor, land) =>
      land({ format: 'TabSeparated', stream: Readable.from(pages(graph, definition)) }),
  };
}

async function* pages(graph: Graph, source: GraphSource): AsyncGenerator<string> {
  const row = z.record(z.string(), value);
  const [, second = ''] = source.key;
  for (let after = ''; ;) {
    const rows = await graph.read(source.cypher, { after, limit: BigInt(PAGE_ENTITIES) }, row);
    const lines = rows
      .filter((found) => found[second] !== null)
      .map(
        (found) => source.columns.map((column) => tabSeparated(found[column.name] ?? null)).join('\t') + '\n',
      );
    if (lines.length > 0) yield lines.join('');
    const keys = new Set(rows.map((found) => String(found[source.pageKey])));
    if (keys.size < PAGE_ENTITIES) return;
    after = [...keys].reduce((a, b) => (a > b ? a : b));
  }
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
function tabSeparated(field: string | number | bigint | null): string {
  return field === null
    ? '\\N'
    : String(field).replace(/[\\\t\n\r\b\f\0]/g, (character) => ESCAPES[character] ?? character);
}
