import { z } from 'zod';
import { insightReportSchema } from '../../scoring-insight/index.js';
import { type Run, RUN_STATUSES, STEP_NAMES, STEP_STATUSES, TRIGGERS } from '../domain/run.js';

const instant = z.iso.datetime({ offset: true });
const count = z.number().int();

/** An id in a path. Any 128 bits: the product's ids need not follow a version of RFC 9562. */
export const idParam = z.guid();

/** For routes that take no query parameters: a misspelled one must not be ignored. */
export const noQuery = z.strictObject({});

/** Absent body: run as of now. */
export const newRun = z
  .strictObject({ asOf: instant.optional().describe('ISO 8601 instant that is "now" for the run') })
  .default({});
export type NewRunBody = z.output<typeof newRun>;

export const runQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(20),
  status: z.enum(RUN_STATUSES).optional(),
});
export type RunQuery = z.output<typeof runQuery>;

const run = z.object({
  id: z.guid(),
  status: z.enum(RUN_STATUSES),
  trigger: z.enum(TRIGGERS),
  asOf: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  steps: z.array(
    z.object({
      name: z.enum(STEP_NAMES),
      status: z.enum(STEP_STATUSES),
      startedAt: instant.nullable(),
      finishedAt: instant.nullable(),
      rowsIn: count,
      rowsOut: count,
      rejected: count,
      error: z.object({ class: z.string(), code: z.string(), message: z.string() }).nullable(),
    }),
  ),
  syncs: z.array(
    z.object({
      name: z.string(),
      target: z.string(),
      status: z.string(),
      inserted: count,
      updated: count,
      deleted: count,
      unchanged: count,
      failed: count,
      held: count,
    }),
  ),
  alerts: z.object({
    opened: count,
    sent: count,
    stored: count,
    updated: count,
    suppressed: count,
    resolved: count,
  }),
}) satisfies z.ZodType<Run>;

const figure = z.number().nullable();

/** Bodies of the answers, for the API description. */
export const answers = {
  run,
  runs: z.object({ runs: z.array(run) }),
  benchmarks: z.object({
    entityId: z.guid(),
    benchmarks: z.array(
      z.object({
        metric: z.string(),
        value: figure,
        n: count,
        cohort: z.string().nullable(),
        cohortLevel: z.string().nullable(),
        cohortN: figure,
        percentile: figure,
        p25: figure,
        p50: figure,
        p75: figure,
        ciLow: figure,
        ciHigh: figure,
        shrunkenValue: figure,
        explanation: z.string(),
        reason: z.string().nullable(),
        asOf: instant,
        ciReason: z
          .string()
          .nullable()
          .describe('why there is no interval')
          .meta({ example: 'fewer_than_6_values' }),
        topPercent: figure
          .describe('percent of the cohort that is at least as good: "in the top q%" is true from here on')
          .meta({ example: 8.3 }),
        floorPercentile: figure
          .describe(
            'where the cautious figure (the true one is better with 95%) stands among the shrunken ones',
          )
          .meta({ example: 81.2 }),
        trend: z
          .object({
            points: count,
            firstMonth: figure.meta({ example: 202411 }),
            lastMonth: figure.meta({ example: 202610 }),
            slopePerMonth: figure
              .describe('Theil and Sen, in the unit of the figure')
              .meta({ example: 0.012 }),
            z: figure.describe('Mann and Kendall').meta({ example: 2.41 }),
            p: figure.meta({ example: 0.016 }),
            direction: z.string().nullable().meta({ example: 'rising' }),
            reason: z.string().nullable().meta({ example: null }),
            explanation: z
              .string()
              .nullable()
              .meta({ example: 'Success rate is rising over 18 months, by 1.2 percentage points a month.' }),
          })
          .nullable()
          .describe('of the own figures over complete months; null while not computed'),
      }),
    ),
  }),
  badges: z.object({
    entityId: z.guid(),
    badges: z.array(
      z.object({
        badge: z.string(),
        level: z.string(),
        awardedAt: instant,
        expiresAt: instant,
        evidence: z.unknown(),
        asOf: instant,
      }),
    ),
  }),
  predictiveness: insightReportSchema,
  problem: z.object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string().describe('stable; decide by this'),
    detail: z.string(),
    instance: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
};
