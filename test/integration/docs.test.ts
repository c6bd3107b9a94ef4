import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { contracts, syncSchema } from '../../src/docs.js';

describe('docs/contracts.md', () => {
  it('is what the definitions say (npm run docs)', () => {
    expect(readFileSync(new URL('../../docs/contracts.md', import.meta.url), 'utf8')).toBe(contracts());
  });
});

describe('docs/schemas/sync.schema.json', () => {
  it('is what definition files are parsed by (npm run docs)', () => {
    const file = new URL('../../docs/schemas/sync.schema.json', import.meta.url);
    expect(readFileSync(file, 'utf8')).toBe(syncSchema());
  });
});
