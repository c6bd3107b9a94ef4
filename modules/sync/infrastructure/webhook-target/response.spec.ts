import { describe, expect, it } from '@jest/globals';
import type { ChangedRow } from '../../application/ports.js';
import { MAX_ANSWER_BYTES, outcomeOf, retryAfterMs } from './response.js';

const row = (seq: number, op: ChangedRow['op']): ChangedRow => ({
  seq,
  op,
  idempotencyKey: `id${seq}`,
  values: {},
});
const rows = [row(1, 'insert'), row(2, 'update'), row(3, 'delete'), row(4, 'insert')];
const answer = (status: number, body = '', cut = false) => ({ status, body, cut });
const results = (...list: object[]) => answer(200, JSON.stringify({ results: list }));
const taken = { inserted: 2, updated: 1, deleted: 1, unchanged: 0, waiting: [], refused: [] };

describe('what an answer says', () => {
  it.each([
    answer(200),
    answer(204),
    answer(202, 'OK'),
    answer(200, '<html>'),
    answer(200, '{"ok": true}'),
    answer(200, '{"cut off'),
    answer(200, '["results"]'),
    answer(200, 'x'.repeat(MAX_ANSWER_BYTES), true),
  ])('takes all rows: %j', (given) => expect(outcomeOf(rows, given)).toEqual(taken));

  it('goes by the results where there are some', () => {
    const given = results(
      { id: 'id1', status: 'ok' },
      { id: 'id2', status: 'rejected', code: 'bad_email', message: 'no @\nin it' },
      { id: 'id3', status: 'retry' },
      { id: 'nobody', status: 'rejected' },
    );
    const written = outcomeOf(rows, given);
    expect(written).toMatchObject({ inserted: 1, updated: 0, deleted: 0, unchanged: 0, waiting: [] });
    expect(written.refused.map(({ seq, error }) => [seq, error.class, error.code, error.message])).toEqual([
      [2, 'rejected', 'webhook_rejected_bad_email', 'The receiver refused this record (no @ in it).'],
      [
        3,
        'transient',
        'webhook_record_not_taken',
        'The receiver did not take this record; a later run sends it again.',
      ],
      [
        4,
        'transient',
        'webhook_record_not_taken',
        'The receiver did not take this record; a later run sends it again.',
      ],
    ]);
  });

  it('believes the worse of two answers about one id', () => {
    const [a, b] = [
      { id: 'id1', status: 'ok' },
      { id: 'id1', status: 'rejected' },
    ];
    const rest = ['id2', 'id3', 'id4'].map((id) => ({ id, status: 'ok' }));
    for (const given of [results(a, b, ...rest), results(b, a, ...rest)])
      expect(outcomeOf(rows, given).refused.map(({ seq }) => seq)).toEqual([1]);
  });

  it('takes no foreign text as a code, and no long text at all', () => {
    const [refused] = outcomeOf(
      rows,
      results({ id: 'id1', status: 'rejected', code: 'DROP TABLE', message: 'x'.repeat(5000) }),
    ).refused;
    expect(refused?.error.code).toBe('webhook_rejected');
    expect(refused?.error.message).toHaveLength('The receiver refused this record ().'.length + 200);
  });

  it('is transient for the whole request when no record was taken for want of anything but a later try', () => {
    expect(() => outcomeOf(rows, results())).toThrow(expect.objectContaining({ class: 'transient' }));
    expect(outcomeOf(rows, results({ id: 'id1', status: 'rejected' })).refused).toHaveLength(4);
  });

  it.each([
    '{"results": 5}',
    '{"results": [{"id": 1, "status": "ok"}]}',
    '{"results": [{"id": "id1", "status": "done"}]}',
  ])('confirms nothing on results that nobody can read: %s', (body) =>
    expect(() => outcomeOf(rows, answer(200, body))).toThrow(
      expect.objectContaining({ class: 'configuration', code: 'webhook_answer_invalid' }),
    ),
  );

  it('confirms nothing on results that were not read to the end', () => {
    expect(() => outcomeOf(rows, answer(200, '{"results": [', true))).toThrow(
      expect.objectContaining({ code: 'webhook_answer_invalid' }),
    );
  });

  it.each([
    [400, 'rejected'],
    [404, 'rejected'],
    [409, 'rejected'],
    [413, 'rejected'],
    [422, 'rejected'],
    [408, 'transient'],
    [425, 'transient'],
    [429, 'transient'],
    [500, 'transient'],
    [503, 'transient'],
    [599, 'transient'],
    [401, 'configuration'],
    [403, 'configuration'],
    [405, 'configuration'],
    [410, 'configuration'],
    [304, 'configuration'],
    [0, 'configuration'],
  ])('%i is %s, whatever its body', (status, kind) => {
    const body = JSON.stringify({ results: rows.map(({ idempotencyKey: id }) => ({ id, status: 'ok' })) });
    expect(() => outcomeOf(rows, answer(status, body))).toThrow(
      expect.objectContaining({ class: kind, code: `webhook_http_${status}` }),
    );
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  it.each([
    ['7', 7_000],
    [' 7 ', 7_000],
    ['0', 0],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['99999999999999999999', 3_600_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 3_600_000],
    ['-5', 0],
    ['1.5', 0],
    ['soon', 0],
    ['', 0],
    [undefined, 0],
  ])('%j asks for %i ms', (header, expected) => expect(retryAfterMs(header, now)).toBe(expected));
});
