import { z } from 'zod';
import { parsePlaceText, placeText } from '../../../src/kernel/page-place.js';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import { nextStep } from '../domain/reject-advice.js';

const listStatement = readStatement(import.meta.url, './sql/list_rejects.sql');

/** Where a reject stands in the list: (-microseconds, source, key, payload, file, line). */
const place = z.tuple([z.string(), z.string(), z.string(), z.string(), z.string(), z.string()]);
type Place = z.output<typeof place>;
const BEFORE_ALL: Place = ['-9223372036854775808', '', '', '0', '', '0'];

const rejectRow = z
  .object({
    source: z.string(),
    record_key: z.string(),
    reason_code: z.string(),
    reason: z.string(),
    payload: z.string(),
    rejected_at: z.string(),
    replayed_at: z.string().nullable(),
    _replayed_by: z.string(),
    run_id: z.string(),
    _file: z.string(),
    _line: z.coerce.number(),
    place: z.array(z.coerce.string()).pipe(place),
  })
  .transform((row) => {
    /** The row as it came: column name to text, null for NULL; of a line that was no row, `line`. */
    const payload = z.record(z.string(), z.string().nullable()).parse(JSON.parse(row.payload));
    const facts = {
      source: row.source,
      reasonCode: row.reason_code,
      file: row._file || null,
      line: row._line || null,
      replayedAt: row.replayed_at,
    };
    return {
      place: row.place,
      reject: {
        source: row.source,
        recordKey: row.record_key,
        reasonCode: row.reason_code,
        reason: row.reason,
        payload,
        file: facts.file,
        line: facts.line,
        rejectedAt: row.rejected_at,
        replayedAt: row.replayed_at,
        /** Name of the key or person who asked for the replay. */
        replayedBy: row._replayed_by || null,
        runId: row.run_id,
        /** What to do about it. */
        next: nextStep({ ...facts, columns: Object.keys(payload) }),
      },
    };
  });
export type Reject = z.output<typeof rejectRow>['reject'];

export const REJECT_STATUSES = ['waiting', 'replayed', 'all'] as const;

export interface RejectFilter {
  source?: string | undefined;
  reason?: string | undefined;
  /** Default: all. */
  status?: (typeof REJECT_STATUSES)[number];
  limit: number;
  /** The `next` of the page before. */
  after?: string | undefined;
}

/** The `next` of a page, as `after` takes it; null for a text that no page gave. */
export function parsePlace(text: string): Place | null {
  return parsePlaceText(text, place);
}

/** Rejected rows, newest first, a page of them; `next` is null on the last. */
export async function pageRejects(
  clickhouse: ClickHouse,
  { source = '', reason = '', status = 'all', limit, after }: RejectFilter,
): Promise<{ rejects: Reject[]; next: string | null }> {
  const [at, afterSource, key, hash, file, line] =
    (after === undefined ? null : parsePlace(after)) ?? BEFORE_ALL;
  const rows = await clickhouse.rows(
    listStatement,
    {
      source,
      reason,
      status,
      limit: limit + 1,
      after_at: at,
      after_source: afterSource,
      after_key: key,
      after_hash: hash,
      after_file: file,
      after_line: line,
    },
    rejectRow,
  );
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    rejects: page.map(({ reject }) => reject),
    next: last ? placeText(last.place) : null,
  };
}

/** Rejected rows, newest first. */
export async function listRejects(clickhouse: ClickHouse, filter: RejectFilter): Promise<Reject[]> {
  return (await pageRejects(clickhouse, filter)).rejects;
}
