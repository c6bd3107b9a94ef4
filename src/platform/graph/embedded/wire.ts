import { z } from 'zod';
import type { GraphValue } from '../graph.js';

/**
 * The JSON between embedded-graph.ts and graph-server.ts. JSON has one number type and the graph has two, so an
 * integer that came as `bigint` travels as {"$int": "123"}; a map's own key that begins with $ gets one more $.
 *
 * Request: POST /statement, body statementRequest. Answer 200: newline-delimited JSON, first {"columns": [...]}, then
 * one array of values a row, last {"rows": n}, so that an answer cut off by a dying server is seen. Any other status:
 * {"error": {class, code, message}}.
 */
export const statementRequest = z.strictObject({
  mode: z.enum(['read', 'write']),
  statement: z.string().min(1),
  params: z.record(z.string(), z.unknown()),
});

export const columnsLine = z.strictObject({ columns: z.array(z.string()) });
export const rowLine = z.array(z.unknown());
export const endLine = z.strictObject({ rows: z.number().int() });
export const errorBody = z.strictObject({
  error: z.strictObject({
    class: z.enum(['transient', 'rejected', 'configuration', 'bug']),
    code: z.string(),
    message: z.string(),
  }),
});

export function encode(value: unknown): unknown {
  if (typeof value === 'bigint') return { $int: value.toString() };
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(encode);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.startsWith('$') ? `$${key}` : key, encode(item)]),
  );
}

/** The inverse of `encode` for anything JSON.parse gave. */
export function decode(value: unknown): GraphValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value;
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== 'object') throw new TypeError(`not a JSON value: ${typeof value}`);
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === '$int') return BigInt(z.string().parse(first[1]));
  return Object.fromEntries(
    entries.map(([key, item]) => [key.startsWith('$') ? key.slice(1) : key, decode(item)]),
  );
}
