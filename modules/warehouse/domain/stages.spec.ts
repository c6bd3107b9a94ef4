import { describe, expect, it } from '@jest/globals';
import { parseStages } from './stages.js';

const stage = (changes: object = {}) => ({
  name: 'won',
  order: 2,
  category: 'closed',
  outcome: 'won',
  ...changes,
});
const issue = (...stages: object[]): string => {
  try {
    parseStages({ stages });
    return 'accepted';
  } catch (error) {
    return String(error);
  }
};

describe('parseStages', () => {
  it('gives the stages in order, stall days under their own name', () => {
    const first = { name: 'first', order: 1, category: 'discovery', outcome: 'open', stall_days: 5 };
    expect(parseStages({ stages: [stage(), first] })).toEqual([
      { name: 'first', order: 1, category: 'discovery', outcome: 'open', stallDays: 5 },
      { name: 'won', order: 2, category: 'closed', outcome: 'won' },
    ]);
  });

  it.each([
    ['a name twice', [stage(), stage({ order: 3 })], ['1', 'name', 'won occurs twice']],
    ['an order twice', [stage(), stage({ name: 'lost' })], ['1', 'order', '2 occurs twice']],
    ['an outcome of its own', [stage({ outcome: 'maybe' })], ['0', 'outcome']],
    ['no category', [stage({ category: undefined })], ['0', 'category']],
    ['a misspelt key', [stage({ stallDays: 5 })], ['stallDays']],
    ['no stall days at all', [stage({ stall_days: 0 })], ['0', 'stall_days']],
    ['an order that ClickHouse has no room for', [stage({ order: 65_536 })], ['0', 'order']],
    ['the name of the unknown member', [stage({ name: 'unknown' })], ['0', 'name', 'unknown member']],
    ['no stage', [], ['stages']],
  ])('refuses %s and names the field', (_what, stages, said) => {
    const message = issue(...stages);
    for (const part of said) expect(message).toContain(part);
  });

  it.each([[null], [undefined], ['stages'], [[]], [{}]])('refuses a document that is %p', (document) => {
    expect(() => parseStages(document)).toThrow();
  });
});
