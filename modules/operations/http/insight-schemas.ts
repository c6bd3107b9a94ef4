import { z } from 'zod';
import { insightReportSchema, type StageTimes, type StoredBacktest } from '../../scoring-insight/index.js';
import { parseDealPlace, SEVERITIES, type SyncedDeal } from '../infrastructure/deal-health.js';
import { examples } from './insight-examples.js';

const instant = z.iso.datetime({ offset: true });
const day = z.iso.date();
const count = z.int().nonnegative();
const figure = z.number().nullable();
const money = z.string().describe('a decimal number');
const period = z.object({ from: day, to: day });
const source = z.enum(['statistical', 'pipeline', 'configured']);

export const dealQuery = z.strictObject({
  severity: z.enum(SEVERITIES).optional(),
  owner: z.guid().optional().describe('id of the user who owns the deal'),
  stage: z
    .string()
    .regex(/^[a-z0-9_]{1,64}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  after: z
    .string()
    .max(200)
    .refine((text) => parseDealPlace(text) !== null, 'is no `next` of a page')
    .optional()
    .describe('`next` of the page before'),
});
export type DealQuery = z.output<typeof dealQuery>;

const deal = z.object({
  partnershipId: z.guid(),
  tenantId: z.guid(),
  ownerUserId: z.guid().nullable(),
  stage: z.string(),
  partnershipType: z.string().nullable(),
  enteredStageAt: instant,
  daysInStage: count.describe("business days in the owner's zone"),
  stagePercentile: figure.describe("percent of peers' visits that were over sooner"),
  peerLevel: z.string().nullable().describe('the peers: type, stage or pipeline'),
  chance30d: figure.describe('that it advances or is won within 30 days, 0..1'),
  chanceAtEntry: figure.describe('the same on the day it entered its stage'),
  expectedLoss: money.nullable().describe('deal value times the chance lost since entry'),
  currency: z.string().nullable(),
  severity: z.enum(SEVERITIES),
  thresholdDays: count.describe('more days than these are a warning'),
  criticalDays: count.nullable(),
  thresholdSource: source,
  reasons: z
    .object({
      stagePercentile: z.enum(['too_few_exits']).nullable(),
      chance30d: z.enum(['too_few_exits', 'too_few_visits_as_long']).nullable(),
      expectedLoss: z
        .enum(['no_chance', 'not_synced', 'warehouse_unavailable'])
        .nullable()
        .describe('the last two: type, critical days, chance at entry, currency and peers are missing too'),
    })
    .describe('why a figure is null'),
  asOf: instant,
}) satisfies z.ZodType<SyncedDeal>;
export type DealAnswer = z.output<typeof deal>;

const deals = z.object({
  deals: z.array(deal),
  next: z.string().nullable().describe('`after` of the next page; null on the last'),
});
export type DealsAnswer = z.output<typeof deals>;

const stageTime = z.object({
  asOf: instant,
  method: z.string(),
  codeVersion: z.string(),
  window: period,
  stages: z.array(
    z.object({
      stage: z.string().describe('* is every stage'),
      partnershipType: z.string().describe('* is every type'),
      visits: count,
      exits: count,
      median: figure.describe('business days until half have left; null: see warnings'),
      p75: figure,
      p75Low: figure,
      p75High: figure,
      p90: figure,
      p90Low: figure,
      p90High: figure,
      warnDays: count,
      criticalDays: count,
      source,
      level: z.enum(['type', 'stage', 'pipeline']).nullable(),
      reviewedOn: day,
      warnings: z.array(z.string()).describe('why a figure is null, and how far others hold'),
    }),
  ),
}) satisfies z.ZodType<StageTimes>;

const stallBacktest = z.object({
  asOf: instant,
  method: z.string(),
  codeVersion: z.string(),
  window: period.describe('the days replayed'),
  visits: count,
  owners: count,
  rules: z.array(
    z.object({
      rule: z.enum(['statistical', 'fixed', 'fixed_matched']),
      days: figure.describe('business days of a fixed rule'),
      alerts: count,
      right: count,
      wrong: count,
      undecided: count,
      precision: figure.describe('right of right and wrong, 0..1'),
      precisionLow: figure.describe('95% limits, Wilson'),
      precisionHigh: figure,
      leadDays: figure.describe('median business days from a right alert to the end of the visit'),
      alertsPerOwnerWeek: z.number(),
      reasons: z.array(z.string()).describe('why a figure is null'),
    }),
  ),
}) satisfies z.ZodType<StoredBacktest>;

/** Bodies of the answers about insight, each with an example for the API description. */
export const insightAnswers = {
  predictiveness: insightReportSchema.meta({ examples: [examples.predictiveness] }),
  deals: deals.meta({ examples: [examples.deals] }),
  stageTime: stageTime.meta({ examples: [examples.stageTime] }),
  stallBacktest: stallBacktest.meta({ examples: [examples.stallBacktest] }),
};
