import { describe, expect, it } from '@jest/globals';
import { scale } from './insight-benchmarks.js';

const peers = { p25: 25, p50: 50, p75: 75 };
const drawn = (value: number): string => scale({ value, ...peers })[0]!.slice(3, 51);

describe('scale', () => {
  it('puts the entity between the quartiles of its peers, or outside them', () => {
    expect(drawn(50)).toBe('|' + '-'.repeat(23) + 'o' + '-'.repeat(22) + '|');
    expect(drawn(122)).toMatch(/^\|-{11}\|-{11}\| +o$/);
    expect(drawn(0)).toMatch(/^o +\|-+\|-+\|$/);
    expect(scale({ value: 50, ...peers })[0]).toMatch(/\] {2}o this entity, \| p25 25 {2}p50 50 {2}p75 75$/);
  });

  it('draws nothing without peers, without a value, and where all is one', () => {
    expect(scale({ value: null, ...peers })).toEqual([]);
    expect(scale({ value: 1, p25: null, p50: null, p75: null })).toEqual([]);
    expect(scale({ value: 3, p25: 3, p50: 3, p75: 3 })).toEqual([]);
  });
});
