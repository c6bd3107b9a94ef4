import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parseWeights } from './components.js';

const shipped = readFileSync(new URL('../definitions/weights.yaml', import.meta.url), 'utf8');

describe('parseWeights', () => {
  it('reads the shipped weights', () => {
    expect(parseWeights(shipped)).toEqual({
      semantic: 0.3,
      goal_alignment: 0.25,
      cultural_momentum: 0.2,
      historical: 0.15,
      authenticity: 0.1,
    });
  });

  it.each([
    ['a sum other than 1', shipped.replace('0.30', '0.31'), 'sum to 1'],
    ['a negative weight', shipped.replace('0.30', '-0.30'), 'semantic'],
    ['a missing component', shipped.replace(/^historical.*$/m, ''), 'historical'],
    ['an unknown component', `${shipped}\nluck: 0`, 'luck'],
    ['broken YAML', 'semantic: [', 'not valid YAML'],
    ['nothing', '', 'expected object'],
  ])('refuses %s and names the file', (_, text, hint) => {
    expect(() => parseWeights(text)).toThrow(
      expect.objectContaining({ class: 'configuration', code: 'invalid_definition' }),
    );
    expect(() => parseWeights(text)).toThrow(/weights\.yaml/);
    expect(() => parseWeights(text)).toThrow(hint);
  });
});
