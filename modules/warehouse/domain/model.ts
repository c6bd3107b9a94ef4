import { z } from 'zod';
import { dataTest } from './data-test.js';

const name = z.string().regex(/^[a-z][a-z0-9_]*$/);

/**
 * What stands beside a model's SQL (`models/<name>.yaml`): its grain, how it is built, what it reads and what must hold.
 * - `full`: built whole whenever something it reads moved.
 * - `incremental`: rows of changed keys are replaced. `<name>.changed.sql` gives the keys (column `key`) that a change of
 *   one of `changed_by` touches; a change of anything else it reads means a full build.
 * - `view`: nothing is stored.
 */
const declaration = z
  .strictObject({
    grain: z.string().min(1),
    description: z.string().optional(),
    materialised: z.enum(['full', 'incremental', 'view']),
    key: z
      .string()
      .regex(/^[a-z_][a-z0-9_]*$/)
      .optional(),
    reads: z.array(name).default([]),
    changed_by: z.array(name).default([]),
    tests: z.array(dataTest).default([]),
    /** Minutes that this model may lag behind its sources; absent: the service's objective. */
    freshness_minutes: z.int().positive().optional(),
  })
  .superRefine((model, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (model.materialised === 'incremental' && !model.key) refuse('key', 'an incremental model needs one');
    if (model.materialised !== 'incremental' && model.changed_by.length > 0)
      refuse('changed_by', 'only an incremental model has it');
    for (const upstream of model.changed_by)
      if (!model.reads.includes(upstream)) refuse('changed_by', `${upstream} is not among reads`);
  });

/** One model: a table of the star schema, the SELECT that fills it, and what was declared about it. */
export interface Model extends Omit<z.output<typeof declaration>, 'changed_by'> {
  name: string;
  select: string;
  /** Of an incremental model: the SELECT of the keys that changes of `changedBy` touch. */
  changed?: string;
  changedBy: readonly string[];
}

/** A declaration document (already read from YAML) with its SQL. Throws a ZodError that names the field. */
export function parseModel(
  name: string,
  document: unknown,
  sql: { select: string; changed?: string },
): Model {
  const { changed_by: changedBy, ...rest } = declaration.parse(document);
  return { name, ...rest, changedBy, ...sql };
}

/** The models that a model reads itself. */
export const modelsOf = (model: Pick<Model, 'reads'>): string[] =>
  model.reads.filter((upstream) => !upstream.startsWith('raw_'));
