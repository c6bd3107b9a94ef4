import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { assertGraphParams, graphInstant, parseRows } from './graph.js';

describe('graphInstant', () => {
  it.each([
    ['2026-03-01T10:11:12Z', '2026-03-01T10:11:12.000000Z'],
    ['2026-03-01T10:11:12.1Z', '2026-03-01T10:11:12.100000Z'],
    ['2026-03-01T10:11:12.123456789Z', '2026-03-01T10:11:12.123456Z'],
    ['2026-03-01T00:30:00.000001+02:00', '2026-02-28T22:30:00.000001Z'],
    ['1965-03-01T10:11:12.999999Z', '1965-03-01T10:11:12.999999Z'],
  ])('%s is %s', (text, instant) => {
    expect(graphInstant.parse(text)).toBe(instant);
  });

  it.each(['2026-03-01', 'yesterday', '2026-02-30T00:00:00Z', '2026-03-01T10:11:12', null])(
    'refuses %s',
    (text) => {
      expect(graphInstant.safeParse(text).success).toBe(false);
    },
  );
});

describe('parseRows', () => {
  it('names the columns of a row that has another shape, and none of its values', () => {
    const schema = z.object({ id: z.string(), n: z.number() });
    expect(() => parseRows([{ id: 'secret-1', n: 'secret-2' }], schema)).toThrow(
      expect.objectContaining({
        class: 'rejected',
        code: 'graph_row_shape',
        message: expect.stringMatching(/at: n\.$/),
      }),
    );
  });
});

describe('assertGraphParams', () => {
  it('names the path of a value that a graph cannot hold', () => {
    expect(() => assertGraphParams({ rows: [{ n: 1 }, { n: NaN }] })).toThrow(
      expect.objectContaining({
        code: 'graph_value_invalid',
        message: expect.stringContaining('$rows[1].n'),
      }),
    );
    expect(() => assertGraphParams({ n: 2n ** 63n - 1n })).not.toThrow();
    expect(() => assertGraphParams({ n: -(2n ** 63n) - 1n })).toThrow();
  });
});
