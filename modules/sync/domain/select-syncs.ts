import { AppError } from '../../../src/kernel/errors.js';
import type { SyncDefinition } from './definition.js';

/**
 * The syncs that a person names: by name, or by selectors `tag:<tag>` and `<name with *>`. Without either all of them,
 * in their order. Pure.
 * @throws AppError configuration `sync_unknown` for a name or selector that fits none.
 */
export function selectSyncs(
  definitions: readonly SyncDefinition[],
  names: readonly string[],
  selectors: readonly string[] = [],
): SyncDefinition[] {
  const wanted = [...names, ...selectors];
  if (wanted.length === 0) return [...definitions];
  const lost = wanted.find((selector) => !definitions.some((definition) => fits(definition, selector)));
  if (lost !== undefined) {
    throw new AppError({
      class: 'configuration',
      source: 'sync',
      code: 'sync_unknown',
      message: `No sync fits ${lost}. There are: ${definitions.map(({ name }) => name).join(', ')}.`,
    });
  }
  return definitions.filter((definition) => wanted.some((selector) => fits(definition, selector)));
}

function fits({ name, tags }: SyncDefinition, selector: string): boolean {
  if (selector.startsWith('tag:')) return tags.includes(selector.slice(4));
  const [first = '', ...rest] = selector.split('*');
  if (rest.length === 0) return name === selector;
  const last = rest.pop() ?? '';
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last))
    return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1 || found + part.length > name.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}
