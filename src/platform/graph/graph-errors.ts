import { AppError, type ErrorClass } from '../../kernel/errors.js';

interface Meaning {
  class: ErrorClass;
  code: string;
}

/** Neo4j status codes by prefix, the first that fits. https://neo4j.com/docs/status-codes/5/ */
const NEO4J: readonly (readonly [prefix: string, meaning: Meaning])[] = [
  ['ServiceUnavailable', { class: 'transient', code: 'graph_unavailable' }],
  ['SessionExpired', { class: 'transient', code: 'graph_unavailable' }],
  // The driver's own failures without a server code; parameters are checked before, so these are pool time-outs.
  ['N/A', { class: 'transient', code: 'graph_unavailable' }],
  ['Neo.TransientError.Transaction.DeadlockDetected', { class: 'transient', code: 'graph_conflict' }],
  ['Neo.TransientError.', { class: 'transient', code: 'graph_unavailable' }],
  ['Neo.DatabaseError.', { class: 'transient', code: 'graph_unavailable' }],
  ['Neo.ClientError.Cluster.', { class: 'transient', code: 'graph_unavailable' }],
  ['Neo.ClientError.Transaction.', { class: 'transient', code: 'graph_timeout' }],
  ['Neo.ClientError.Schema.ConstraintValidationFailed', { class: 'rejected', code: 'graph_constraint' }],
  ['Neo.ClientError.Schema.', { class: 'configuration', code: 'graph_schema' }],
  ['Neo.ClientError.Statement.AccessMode', { class: 'rejected', code: 'graph_read_only' }],
  ['Neo.ClientError.Statement.TypeError', { class: 'rejected', code: 'graph_data' }],
  ['Neo.ClientError.Statement.ArithmeticError', { class: 'rejected', code: 'graph_data' }],
  ['Neo.ClientError.Statement.ArgumentError', { class: 'rejected', code: 'graph_data' }],
  // At run time only (a null key in MERGE); what is wrong with the statement itself is a SyntaxError.
  ['Neo.ClientError.Statement.SemanticError', { class: 'rejected', code: 'graph_data' }],
  ['Neo.ClientError.Statement.', { class: 'bug', code: 'graph_statement' }],
  ['Neo.ClientError.Procedure.', { class: 'bug', code: 'graph_statement' }],
  ['Neo.ClientError.Security.Forbidden', { class: 'configuration', code: 'graph_forbidden' }],
  ['Neo.ClientError.Security.', { class: 'configuration', code: 'graph_auth' }],
  ['Neo.ClientError.Database.', { class: 'configuration', code: 'graph_database_missing' }],
];

/** GQLSTATUS of the embedded engine by prefix; G... are its own: G1001 connected node, G2000 uniqueness. */
const GRAFEO: readonly (readonly [prefix: string, meaning: Meaning])[] = [
  ['40', { class: 'transient', code: 'graph_conflict' }],
  ['G1', { class: 'rejected', code: 'graph_constraint' }],
  ['G2', { class: 'rejected', code: 'graph_constraint' }],
  ['22', { class: 'rejected', code: 'graph_data' }],
  ['42', { class: 'bug', code: 'graph_statement' }],
];

const UNKNOWN: Meaning = { class: 'bug', code: 'unexpected' };

function field(error: unknown, name: 'code' | 'gqlStatus' | 'message'): string {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  return typeof value === 'string' ? value : '';
}

function classify(table: typeof NEO4J, code: string): Meaning {
  return table.find(([prefix]) => code.startsWith(prefix))?.[1] ?? UNKNOWN;
}

/** An error of neo4j-driver by its status code. The message is the server's; it names keys, never credentials. */
export function fromNeo4j(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = field(error, 'code');
  const message = `Neo4j: ${field(error, 'message') || String(error)}${code === '' ? '' : ` (${code})`}`;
  return new AppError({ ...classify(NEO4J, code), source: 'graph', message, cause: error });
}

/** An error of the embedded engine by its GQLSTATUS. */
export function fromGrafeo(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const text = field(error, 'message') || String(error);
  // A stopped statement shares GQLSTATUS 22000 with bad data; only the engine's own code tells them apart.
  const meaning = /\bGRAFEO-Q003\b/.test(text)
    ? ({ class: 'transient', code: 'graph_timeout' } as const)
    : classify(GRAFEO, field(error, 'gqlStatus'));
  return new AppError({ ...meaning, source: 'graph', message: `Embedded graph: ${text}`, cause: error });
}

export function unavailable(message: string, cause?: unknown): AppError {
  return new AppError({ class: 'transient', source: 'graph', code: 'graph_unavailable', message, cause });
}
