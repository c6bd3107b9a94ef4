import { describe, expect, it } from '@jest/globals';
import { isReplayable, nextStep, type RejectFacts } from './reject-advice.js';

const facts = (more: Partial<RejectFacts>): RejectFacts => ({
  source: 's',
  reasonCode: 'bad_uuid',
  columns: ['id'],
  file: null,
  line: null,
  replayedAt: null,
  ...more,
});

describe('nextStep', () => {
  it.each<[string, Partial<RejectFacts>, RegExp]>([
    ['replayed', { replayedAt: '2026-01-01T00:00:00Z' }, /^Nothing/],
    ['a key with two rows', { reasonCode: 'duplicate_key', file: 'a.csv' }, /occur once in a\.csv/],
    ['a damaged line', { columns: ['line'], file: 'a.csv', line: 7 }, /^Mend a\.csv, line 7: the next run/],
    ['a stage', { reasonCode: 'unknown_stage' }, /STAGES_FILE.*replay --source s --reason unknown_stage/],
    ['an early event', { reasonCode: 'event_before_deal' }, /created_at/],
    ['anything else', {}, /^Mend the row at its source.*replay --source s --reason bad_uuid/],
  ])('of %s', (_, more, expected) => {
    expect(nextStep(facts(more))).toMatch(expected);
  });

  it('offers no replay of what cannot be replayed', () => {
    for (const more of [{ reasonCode: 'duplicate_key' }, { columns: ['line'] }]) {
      expect(isReplayable(facts(more))).toBe(false);
      expect(nextStep(facts(more))).not.toContain('cli warehouse replay');
    }
    expect(isReplayable(facts({}))).toBe(true);
  });
});
