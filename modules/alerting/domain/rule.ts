import { z } from 'zod';

export const severity = z.enum(['info', 'warn', 'critical']);
export type Severity = z.infer<typeof severity>;

/** True when `value` is at least as severe as `least`. */
export const reaches = (value: Severity, least: Severity): boolean =>
  severity.options.indexOf(value) >= severity.options.indexOf(least);

const name = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, { error: 'must be snake_case' });

const rule = z.strictObject({
  name,
  signal: z.literal('deal_stalled'),
  severity,
  recipients: z.literal('owner'),
  template: z.literal('stalled_deal'),
  digest: z.literal('stalled_digest'),
});

/** One declaration of definitions/rules.yaml; the file explains each field. */
export type Rule = z.infer<typeof rule>;

/** The parsed content of definitions/rules.yaml. Throws ZodError on an unknown field, value or a name used twice. */
export const rulesFile = z
  .strictObject({ rules: z.array(rule) })
  .refine((file) => new Set(file.rules.map((each) => each.name)).size === file.rules.length, {
    error: 'two rules share a name',
  });
