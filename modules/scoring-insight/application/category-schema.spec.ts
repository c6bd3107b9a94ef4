import { describe, expect, it } from '@jest/globals';
import { type CategoryDeal, naiveCategoryCounts } from '../domain/__fixtures__/naive-categories.js';
import { assessCategory } from '../domain/categories.js';
import { categorySchema } from './category-schema.js';

const deals = (outcomes: Record<string, boolean[]>): CategoryDeal[] =>
  Object.entries(outcomes).flatMap(([category, successes]) =>
    successes.map((success, at) => ({ entity1Id: `a${at}`, entity2Id: `b${at}`, success, category })),
  );
const half = Array.from({ length: 20 }, (_, at) => at % 2 === 0);

describe('categorySchema', () => {
  it.each([
    ['nothing', {}],
    ['one deal', { a: [true] }],
    ['one category', { a: half }],
    ['one class', { a: [true, true], b: [true] }],
    ['no association', { a: half, b: half }],
    ['a perfect one', { a: half.map(() => true), b: half.map(() => false) }],
  ])('keeps every field of an assessment of %s, through JSON', (_, outcomes) => {
    const assessment = assessCategory('tier', naiveCategoryCounts(deals(outcomes)));
    expect(categorySchema.parse(JSON.parse(JSON.stringify(assessment)))).toEqual(assessment);
  });
});
