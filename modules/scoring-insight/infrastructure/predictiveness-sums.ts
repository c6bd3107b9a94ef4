import { z } from 'zod';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import { SCORES, type ScoreSums } from '../domain/predictiveness-sums.js';
import { type Segmentation, SEGMENTATIONS, type SegmentSums } from '../domain/segments.js';

const sumsSql = readStatement(import.meta.url, './sql/predictiveness-sums.sql');

/** 64- and 128-bit integers arrive as strings. */
const whole = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt);
const count = whole.transform(Number);

const sumsRow = z
  .object({
    segmentation: z.union([z.enum(SEGMENTATIONS), z.literal('').transform(() => null)]),
    segment: z.string(),
    score: z.enum(SCORES),
    positives: count,
    negatives: count,
    x_positive: whole,
    xx_positive: whole,
    x_negative: whole,
    xx_negative: whole,
    doubled_u: whole,
    ww_positive: whole,
    ww_negative: whole,
    ties: whole,
    scored: count,
    x: whole,
    xx: whole,
    y: whole,
    yy: whole,
    xy: whole,
    rank_xx: whole,
    rank_yy: whole,
    rank_xy: whole,
    entities: count,
    entity_ww: whole,
    entity_wp: whole,
    entity_wn: whole,
    entity_pp: whole,
    entity_pn: whole,
    entity_nn: whole,
    pair_ww: whole,
    pair_wp: whole,
    pair_wn: whole,
    pair_pp: whole,
    pair_pn: whole,
    pair_nn: whole,
  })
  .transform((row): Omit<SegmentSums, 'sums'> & { score: (typeof SCORES)[number]; sums: ScoreSums } => {
    // Mid-ranks of n rows sum to n (n + 1) / 2 whatever is tied, and these are doubled.
    const rankSum = BigInt(row.scored) * BigInt(row.scored + 1);
    return {
      segmentation: row.segmentation,
      segment: row.segment,
      score: row.score,
      sums: {
        positives: { n: row.positives, sum: row.x_positive, sumOfSquares: row.xx_positive },
        negatives: { n: row.negatives, sum: row.x_negative, sumOfSquares: row.xx_negative },
        doubledU: row.doubled_u,
        placementSquares: { positives: row.ww_positive, negatives: row.ww_negative },
        ties: row.ties,
        values: { n: row.scored, x: row.x, y: row.y, xx: row.xx, yy: row.yy, xy: row.xy },
        ranks: {
          n: row.scored,
          x: rankSum,
          y: rankSum,
          xx: row.rank_xx,
          yy: row.rank_yy,
          xy: row.rank_xy,
        },
        entities: row.entities,
        byEntity: {
          ww: row.entity_ww,
          wp: row.entity_wp,
          wn: row.entity_wn,
          pp: row.entity_pp,
          pn: row.entity_pn,
          nn: row.entity_nn,
        },
        byPair: {
          ww: row.pair_ww,
          wp: row.pair_wp,
          wn: row.pair_wn,
          pp: row.pair_pp,
          pn: row.pair_pn,
          nn: row.pair_nn,
        },
      },
    };
  });

/**
 * The sums of the row set by each of the segmentations, null for one segment `all`; segments in the order of their names.
 * @param perMyriad of 10,000 deals so many are looked at, always the same ones
 */
export async function predictivenessSums(
  clickhouse: ClickHouse,
  segmentations: readonly (Segmentation | null)[],
  perMyriad: number,
): Promise<SegmentSums[]> {
  const segmentBy = segmentations.map((segmentation) => segmentation ?? '');
  const rows = await clickhouse.rows(sumsSql, { segment_by: segmentBy, per_myriad: perMyriad }, sumsRow);
  const segments = new Map<string, SegmentSums>();
  for (const { segmentation, segment, score, sums } of rows) {
    const key = `${segmentation ?? ''}:${segment}`;
    const found = segments.get(key) ?? { segmentation, segment, sums: {} };
    found.sums[score] = sums;
    segments.set(key, found);
  }
  return [...segments.values()];
}
