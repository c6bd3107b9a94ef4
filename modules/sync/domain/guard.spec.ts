import { describe, expect, it } from '@jest/globals';
import type { Guard } from './definition.js';
import { guardReasons } from './guard.js';
import type { ChangeCounts } from './outcome.js';

const counts = (changed: Partial<ChangeCounts>): ChangeCounts => ({
  insert: 0,
  update: 0,
  delete: 0,
  unchanged: 0,
  reject: 0,
  remapped: 0,
  requested: 0,
  model: 1000,
  confirmed: 1000,
  ...changed,
});
const guard: Guard = { deletes: { share: 0.2, at_least: 10 }, empty: 'hold' };

describe('guardReasons', () => {
  it.each<[string, Guard, Partial<ChangeCounts>, string[]]>([
    ['deletes up to the share', guard, { delete: 200 }, []],
    [
      'one delete more',
      guard,
      { delete: 201 },
      ['it would delete 201 of 1000 rows (20.1 %), more than 20 %'],
    ],
    ['a large share of few rows', guard, { delete: 10, confirmed: 12 }, []],
    [
      'eleven of twelve rows',
      guard,
      { delete: 11, confirmed: 12 },
      ['it would delete 11 of 12 rows (91.7 %), more than 20 %'],
    ],
    [
      'an empty model',
      guard,
      { model: 0, delete: 3, confirmed: 3 },
      ['the model is empty and the target holds 3 rows'],
    ],
    ['an empty model that may be', { ...guard, empty: 'allow' }, { model: 0, delete: 3, confirmed: 3 }, []],
    ['an empty model of an empty target', guard, { model: 0, confirmed: 0 }, []],
    [
      'a first run, whatever its share',
      { ...guard, creates: { share: 0.1, at_least: 0 } },
      { insert: 1000, confirmed: 0 },
      [],
    ],
    [
      'a first run beyond a number of rows',
      { ...guard, creates: { rows: 999, at_least: 10 } },
      { insert: 1000, confirmed: 0 },
      ['it would create 1000 rows, more than 999'],
    ],
    [
      'writes as well as deletes',
      { ...guard, updates: { share: 0.5, at_least: 0 } },
      { update: 501, delete: 300 },
      [
        'it would update 501 of 1000 rows (50.1 %), more than 50 %',
        'it would delete 300 of 1000 rows (30 %), more than 20 %',
      ],
    ],
  ])('looks at %s', (_case, limits, changed, reasons) => {
    expect(guardReasons(limits, counts(changed))).toEqual(reasons);
  });
});
