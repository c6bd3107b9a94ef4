import { z } from 'zod';

const instant = z.iso.datetime({ offset: true });
const count = z.number().int();

/** A flag in a query: `true`, `false`, or its name alone. */
const flag = z
  .enum(['', 'true', 'false'])
  .transform((text) => text !== 'false')
  .default(false);

export const testQuery = z.strictObject({ failing: flag });
export type TestQuery = z.output<typeof testQuery>;

/** Bodies of the warehouse's answers: parsed before they are sent, and the API description. */
export const warehouseAnswers = {
  models: z
    .object({
      models: z.array(
        z.object({
          name: z.string(),
          grain: z.string(),
          materialised: z.enum(['full', 'incremental', 'view']),
          reads: z.array(z.string()),
          readBy: z.array(z.string()),
          tests: z.array(z.string()),
          rows: count.nullable().describe('null: never built, or a view'),
          version: count.nullable().describe('grows with every publication that changed rows'),
          builtAt: instant.nullable(),
        }),
      ),
    })
    .meta({
      examples: [
        {
          models: [
            {
              name: 'fact_partnerships',
              grain: 'One row per partnership, newest version (accumulating snapshot).',
              materialised: 'incremental',
              reads: ['raw_partnerships', 'dim_entity', 'fact_deal_events'],
              readBy: ['agg_funnel'],
              tests: ['fact_partnerships_unique_partnership_key'],
              rows: 1820,
              version: 14,
              builtAt: '2026-06-17T12:00:05.120Z',
            },
          ],
        },
      ],
    }),
  lineage: z
    .object({
      edges: z.array(z.object({ from: z.string(), to: z.string() })),
      mermaid: z.string().describe('the same as a Mermaid flow chart'),
    })
    .meta({
      examples: [
        {
          edges: [{ from: 'raw_trends', to: 'dim_trend' }],
          mermaid: 'flowchart LR\n  raw_trends --> dim_trend',
        },
      ],
    }),
  tests: z
    .object({
      tests: z.array(
        z.object({
          test: z.string(),
          model: z.string(),
          severity: z.enum(['warn', 'error']),
          rule: z.string(),
          failures: count,
          sample: z.array(z.string()).describe('the first failing records'),
          runId: z.string(),
          testedAt: instant.describe("the run's asOf"),
          recordedAt: instant,
        }),
      ),
    })
    .meta({
      examples: [
        {
          tests: [
            {
              test: 'fact_deal_events_waiting',
              model: 'fact_deal_events',
              severity: 'warn',
              rule: 'Every stage change has found its deal.',
              failures: 2,
              sample: ['81', '82'],
              runId: '7d4b0b3e-5f0e-4a53-9c39-1f6f6e6d3a01',
              testedAt: '2026-06-17T12:00:00.000000Z',
              recordedAt: '2026-06-17T12:00:04.900000Z',
            },
          ],
        },
      ],
    }),
  freshness: z
    .object({
      freshness: z.array(
        z.object({
          kind: z.enum(['source', 'model']),
          name: z.string(),
          status: z.enum(['ok', 'stale']),
          ageSeconds: count.nullable().describe('null: never loaded or never built'),
          objectiveSeconds: count,
          freshAt: instant.nullable().describe('every change up to then is in it'),
          why: z.string().describe('which source or missing step decides the age'),
        }),
      ),
    })
    .meta({
      examples: [
        {
          freshness: [
            {
              kind: 'model',
              name: 'agg_funnel',
              status: 'stale',
              ageSeconds: 1260,
              objectiveSeconds: 900,
              freshAt: '2026-06-17T11:39:00.000000Z',
              why: 'the last load of raw_deal_events',
            },
          ],
        },
      ],
    }),
};
