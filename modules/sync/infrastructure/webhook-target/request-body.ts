import { createHash, createHmac } from 'node:crypto';
import { AppError } from '../../../../src/kernel/errors.js';
import type { ChangedRow, Value } from '../../application/ports.js';
import type { MappedColumn, SyncDefinition, ValueType } from '../../domain/definition.js';

/** A name of these very changes in this order, the same whichever run sends them: 64 hex digits. Pure. */
export function batchId(rows: readonly ChangedRow[]): string {
  return createHash('sha256')
    .update(rows.map(({ idempotencyKey }) => idempotencyKey).join('\n'))
    .digest('hex');
}

/**
 * The JSON of one request: {sync, batch, records: [{id, op: upsert or delete, key, fields}]}. Whether an upsert creates
 * or changes is the receiver's to know, so that a repetition has the same bytes. Pure.
 * @throws AppError rejected `webhook_value` for a value that JSON has no form of
 */
export function requestBody(definition: SyncDefinition, rows: readonly ChangedRow[]): string {
  const fields = definition.columns.filter(({ key }) => !key);
  const records = rows.map((row) => {
    const head = `"id":${JSON.stringify(row.idempotencyKey)},"op":"${row.op === 'delete' ? 'delete' : 'upsert'}"`;
    const key = `"key":${members(definition.keys, row)}`;
    return row.op === 'delete' ? `{${head},${key}}` : `{${head},${key},"fields":${members(fields, row)}}`;
  });
  const sync = JSON.stringify(definition.name);
  return `{"sync":${sync},"batch":"${batchId(rows)}","records":[${records.join(',')}]}`;
}

/** `t=<unix seconds>,v1=<HMAC-SHA256 of "<t>.<body>" in hex>`. Pure. */
export function signature(secret: string, body: string, unixSeconds: number): string {
  const digest = createHmac('sha256', secret).update(`${unixSeconds}.${body}`).digest('hex');
  return `t=${unixSeconds},v1=${digest}`;
}

/** A null is sent or, of a column that skips nulls, left out. */
function members(columns: readonly MappedColumn[], { values }: ChangedRow): string {
  const sent = columns.flatMap(({ target, type, nulls }) => {
    const value = values[target] ?? null;
    return value === null && nulls === 'skip'
      ? []
      : [`${JSON.stringify(target)}:${jsonOf(target, type, value)}`];
  });
  return `{${sent.join(',')}}`;
}

/** Integers and decimals are JSON strings whatever their size: a reader's doubles would round them. */
function jsonOf(target: string, type: ValueType, value: Value): string {
  if (value === null) return 'null';
  if (type === 'boolean') return String(value);
  if (type === 'float') {
    if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
    throw unsendable(target, 'JSON has no form of infinity and of what is no number');
  }
  // As it is: parsing and writing it again would round its numbers.
  if (type === 'json') {
    if (isJson(String(value))) return String(value);
    throw unsendable(target, 'the text is no JSON');
  }
  return JSON.stringify(String(value));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function unsendable(target: string, why: string): AppError {
  const message = `The value of ${target} cannot be sent to a webhook: ${why}.`;
  return new AppError({ class: 'rejected', source: 'webhook', code: 'webhook_value', message });
}
