import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { sameSecret } from '../../embedded/lease-protocol.js';
import { ClickHouseError } from './clickhouse-error.js';

const MAX_STATEMENT_BYTES = 64 * 1024 * 1024;

/** URL parameters that belong to the protocol; every other one is a query parameter (`param_x`) or a setting. */
const PROTOCOL = new Set([
  'query',
  'database',
  'default_format',
  'query_id',
  'user',
  'password',
  'log_comment',
  'quota_key',
  'compress',
  'decompress',
  'buffer_size',
  'wait_end_of_query',
  'stacktrace',
  'client_protocol_version',
]);
const UNSUPPORTED = ['session_id', 'role'];

/** Throws code 516 unless the request carries the one user and its password, as Basic or X-ClickHouse headers. */
export function authenticate(request: IncomingMessage, user: { username: string; password: string }): void {
  const { authorization, 'x-clickhouse-user': name, 'x-clickhouse-key': key } = request.headers;
  const basic = /^Basic (.+)$/i.exec(authorization ?? '')?.[1];
  const [, basicName, basicKey] =
    /^([^:]*):([\s\S]*)$/.exec(Buffer.from(basic ?? '', 'base64').toString()) ?? [];
  const given = { name: String(name ?? basicName ?? 'default'), key: String(key ?? basicKey ?? '') };
  const right = [sameSecret(given.name, user.username), sameSecret(given.key, user.password)];
  if (right.every(Boolean)) return;
  const reason = 'Authentication failed: password is incorrect, or there is no user with such name.';
  throw new ClickHouseError(516, 'AUTHENTICATION_FAILED', `${given.name}: ${reason}`);
}

/** `param_x` values and settings of the request, in order. */
export function settingsOf(query: URLSearchParams): [string, string][] {
  const unsupported = UNSUPPORTED.find((name) => query.has(name));
  if (unsupported !== undefined)
    throw notImplemented(`${unsupported} is not supported by the embedded server`);
  return [...query].filter(([name]) => /^\w+$/.test(name) && !PROTOCOL.has(name));
}

export function hasBody(request: IncomingMessage): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || length !== '0';
}

/** Writes the whole body to a file; rejects, so that nothing of it is used, when the client stops half-way. */
export async function spoolBody(request: IncomingMessage, file: string): Promise<void> {
  refuseCompression(request);
  await pipeline(request, createWriteStream(file, { mode: 0o600 }));
}

/** A body that is text: a statement, or a form with the statement and its parameters, which are added to `query`. */
export async function readStatement(request: IncomingMessage, query: URLSearchParams): Promise<string> {
  refuseCompression(request);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_STATEMENT_BYTES) {
      throw new ClickHouseError(62, 'SYNTAX_ERROR', 'The statement is larger than 64 MiB');
    }
    chunks.push(bytes);
  }
  const body = Buffer.concat(chunks);
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return body.toString('utf8');
  const form = await new Response(body, { headers: { 'content-type': type } }).formData();
  for (const [name, value] of form) {
    if (typeof value !== 'string')
      throw notImplemented('files in a form are not supported by the embedded server');
    if (name !== 'query') query.append(name, value);
  }
  return String(form.get('query') ?? '');
}

function refuseCompression(request: IncomingMessage): void {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw notImplemented('compression costs more than it saves on loopback: switch it off');
}

function notImplemented(text: string): ClickHouseError {
  return new ClickHouseError(48, 'NOT_IMPLEMENTED', text);
}
