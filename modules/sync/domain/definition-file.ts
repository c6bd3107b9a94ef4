import { z } from 'zod';
import { valueTypes } from './definition.js';
import { isCron } from './schedule.js';

const sourceName = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be a lower-case snake_case name');
const targetName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, 'must be a plain name');
const zone = z.string().refine(isZone, 'must be an IANA time zone such as Europe/Zurich');

const type = z.enum(valueTypes);
const mapped = z
  .union([
    type.transform((name) => ({ type: name })),
    z.strictObject({
      type,
      from: sourceName.optional().describe('column of the model; without it the one named like the target'),
      constant: z.string().optional().describe('the same text in every row'),
      template: z
        .string()
        .min(1)
        .optional()
        .describe('text with {{column}} places; a null column is empty text'),
      nulls: z.enum(['send', 'skip', 'set_if_empty']).optional(),
      default: z.string().optional().describe('with nulls: set_if_empty, what fills an empty target'),
      write: z.enum(['overwrite', 'fill_empty']).optional(),
    }),
  ])
  .transform((column) => ({ nulls: 'send' as const, write: 'overwrite' as const, ...column }) as Mapped);

interface Mapped {
  type: z.infer<typeof type>;
  from?: string;
  constant?: string;
  template?: string;
  nulls: 'send' | 'skip' | 'set_if_empty';
  default?: string;
  write: 'overwrite' | 'fill_empty';
}

const limit = z.strictObject({
  rows: z.int().nonnegative().optional().describe('more rows than this hold the run'),
  share: z.number().min(0).max(1).optional().describe('a larger part of the confirmed rows holds the run'),
  at_least: z.int().nonnegative().default(10).describe('the share counts only above this many rows'),
});
/** `rows` and `share` each hold a run on their own; the share only above `at_least` rows. */
export type GuardLimit = z.infer<typeof limit>;

const guard = z.strictObject({
  creates: limit.optional(),
  updates: limit.optional(),
  deletes: limit.default({ share: 0.2, at_least: 10 }),
  empty: z.enum(['hold', 'allow']).default('hold'),
});

const TARGET_HELP =
  'must be {kind: postgres, table}, {kind: graph, node: {label, existing}}, {kind: graph, relationship: {type, label, property, counter?}} or {kind: webhook, url, secret}';
const target = z.union(
  [
    z.strictObject({
      kind: z.literal('postgres'),
      table: z.string().regex(/^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$/, 'must be <schema>.<table>'),
      may_update: z.array(targetName).min(1).optional(),
    }),
    z.strictObject({
      kind: z.literal('graph'),
      node: z.strictObject({
        label: targetName,
        existing: z.boolean(),
        labels: z.array(targetName.regex(/^Insight/, 'must begin with Insight')).default([]),
      }),
    }),
    z.strictObject({
      kind: z.literal('graph'),
      relationship: z.strictObject({
        type: targetName,
        label: targetName,
        property: targetName,
        counter: targetName.optional(),
      }),
    }),
    z.strictObject({
      kind: z.literal('webhook'),
      url: z.url({ protocol: /^https?$/ }),
      secret: z.string().regex(/^[A-Z][A-Z0-9_]{0,40}$/, 'must be a name in capitals'),
    }),
  ],
  { error: TARGET_HELP },
);

export const fileSchema = z.strictObject({
  name: sourceName,
  description: z.string().default(''),
  owner: z.string().default(''),
  tags: z.array(sourceName).default([]),
  model: z
    .string()
    .regex(/^(insight|agg|dim|fact)_[a-z0-9_]{1,56}$/, 'must be an insight_*, agg_*, dim_* or fact_* table')
    .optional(),
  sql: z.string().min(1).optional(),
  mode: z.enum(['upsert', 'update', 'insert', 'mirror']),
  key: z.array(targetName).min(1),
  scope: z.record(targetName, z.string()).default({}),
  target,
  mapping: z.record(targetName, mapped),
  ignore: z.array(targetName).default([]),
  trigger: z
    .union([
      z.literal('manual'),
      z.strictObject({ after: z.array(sourceName).min(1) }),
      z.strictObject({
        cron: z
          .string()
          .refine(isCron, 'must be a cron of five fields that ever comes, or @daily and the like'),
        zone,
      }),
    ])
    .optional(),
  guard: guard.default({ deletes: { share: 0.2, at_least: 10 }, empty: 'hold' }),
  batch_size: z.int().min(1).max(1_000_000).optional(),
  rate_limit: z
    .strictObject({ account: sourceName, per_second: z.number().positive().max(10_000) })
    .optional(),
  overlap: z.enum(['skip', 'queue']).default('queue'),
});
/** A file as it parses, before its contradictions are looked for. */
export type DefinitionFile = z.infer<typeof fileSchema>;

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
