import { z } from 'zod';

const figure = z.number().nullable();

/** Columns of an entity's place among its peers, as the benchmark tables have them. */
export const peerFigures = {
  cohort: z.string().nullable(),
  cohort_n: figure,
  percentile: figure,
  p25: figure,
  p50: figure,
  p75: figure,
  top_percent: figure,
  shrunken_value: figure,
  floor_percentile: figure,
};
