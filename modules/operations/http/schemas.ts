import { z } from 'zod';
import { type Run, RUN_STATUSES, STEP_NAMES, STEP_STATUSES, TRIGGERS } from '../domain/run.js';
import { examples } from './insight-examples.js';

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
  benchmarks: z
    .object({
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
          ciReason: z.string().nullable().describe('why there is no interval'),
          topPercent: figure.describe(
            'percent of the cohort that is at least as good: "in the top q%" is true from here on',
          ),
          floorPercentile: figure.describe(
            'where the cautious figure (the true one is better with 95%) stands among the shrunken ones',
          ),
          trend: z
            .object({
              points: count,
              firstMonth: figure,
              lastMonth: figure,
              slopePerMonth: figure.describe('Theil and Sen, in the unit of the figure'),
              z: figure.describe('Mann and Kendall'),
              p: figure,
              direction: z.string().nullable(),
              reason: z.string().nullable(),
              explanation: z.string().nullable(),
            })
            .nullable()
            .describe('of the own figures over complete months; null while not computed'),
        }),
      ),
    })
    .meta({ examples: [examples.benchmarks] }),
  badges: z
    .object({
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
    })
    .meta({ examples: [examples.badges] }),
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
