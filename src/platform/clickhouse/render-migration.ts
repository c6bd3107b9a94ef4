import { AppError } from '../../kernel/errors.js';
import { identifier, literal } from '../../kernel/sql-text.js';
import { splitStatements } from '../sql-file.js';

/** How long one partition of a table with `retain by` is. */
export type PartitionUnit = 'month' | 'quarter' | 'year';

/** For what the migration files are rendered: one server, or the named cluster. */
export interface RenderTarget {
  database: string;
  cluster?: string | undefined;
  partitionBy: PartitionUnit;
}

/** A table whose old rows may go: declared by `-- retain by: <column>`, the instant that its rows are dated by. */
export interface RetainedTable {
  /** The table that stores the rows: `<name>_local` on a cluster. */
  name: string;
  column: string;
  /** The partition expression of every unit; the month's is the one of the file. */
  partitions: Record<PartitionUnit, string>;
}

export interface RenderedMigrations {
  files: { name: string; statements: string[] }[];
  retained: RetainedTable[];
}

/** Where the rows of a table live on a cluster. */
type Placement = { kind: 'sharded'; by: string } | { kind: 'everywhere' };

/**
 * The statements of all migration files (in name order), for one server or for a cluster. On one server they are the
 * files' own, but for the partitions that `partitionBy` asks for. On a cluster, `-- shard by: <expression>` above a
 * CREATE TABLE makes `<name>_local` (replicated in each shard) and the Distributed `<name>` over it;
 * `-- on every shard` makes one `<name>` that all servers hold whole.
 * Throws `migration_not_understood` for a statement of another form, in both renderings: what the cluster cannot have
 * must be noticed by whoever writes it on one server.
 */
export function renderMigrations(
  files: readonly { name: string; text: string }[],
  target: RenderTarget,
): RenderedMigrations {
  const placements = new Map<string, Placement | 'view'>();
  const retained: RetainedTable[] = [];
  const rendered = files.map(({ name, text }) => ({
    name,
    statements: splitStatements(text).flatMap((statement) => {
      const refuse = refusal(name, statement);
      return renderStatement(statement, target, placements, retained, refuse);
    }),
  }));
  return { files: rendered, retained };
}

type Refuse = (why: string) => AppError;

const refusal =
  (file: string, statement: string): Refuse =>
  (why) =>
    new AppError({
      class: 'configuration',
      source: 'clickhouse',
      code: 'migration_not_understood',
      message: `Migration clickhouse/${file}, "${bodyOf(statement).split('\n')[0]}": ${why}.`,
    });

/** The statement without the comment lines above it. */
const bodyOf = (statement: string): string => statement.replace(/^(\s*--[^\n]*\n|\s*\n)+/, '').trim();

function renderStatement(
  statement: string,
  target: RenderTarget,
  placements: Map<string, Placement | 'view'>,
  retained: RetainedTable[],
  refuse: Refuse,
): string[] {
  const body = bodyOf(statement);
  switch (/^(CREATE|ALTER|DROP) (OR REPLACE )?(TABLE|VIEW)\b/.exec(body)?.[0]) {
    case 'CREATE TABLE':
      return renderCreateTable(statement, target, placements, retained, refuse);
    case 'CREATE VIEW':
    case 'CREATE OR REPLACE VIEW':
      return renderCreateView(body, target, placements, refuse);
    case 'ALTER TABLE':
      return renderAlter(body, target, placements, refuse);
    case 'DROP TABLE':
    case 'DROP VIEW':
      return renderDrop(body, target, placements, retained, refuse);
    default:
      throw refuse('no form that can be rendered (CREATE TABLE or VIEW, ALTER TABLE, DROP TABLE or VIEW)');
  }
}

const on = (cluster: string): string => `ON CLUSTER ${identifier(cluster)}`;

function renderCreateTable(
  statement: string,
  target: RenderTarget,
  placements: Map<string, Placement | 'view'>,
  retained: RetainedTable[],
  refuse: Refuse,
): string[] {
  const body = bodyOf(statement);
  const head = /^CREATE TABLE IF NOT EXISTS (\w+) (?=\()/.exec(body);
  if (!head?.[1]) throw refuse('must be CREATE TABLE IF NOT EXISTS <name> (<columns>)');
  const table = head[1];
  if (placements.has(table)) throw refuse(`${table} is there already`);
  const columnsEnd = closing(body, head[0].length);
  const columns = body.slice(head[0].length, columnsEnd);
  const engine = /^\s*ENGINE = ((?:Replacing|Summing|Aggregating|Collapsing)?MergeTree)\b/.exec(
    body.slice(columnsEnd),
  );
  if (!engine?.[1]) throw refuse('its engine is none of the MergeTree family (without Replicated)');
  const argumentsStart = columnsEnd + engine[0].length;
  const argumentsEnd = body[argumentsStart] === '(' ? closing(body, argumentsStart) : argumentsStart;
  const engineArguments = body.slice(argumentsStart + 1, Math.max(argumentsEnd - 1, argumentsStart + 1));
  const clauses = body.slice(argumentsEnd);
  if (!/^ (PARTITION|ORDER) BY /.test(clauses)) throw refuse('the engine is followed by no ORDER BY');

  const placement = placementOf(statement, refuse);
  placements.set(table, placement ?? { kind: 'everywhere' });
  const retention = retentionOf(statement, table, clauses, target, placement, refuse);
  if (retention) retained.push(retention);
  const placed =
    retention === undefined
      ? clauses
      : clauses.replace(retention.partitions.month, () => retention.partitions[target.partitionBy]);
  if (target.cluster === undefined)
    return [clauses === placed ? body : `${body.slice(0, argumentsEnd)}${placed}`];
  if (placement === undefined) {
    throw refuse('says neither "-- shard by: <expression>" nor "-- on every shard"');
  }

  const cluster = on(target.cluster);
  const replicated = (path: string, replica: string): string =>
    `Replicated${engine[1]}(${[literal(path), literal(replica), ...(engineArguments ? [engineArguments] : [])].join(', ')})`;
  if (placement.kind === 'everywhere') {
    // One replica set over all servers. A macro {replica} that is unique within its shard only stays unique.
    const path = `/clickhouse/tables/every_shard/${target.database}/${table}`;
    return [
      `CREATE TABLE IF NOT EXISTS ${table} ${cluster} ${columns} ENGINE = ${replicated(path, '{shard}-{replica}')}${placed}`,
    ];
  }
  const local = `${table}_local`;
  const path = `/clickhouse/tables/{shard}/${target.database}/${local}`;
  return [
    `CREATE TABLE IF NOT EXISTS ${local} ${cluster} ${columns} ENGINE = ${replicated(path, '{replica}')}${placed}`,
    `CREATE TABLE IF NOT EXISTS ${table} ${cluster} AS ${identifier(target.database)}.${local} ENGINE = Distributed(${literal(target.cluster)}, ${literal(target.database)}, ${literal(local)}, ${placement.by})`,
  ];
}

/** What the comments above a CREATE TABLE say of its place on a cluster. */
function placementOf(statement: string, refuse: Refuse): Placement | undefined {
  const comments = statement.slice(0, statement.length - bodyOf(statement).length);
  const by = /^-- shard by: (.+?) *$/m.exec(comments)?.[1];
  const everywhere = /^-- on every shard\b/m.test(comments);
  if (by !== undefined && everywhere) throw refuse('says both "-- shard by" and "-- on every shard"');
  if (by !== undefined) return { kind: 'sharded', by };
  return everywhere ? { kind: 'everywhere' } : undefined;
}

function retentionOf(
  statement: string,
  table: string,
  clauses: string,
  target: RenderTarget,
  placement: Placement | undefined,
  refuse: Refuse,
): RetainedTable | undefined {
  const comments = statement.slice(0, statement.length - bodyOf(statement).length);
  const column = /^-- retain by: (\w+) *$/m.exec(comments)?.[1];
  if (column === undefined) return undefined;
  const month = /^ PARTITION BY (.+?) ORDER BY /.exec(clauses)?.[1];
  if (month === undefined) throw refuse('says "-- retain by" and has no PARTITION BY');
  if (/ TTL /.test(clauses)) throw refuse('says "-- retain by" and has a TTL of its own');
  return {
    name: target.cluster !== undefined && placement?.kind === 'sharded' ? `${table}_local` : table,
    column,
    partitions: {
      month,
      quarter: `toYear(${column}) * 10 + toQuarter(${column})`,
      year: `toYear(${column})`,
    },
  };
}

function renderCreateView(
  body: string,
  target: RenderTarget,
  placements: Map<string, Placement | 'view'>,
  refuse: Refuse,
): string[] {
  const head = /^CREATE (?:OR REPLACE VIEW|VIEW IF NOT EXISTS) (\w+)(?=\s+AS\s)/.exec(body);
  if (!head?.[1]) {
    throw refuse('must be CREATE VIEW IF NOT EXISTS or CREATE OR REPLACE VIEW <name> AS <select>');
  }
  placements.set(head[1], 'view');
  if (target.cluster === undefined) return [body];
  return [`${head[0]} ${on(target.cluster)}${body.slice(head[0].length)}`];
}

/** Changes of columns are made in both tables of a pair, in the local one first; all else concerns where rows are stored. */
const COLUMN_CHANGE = /^(ADD|DROP|MODIFY|RENAME|COMMENT) COLUMN /;
const STORAGE_CHANGE =
  /^((ADD|DROP|MATERIALIZE|CLEAR) (INDEX|PROJECTION)|MODIFY (SETTING|TTL|ORDER BY)|REMOVE TTL|RESET SETTING)\b/;

function renderAlter(
  body: string,
  target: RenderTarget,
  placements: ReadonlyMap<string, Placement | 'view'>,
  refuse: Refuse,
): string[] {
  const head = /^ALTER TABLE (\w+)\s+/.exec(body);
  const placement = placements.get(head?.[1] ?? '');
  if (!head?.[1] || placement === undefined || placement === 'view') {
    throw refuse('alters what no migration before it has made a table');
  }
  const change = body.slice(head[0].length);
  const commands = topLevelParts(change);
  const ofColumns = commands.every((command) => COLUMN_CHANGE.test(command));
  // The settings and columns of one MODIFY SETTING or ORDER BY have commas of their own.
  if (
    !ofColumns &&
    !(STORAGE_CHANGE.test(change) && !commands.some((command) => COLUMN_CHANGE.test(command)))
  ) {
    throw refuse('holds a change that is not known to be right on a cluster; one kind of change a statement');
  }
  if (target.cluster === undefined) return [body];
  const alter = (table: string): string => `ALTER TABLE ${table} ${on(target.cluster ?? '')} ${change}`;
  if (placement.kind === 'everywhere') return [alter(head[1])];
  return ofColumns ? [alter(`${head[1]}_local`), alter(head[1])] : [alter(`${head[1]}_local`)];
}

function renderDrop(
  body: string,
  target: RenderTarget,
  placements: Map<string, Placement | 'view'>,
  retained: RetainedTable[],
  refuse: Refuse,
): string[] {
  const head = /^DROP (TABLE|VIEW) IF EXISTS (\w+)( SYNC)?$/.exec(body);
  const [, kind, table = ''] = head ?? [];
  const placement = placements.get(table);
  if (!head || placement === undefined || (kind === 'VIEW') !== (placement === 'view')) {
    throw refuse('must be DROP TABLE or VIEW IF EXISTS <name> of what a migration before it has made');
  }
  placements.delete(table);
  const kept = retained.filter(({ name }) => name !== table && name !== `${table}_local`);
  retained.splice(0, retained.length, ...kept);
  if (target.cluster === undefined) return [body];
  if (placement === 'view') return [`DROP VIEW IF EXISTS ${table} ${on(target.cluster)}`];
  // SYNC: the path in the keeper is free again when the statement ends.
  const drop = (name: string): string => `DROP TABLE IF EXISTS ${name} ${on(target.cluster ?? '')} SYNC`;
  return placement.kind === 'everywhere' ? [drop(table)] : [drop(table), drop(`${table}_local`)];
}

/** Strings, quoted names and comments: what a parenthesis or a comma does not count in. */
const OPAQUE = /'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.)*`|--[^\n]*/y;

/** Walks over the text outside of strings, names and comments. */
function* significant(text: string, from: number): Generator<{ at: number; char: string }> {
  for (let at = from; at < text.length; at++) {
    OPAQUE.lastIndex = at;
    const opaque = OPAQUE.exec(text);
    if (opaque) at += opaque[0].length - 1;
    else yield { at, char: text[at] ?? '' };
  }
}

/** Index after the parenthesis that closes the one at `open`; the end of the text when none does. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (const { at, char } of significant(text, open)) {
    if (char === '(') depth++;
    if (char === ')' && --depth === 0) return at + 1;
  }
  return text.length;
}

/** The parts between commas that stand in no parenthesis. */
function topLevelParts(text: string): string[] {
  const parts: string[] = [];
  let [depth, start] = [0, 0];
  for (const { at, char } of significant(text, 0)) {
    if (char === '(') depth++;
    if (char === ')') depth--;
    if (char === ',' && depth === 0) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return [...parts, text.slice(start).trim()];
}
