import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { contracts } from '../../src/docs.js';

describe('docs/contracts.md', () => {
  it('is what the definitions say (npm run docs)', () => {
    expect(readFileSync(new URL('../../docs/contracts.md', import.meta.url), 'utf8')).toBe(contracts());
  });
});
