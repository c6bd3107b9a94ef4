import { describe, expect, it } from '@jest/globals';
import { SeededRandom } from './seeded-random.js';

describe('SeededRandom', () => {
  it('gives the published numbers of mulberry32', () => {
    const random = new SeededRandom(1);
    expect([random.uniform(), random.uniform(), random.uniform()]).toEqual([
      0.6270739405881613, 0.002735721180215478, 0.5274470399599522,
    ]);
  });

  it('fills with the same numbers that it gives one by one', () => {
    const [one, many] = [new SeededRandom(42), new SeededRandom(42)];
    const filled = new Float64Array(5);
    many.fill(filled);
    expect([...filled]).toEqual(Array.from({ length: 5 }, () => one.uniform()));
    expect(many.uniform()).toBe(one.uniform());
  });

  it('gives normal draws of mean 0 and deviation 1', () => {
    const random = new SeededRandom(7);
    const draws = Array.from({ length: 20_000 }, () => random.normal());
    const mean = draws.reduce((sum, each) => sum + each, 0) / draws.length;
    const variance = draws.reduce((sum, each) => sum + (each - mean) ** 2, 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
  });
});
