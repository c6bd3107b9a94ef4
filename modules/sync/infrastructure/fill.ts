import { AppError } from '../../../src/kernel/errors.js';

/**
 * A statement file with its `{{name}}` places filled: identifiers and expressions over them, rendered from a parsed
 * definition. Values never travel this way; they are bound parameters. A place without a filling, or a filling without
 * a place, is a bug and throws.
 */
export function fill(statement: string, fillings: Record<string, string>): string {
  const unused = new Set(Object.keys(fillings));
  const filled = statement.replace(/\{\{(\w+)\}\}/g, (_place, name: string) => {
    const filling = fillings[name];
    if (filling === undefined) throw bug(`has no filling for ${name}`);
    unused.delete(name);
    return filling;
  });
  if (unused.size > 0) throw bug(`has no place for ${[...unused].join(', ')}`);
  return filled;
}

function bug(problem: string): AppError {
  return new AppError({
    class: 'bug',
    source: 'sync',
    code: 'statement_template',
    message: `A statement file ${problem}.`,
  });
}
