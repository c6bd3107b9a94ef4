import { describe, expect, it } from '@jest/globals';
import { barChart, grid, intervalChart, percentileChart, wrap } from './charts.js';

describe('intervalChart', () => {
  const drawn = (point: number | null, low: number | null, high: number | null, width = 21): string =>
    intervalChart({ point, low, high }, { from: 0, to: 1, reference: 0.5 }, width);

  it('puts limits, point and reference in their places', () => {
    expect(drawn(0.8, 0.65, 0.95)).toBe('          │  ├──●──┤');
    expect(drawn(0.2, 0.05, 0.35)).toBe(' ├──●──┤  │');
    expect(drawn(0.5, 0.3, 0.6)).toBe('      ├───●─┤');
  });

  it('draws what is known, and the ends for what lies beyond', () => {
    expect(drawn(null, null, null)).toBe('          │');
    expect(drawn(0.25, null, null)).toBe('     ●    │');
    expect(drawn(1.5, -1, 2)).toBe(`├${'─'.repeat(19)}●`);
    expect(drawn(0.5, 0.5, 0.5)).toBe('          ●');
    expect(intervalChart({ point: 1, low: 1, high: 1 }, { from: 1, to: 1, reference: 1 }, 5)).toBe('●');
  });
});

describe('barChart', () => {
  it('fills a share in eighths, and shows a little of anything above zero', () => {
    expect(barChart(10, 10, 4)).toBe('████');
    expect(barChart(5, 10, 4)).toBe('██');
    expect(barChart(3, 10, 4)).toBe('█▎');
    expect(barChart(0.001, 10, 4)).toBe('▏');
    expect(barChart(11, 10, 4)).toBe('████');
  });

  it('draws nothing for nothing', () => {
    expect([barChart(0, 10, 4), barChart(null, 10, 4), barChart(1, 0, 4), barChart(-1, 10, 4)]).toEqual([
      '',
      '',
      '',
      '',
    ]);
  });
});

describe('percentileChart', () => {
  it('shades from one percentile to the next', () => {
    expect(percentileChart({ median: 5, p75: 10, p90: 20 }, 20, 8)).toBe('██▒▒░░░░');
    expect(percentileChart({ median: 5, p75: null, p90: null }, 20, 8)).toBe('██');
    expect(percentileChart({ median: 5, p75: null, p90: 20 }, 20, 8)).toBe('██░░░░░░');
    expect(percentileChart({ median: null, p75: null, p90: null }, 20, 8)).toBe('');
    expect(percentileChart({ median: 0, p75: 0, p90: 0 }, 0, 8)).toBe('');
  });
});

describe('grid', () => {
  it('aligns columns, also under a head of two lines', () => {
    expect(
      grid(
        ['name', 'two\nlines'],
        [
          ['a', 1],
          ['long name', 123],
        ],
        [1],
      ),
    ).toEqual(['name         two', '           lines', 'a              1', 'long name    123']);
  });

  it('has a head without rows', () => {
    expect(grid(['a', 'b'], [])).toEqual(['a  b']);
  });
});

describe('wrap', () => {
  it('breaks at blanks and leaves long words whole', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('unbreakable is long', 5)).toEqual(['unbreakable', 'is', 'long']);
    expect(wrap('', 5)).toEqual(['']);
  });
});
