import type { ColumnType } from '../../domain/source.js';
import { toByteText } from './bytes.js';
import type { Shape } from './csv.js';
import type { FileSource } from './declaration.js';

/** What the text of a type looks like at a glance, in any style; a stray quote may stand in it. */
function glance(type: ColumnType): RegExp | undefined {
  switch (type) {
    case 'text':
      return undefined;
    case 'uuid':
      return /^"?[0-9a-f-]{32,38}"?$/i;
    case 'boolean':
      return /^"?(t|f|true|false)"?$/i;
    case 'date':
    case 'month':
    case 'timestamp':
      return /^[^\r\n]{0,39}\d[^\r\n]{0,39}$/;
    default:
      return /^[^a-z]{0,39}\d[^a-z]{0,39}$/i;
  }
}

/** What rows of the source look like; `places`: where its columns stand among `width` cells. */
export function shapeOf(source: FileSource, places: readonly number[], width: number): Shape {
  const nulls = new Set((source.nulls ?? []).map(toByteText));
  const tests = source.columns.map(({ type, nullable }, index) => ({
    place: places[index] ?? 0,
    pattern: glance(type),
    nullable: nullable === true,
  }));
  const typed = tests.some(({ pattern }) => pattern !== undefined);
  return {
    width,
    typed,
    // Two texts and a comma are a sentence as well.
    plausible: (cells) =>
      (typed || width > 2) &&
      tests.every(({ place, pattern, nullable }) => {
        const cell = cells[place] ?? '';
        return nulls.has(cell) ? nullable : (pattern?.test(cell) ?? true);
      }),
  };
}
