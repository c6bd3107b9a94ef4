import { describe, expect, it } from '@jest/globals';
import { naiveSumsByScore } from '../domain/__fixtures__/naive-sums.js';
import { plantedDeals } from '../domain/__fixtures__/planted-deals.js';
import type { SegmentSums } from '../domain/segments.js';
import { sumsOf } from './look-closer.js';
import type { OutcomeStore } from './ports.js';

/** Answers with an empty segment for each segmentation, and keeps what it was asked. */
function store(asked: Parameters<OutcomeStore['sums']>[]): Pick<OutcomeStore, 'sums'> {
  const sums = naiveSumsByScore(plantedDeals(5, {}, 1));
  return {
    sums: (...question) => {
      asked.push(question);
      const [segmentations] = question;
      return Promise.resolve(
        segmentations.map((segmentation): SegmentSums => ({
          segmentation,
          segment: segmentation ?? 'all',
          sums: segmentation === null ? sums : {},
        })),
      );
    },
  };
}

const SEGMENTED = ['partnership_type', 'industry', 'tier', 'quarter'];

describe('sumsOf', () => {
  it.each([0, 1, 20_000])('asks once for everything of %d deals', async (deals) => {
    const asked: Parameters<OutcomeStore['sums']>[] = [];
    const { all, segments, sampledFrom } = await sumsOf(store(asked), deals);
    expect(asked).toEqual([[[null, ...SEGMENTED]]]);
    expect(all.semantic?.entities).toBeGreaterThan(0);
    expect(segments).toHaveLength(5);
    expect(sampledFrom).toBeNull();
  });

  it.each([
    [20_001, 9999],
    [1_000_000, 200],
    [10_000_000_000, 1],
  ])(
    'takes the segments of %d deals from %d in ten thousand, and the whole from all',
    async (deals, perMyriad) => {
      const asked: Parameters<OutcomeStore['sums']>[] = [];
      const { all, segments, sampledFrom } = await sumsOf(store(asked), deals);
      expect(asked).toEqual([[[null]], [SEGMENTED, perMyriad]]);
      expect(all.semantic?.entities).toBeGreaterThan(0);
      expect(segments.map(({ segmentation }) => segmentation)).toEqual(SEGMENTED);
      expect(sampledFrom).toBe(deals);
    },
  );
});
