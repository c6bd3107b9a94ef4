import { z } from 'zod';
import { AppError, type ErrorClass } from '../../../../src/kernel/errors.js';
import type { ChangedRow, Written } from '../../application/ports.js';

/** Most bytes of an answer that are read. */
export const MAX_ANSWER_BYTES = 64 * 1024;
/** A receiver cannot keep us away for longer than this. */
const MAX_RETRY_AFTER_MS = 3_600_000;

export interface WebhookAnswer {
  status: number;
  /** The `Retry-After` header. */
  retryAfter?: string | undefined;
  body: string;
  /** The body went on beyond MAX_ANSWER_BYTES. */
  cut: boolean;
}

const results = z.object({
  results: z.array(
    z.object({
      id: z.string(),
      status: z.enum(['ok', 'rejected', 'retry']),
      code: z.string().optional(),
      message: z.string().optional(),
    }),
  ),
});
type Result = z.infer<typeof results>['results'][number];

/**
 * What an answer says about the records of its request. 2xx without results: all taken. With results: each record as its
 * id says; one that is not named, or that is to be sent again, was not taken. Pure.
 * @throws AppError for an answer that says nothing of single records: transient (408, 425, 429, 5xx, none of them taken),
 *   rejected (400, 404, 409, 413, 422: some record may be bad), configuration (every other status, answers that do not parse)
 */
export function outcomeOf(rows: readonly ChangedRow[], answer: WebhookAnswer): Written {
  if (answer.status < 200 || answer.status > 299) throw refusedAnswer(answer.status);
  const written: Written = { inserted: 0, updated: 0, deleted: 0, unchanged: 0, waiting: [], refused: [] };
  const said = resultsOf(answer);
  for (const row of rows) {
    const result: Result | undefined =
      said === null ? { id: row.idempotencyKey, status: 'ok' } : said.get(row.idempotencyKey);
    if (result?.status !== 'ok') written.refused.push({ seq: row.seq, error: recordError(result) });
    else if (row.op === 'insert') written.inserted += 1;
    else if (row.op === 'update') written.updated += 1;
    else written.deleted += 1;
  }
  // Nothing got through, and not for the records' own sake: the whole request is worth another try.
  const [first] = written.refused;
  if (
    written.refused.length === rows.length &&
    written.refused.every(({ error }) => error.class === 'transient')
  )
    if (first !== undefined) throw first.error;
  return written;
}

/**
 * Milliseconds that a `Retry-After` header asks to wait, at most an hour; 0 for none, a past date or what does not parse. Pure.
 * @param now milliseconds since 1970
 */
export function retryAfterMs(header: string | undefined, now: number): number {
  if (header === undefined) return 0;
  const text = header.trim();
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : /[a-z]/i.test(text) ? Date.parse(text) - now : NaN;
  return Number.isNaN(wait) ? 0 : Math.min(Math.max(wait, 0), MAX_RETRY_AFTER_MS);
}

/** Results by id, null when the body has none. Of an id that is named twice the answer that is not `ok` counts. */
function resultsOf({ body, cut }: WebhookAnswer): Map<string, Result> | null {
  if (!body.trimStart().startsWith('{')) return null;
  if (cut) throw unreadable(`is longer than ${MAX_ANSWER_BYTES} bytes; use a smaller batch_size`);
  const document = parseJson(body);
  if (typeof document !== 'object' || document === null || !('results' in document)) return null;
  const parsed = results.safeParse(document);
  if (!parsed.success)
    throw unreadable('has results in another form than [{id, status: ok, rejected or retry}]');
  const byId = new Map<string, Result>();
  for (const result of parsed.data.results)
    if ((byId.get(result.id)?.status ?? 'ok') === 'ok') byId.set(result.id, result);
  return byId;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function recordError(result: Result | undefined): AppError {
  if (result?.status !== 'rejected') {
    const message = `The receiver did not take this record${said(result)}; a later run sends it again.`;
    return webhookError('transient', 'webhook_record_not_taken', message);
  }
  const code = /^[a-z][a-z0-9_]{0,59}$/.test(result.code ?? '') ? `_${result.code}` : '';
  return webhookError(
    'rejected',
    `webhook_rejected${code}`,
    `The receiver refused this record${said(result)}.`,
  );
}

/** What the receiver says, as text of another system: bounded, on one line. */
function said(result: Result | undefined): string {
  const text = (result?.message ?? '').replace(/\p{C}+/gu, ' ').trim();
  return text === '' ? '' : ` (${text.slice(0, 200)})`;
}

const TRANSIENT = new Set([408, 425, 429]);
const REJECTED = new Set([400, 404, 409, 413, 422]);

function refusedAnswer(status: number): AppError {
  const kind =
    TRANSIENT.has(status) || status >= 500
      ? 'transient'
      : REJECTED.has(status)
        ? 'rejected'
        : 'configuration';
  return webhookError(kind, `webhook_http_${status}`, `The receiver answers ${status}.`);
}

const unreadable = (why: string): AppError =>
  webhookError('configuration', 'webhook_answer_invalid', `The receiver's answer ${why}.`);

/** An error of this target. Pure. */
export function webhookError(kind: ErrorClass, code: string, message: string, cause?: unknown): AppError {
  return new AppError({
    class: kind,
    source: 'webhook',
    code,
    message,
    ...(cause !== undefined && { cause }),
  });
}
