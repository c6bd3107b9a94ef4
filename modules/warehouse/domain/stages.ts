import { z } from 'zod';

const stage = z.strictObject({
  name: z
    .string()
    .min(1)
    .refine((name) => name !== 'unknown', 'unknown is the unknown member of dim_deal_stage'),
  order: z.int().min(0).max(65_535),
  category: z.string().min(1),
  outcome: z.enum(['open', 'won', 'lost']),
  stall_days: z.int().positive().optional(),
});

/** One deal stage; `stallDays` (business days) overrides the platform's threshold for this stage. */
export interface Stage {
  name: string;
  order: number;
  category: string;
  outcome: 'open' | 'won' | 'lost';
  stallDays?: number;
}

const stagesFile = z.strictObject({ stages: z.array(stage).min(1) }).superRefine(({ stages }, context) => {
  for (const field of ['name', 'order'] as const) {
    stages.forEach((one, index) => {
      const first = stages.findIndex((other) => other[field] === one[field]);
      if (first === index) return;
      context.addIssue({
        code: 'custom',
        path: ['stages', index, field],
        message: `${one[field]} occurs twice`,
      });
    });
  }
});

/** Parses a stages document (already read from YAML). Throws a ZodError that names the field. */
export function parseStages(document: unknown): Stage[] {
  return stagesFile
    .parse(document)
    .stages.map(({ stall_days, ...rest }) => ({
      ...rest,
      ...(stall_days === undefined ? {} : { stallDays: stall_days }),
    }))
    .sort((a, b) => a.order - b.order);
}
