import { z } from 'zod';
import { AppError } from '../../kernel/errors.js';

/** Injection token of the graph, a `Graph`. */
export const GRAPH = Symbol('GRAPH');

/**
 * What goes into a statement and comes out of it. In parameters the JavaScript type decides the stored type:
 * `bigint` is an INTEGER (64 bits), `number` is a FLOAT. In rows an integer is a `number` while it is safe and a
 * `bigint` past 2^53, and a temporal is an ISO 8601 string (`graphInstant` below).
 */
export type GraphValue =
  null | boolean | number | bigint | string | GraphValue[] | { [key: string]: GraphValue };
export type GraphParams = Record<string, GraphValue>;

/**
 * The one door to the graph: Neo4j over Bolt, or the embedded engine (Grafeo 0.6) behind a loopback server. Every
 * statement we write runs on both, so it keeps to what both do alike. What differs, and the form to use:
 *
 * - Integers: pass `5n`, also for `LIMIT $n` and `SKIP $n` (Neo4j refuses the float 5.0 there). Column aliases,
 *   property names, `ORDER BY` (code point order, nulls last) and comparisons between 5 and 5.0 are equal on both.
 * - Floats: the embedded engine stores a whole `number` (5) as an integer. It reads back, compares, sorts and sums
 *   alike, but `/` then divides integers. Where a statement divides, write `toFloat(row.score)`. `toString(5.0)` is
 *   '5.0' on Neo4j and '5' embedded, and `round` takes one argument embedded.
 * - Instants: send ISO 8601 UTC text ending in Z and store it with `datetime(row.at)` (null stays null): both keep
 *   microseconds, and both hand back the same text. It cannot sit inside `SET e += row.props`; set it beside:
 *   `SET e += row.props, e.at = datetime(row.at)`. Invalid text is an error on Neo4j and null embedded, so parse it
 *   before. `localdatetime` loses microseconds embedded; nanoseconds are cut there; instants with other offsets
 *   are equal embedded and different on Neo4j: always send Z. `toString(e.at)` gives the same text on both.
 * - Keys: `MERGE (e:Entity {id: null})` is an error on Neo4j and makes a node embedded: check keys before. So do
 *   maps, mixed lists and lists with nulls as property values. Two rows of one UNWIND may carry the same key.
 * - Look-ups of many keys: `UNWIND $rows AS row OPTIONAL MATCH (e:Entity {id: row.id})` ignores the index embedded
 *   (500 rows of 40,000 nodes: 9 s; the engine stops a statement after 30 s). Use `MATCH (e:Entity {id: row.id})`
 *   or `WHERE e.id IN $ids` and take the difference in code, or `EXISTS { MATCH (e:Entity {id: row.id}) }`; all
 *   three use the index on both. OPTIONAL MATCH from an already bound node (`MATCH (a ...) OPTIONAL MATCH
 *   (a)-[r:X]->(b)`) is fast on both.
 * - A constraint makes no index embedded: see migrations/neo4j. Without one MERGE is quadratic.
 * - Write `MATCH (a ...) MATCH (b ...) MERGE (a)-[r:X]->(b) SET r += row.props`. `ON CREATE SET`, `ON MATCH SET`,
 *   `SET r = $map`, `SET e += {gone: null}` (removes), REMOVE, DELETE, DETACH DELETE, CASE, coalesce, `IN $list`,
 *   `EXISTS { }`, `COUNT { }`, FOREACH, UNION and `CALL { }` behave alike. DELETE of a node that has relationships
 *   is refused by both.
 * - `collect(x)[0]` needs a WITH before it embedded. `datetime.fromEpoch`, `valueType` and `SHOW ... YIELD` do not
 *   exist there.
 * - Pages: `MATCH (a:Entity) WHERE a.id > $after RETURN a.id AS id ORDER BY id LIMIT $n`.
 * - No names that are keywords (`$remove`, `{delete: 1}`, `AS create`): a syntax error embedded.
 * - One statement a call; schema changes and data never in the same statement. Embedded, a schema change does not
 *   roll back.
 *
 * Every method throws an AppError with source `graph`: transient (`graph_unavailable`, `graph_conflict`,
 * `graph_timeout`), rejected (`graph_constraint`, `graph_data`, `graph_value_invalid`, `graph_row_shape`,
 * `graph_read_only`, `graph_request_too_large`), configuration (`graph_auth`, `graph_forbidden`,
 * `graph_database_missing`), bug (`graph_statement`, `unexpected`).
 */
export interface Graph {
  readonly kind: 'embedded' | 'neo4j';
  /** One statement that cannot write (`graph_read_only`); its rows as plain objects by column name, each parsed. */
  read<T>(statement: string, params: GraphParams, schema: z.ZodType<T>): Promise<T[]>;
  /**
   * One statement in one transaction of its own, all or nothing; its rows likewise. After a transient error the
   * outcome is unknown (the answer may have been lost after the commit): write so that a repeat changes nothing.
   */
  write<T>(statement: string, params: GraphParams, schema: z.ZodType<T>): Promise<T[]>;
  /** Resolves when the store answers a statement with our credentials. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Any row, for statements that a person typed: nodes are their properties and `_labels`, relationships their
 * properties and `_type`, paths `{nodes, edges}`.
 */
export const graphRow = z.record(z.string(), z.unknown());

/** A temporal of a row (or ISO text) as UTC with exactly six decimals: `2026-01-02T03:04:05.678900Z`. */
export const graphInstant = z.iso.datetime({ offset: true }).transform((text) => {
  const [, seconds = '', fraction = '', offset = ''] = /^(.{19})(?:\.(\d+))?(.+)$/.exec(text) ?? [];
  return `${new Date(seconds + offset).toISOString().slice(0, 19)}.${fraction.padEnd(6, '0').slice(0, 6)}Z`;
});

/** Rows parsed with the caller's schema; a row of another shape is `graph_row_shape`, naming the columns at fault. */
export function parseRows<T>(rows: readonly unknown[], schema: z.ZodType<T>): T[] {
  return rows.map((row) => {
    const parsed = schema.safeParse(row);
    if (parsed.success) return parsed.data;
    const columns = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.')))].join(', ');
    throw new AppError({
      class: 'rejected',
      source: 'graph',
      code: 'graph_row_shape',
      message: `A row of the graph has another shape than the statement promises, at: ${columns}.`,
      cause: parsed.error,
    });
  });
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/**
 * Refuses what the two engines would store differently or not at all: integers past 64 bits, NaN and infinities
 * (null embedded), undefined (an absent parameter on Neo4j).
 */
export function assertGraphParams(params: GraphParams): void {
  for (const [name, value] of Object.entries(params)) assertValue(value, `$${name}`);
}

function assertValue(value: unknown, path: string): void {
  if (typeof value === 'object' && value !== null) {
    if (Array.isArray(value)) value.forEach((item, index) => assertValue(item, `${path}[${index}]`));
    else for (const [key, item] of Object.entries(value)) assertValue(item, `${path}.${key}`);
    return;
  }
  const fits =
    value === null ||
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value)) ||
    (typeof value === 'bigint' && value >= INT64_MIN && value <= INT64_MAX);
  if (fits) return;
  throw new AppError({
    class: 'rejected',
    source: 'graph',
    code: 'graph_value_invalid',
    message: `The parameter ${path} is no value a graph can hold (a finite number, a 64-bit integer, text, boolean or null).`,
  });
}
