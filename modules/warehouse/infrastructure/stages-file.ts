import { readFileSync } from 'node:fs';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { AppError } from '../../../src/kernel/errors.js';
import { errorCode } from '../../../src/platform/error-code.js';
import { parseStages, type Stage } from '../domain/stages.js';

/**
 * The deal stages of STAGES_FILE, or of definitions/stages.yaml. Throws a configuration error that names file and field;
 * STAGES_FILE by its variable, whose value no error shows.
 */
export function loadStages(stagesFile: string | undefined): Stage[] {
  const path = stagesFile ?? new URL('../definitions/stages.yaml', import.meta.url);
  try {
    return parseStages(parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const why =
      error instanceof z.ZodError
        ? z.prettifyError(error)
        : error instanceof YAMLParseError
          ? error.message
          : `cannot be read (${errorCode(error)})`;
    throw new AppError({
      class: 'configuration',
      source: 'warehouse',
      code: 'invalid_stages_file',
      message: `${stagesFile ? 'STAGES_FILE' : 'modules/warehouse/definitions/stages.yaml'}: ${why}`,
      cause: error,
    });
  }
}
