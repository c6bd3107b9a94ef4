import { z } from 'zod';
import { COMPONENTS } from '../domain/components.js';
import { SEGMENTATIONS } from '../domain/segments.js';

const figure = z.number().nullable();
const count = z.int().nonnegative();
const component = z.enum(COMPONENTS);
const verdict = z.enum(['predicts', 'predicts_inversely', 'no_evidence', 'too_few_deals']);
const area = { auc: figure, low: figure, high: figure };
const pAdjusted = figure.describe('Benjamini-Hochberg over all tests of the report');
const sampledFrom = count.nullable().describe('deals of which these are a sample; null when they are all');
/** Why a figure is null; null when none is. */
const reason = z.string().nullable();

export const segmentsSchema = z
  .object({
    sampledFrom,
    segmentations: z.array(
      z.object({
        segmentation: z.enum(SEGMENTATIONS),
        segments: z
          .array(
            z.object({
              segment: z.string(),
              n: count,
              components: z.array(
                z.object({
                  component,
                  n: count,
                  nSuccessful: count,
                  ...area,
                  verdict,
                  reasons: z.array(z.string()),
                  p: figure.describe('of an AUC of one half; null with too few deals'),
                  pAdjusted,
                }),
              ),
            }),
          )
          .describe('the largest first'),
        leftOut: z.array(z.object({ segment: z.string(), n: count })).describe('smaller segments'),
        across: z.array(
          z.object({
            component,
            segments: count.describe('with enough deals'),
            n: count,
            q: figure.describe("Cochran's Q of the AUCs' logits"),
            df: count.nullable(),
            p: figure,
            pAdjusted,
            iSquared: figure.describe('share of the spread between segments beyond chance'),
            pooled: z.object(area).describe('AUC of all deals in one heap'),
            within: z.object(area).describe("the segments' own AUCs, averaged by their precision"),
            reversed: z
              .boolean()
              .describe("Simpson's paradox: the two intervals lie on opposite sides of 0.5"),
            reason,
          }),
        ),
      }),
    ),
  })
  .describe('the components within segments of the deals');

const shift = z
  .object({
    n: count,
    psi: figure.describe('population stability index against the baseline quarter'),
    threshold: figure.describe('95% point of one such comparison when nothing has changed'),
    p: figure,
    pAdjusted: figure.describe('Benjamini-Hochberg over the shifts of the report'),
    shifted: z.boolean(),
    reason,
  })
  .describe("how the scores of the quarter's deals differ from those of the baseline quarter");

export const driftSchema = z
  .object({
    sampledFrom,
    baseline: z.string().nullable().describe('quarter, e.g. 2026-Q1'),
    quarters: z
      .array(
        z.object({
          quarter: z.string(),
          n: count,
          components: z.array(z.object({ component, n: count, nSuccessful: count, ...area, reason, shift })),
        }),
      )
      .describe('by the start of the deals, the latest last'),
    changes: z.array(
      z.object({
        component,
        from: z.string(),
        to: z.string(),
        difference: figure.describe('AUC of the later quarter minus that of the earlier'),
        low: figure,
        high: figure,
        z: figure,
        p: figure,
        pAdjusted,
        changed: z.boolean().describe('the adjusted p-value is below 0.05'),
        reason,
      }),
    ),
    earlierQuarters: count.describe('quarters before those'),
  })
  .describe('whether the components foretell as they did');

export const selectionSchema = z
  .object({
    scope: z.string(),
    scoredPairs: count,
    partneredPairs: count,
    share: figure.describe('of scored pairs that have a partnership'),
    components: z.array(
      z.object({
        component,
        sdScored: figure.describe('standard deviation among all scored pairs'),
        sdPartnerships: figure,
        sdWithSuccessScore: figure
          .default(null)
          .describe('among the deals with a success score, those that r is over; null in a report of before'),
        ratio: figure.describe(
          'sdScored / sdWithSuccessScore (in a report of before there was one: / sdPartnerships)',
        ),
        r: figure.describe('Pearson correlation with the success score among the deals that have one'),
        low: figure,
        high: figure,
        corrected: figure.describe('r in the range of all scored pairs, Thorndike case 2'),
        correctedLow: figure,
        correctedHigh: figure,
        reason,
      }),
    ),
  })
  .describe('how far the deals of the report differ from the pairs that could have become one');
