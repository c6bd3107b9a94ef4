import { parse } from 'yaml';
import { z } from 'zod';
import { AppError } from '../../../src/kernel/errors.js';

/**
 * Parses the text of a definition file.
 * @param name the file, for the person who reads the error
 * @throws AppError `invalid_definition` (configuration) naming the file and every offending key
 */
export function parseDefinition<T>(name: string, text: string, schema: z.ZodType<T>): T {
  const fail = (what: string, cause: unknown): never => {
    throw new AppError({
      class: 'configuration',
      source: 'scoring-insight',
      code: 'invalid_definition',
      message: `${name}: ${what}`,
      cause,
    });
  };
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    return fail('is not valid YAML', error);
  }
  const result = schema.safeParse(document);
  return result.success ? result.data : fail(z.prettifyError(result.error), result.error);
}
