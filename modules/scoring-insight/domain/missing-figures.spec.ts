import { describe, expect, it } from '@jest/globals';
import { missingFigures } from './missing-figures.js';

const known = { stagePercentile: 50, chance30d: 0, expectedLoss: '0.00' };

describe('missingFigures', () => {
  it('finds nothing missing where all is known, zeros among it', () => {
    expect(missingFigures(known)).toEqual({ stagePercentile: null, chance30d: null, expectedLoss: null });
  });

  it('tells peers who are too few from peers of whom too few stayed as long', () => {
    expect(missingFigures({ stagePercentile: null, chance30d: null, expectedLoss: null })).toEqual({
      stagePercentile: 'too_few_exits',
      chance30d: 'too_few_exits',
      expectedLoss: 'no_chance',
    });
    expect(missingFigures({ ...known, chance30d: null, expectedLoss: null })).toEqual({
      stagePercentile: null,
      chance30d: 'too_few_visits_as_long',
      expectedLoss: 'no_chance',
    });
    expect(missingFigures({ ...known, expectedLoss: null }).expectedLoss).toBe('no_chance');
  });
});
