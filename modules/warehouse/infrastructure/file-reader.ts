import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import { z } from 'zod';
import { AppError } from '../../../src/kernel/errors.js';
import type { ReadableSource } from '../application/ports.js';
import type { ColumnType, SourceCheck, SourceDefinition } from '../domain/source.js';

const declaration = z.strictObject({
  name: z.string().regex(/^[a-z_]+$/),
  description: z.string(),
  path: z.string().min(1),
  format: z.literal('csv'),
  optional: z.boolean().default(false),
  key: z.array(z.string()).min(1),
  null_values: z.array(z.string()).default(['']),
  columns: z
    .array(
      z.strictObject({
        name: z.string(),
        type: z.string().regex(/^(string|date|month|decimal\(\d+,\d+\))$/),
        nullable: z.boolean().default(false),
      }),
    )
    .min(1),
});
export type FileSource = SourceDefinition & { path: string; optional: boolean; declaredIn: string };

const CHECKS: Record<string, SourceCheck[]> = {
  unit_economics: [
    {
      code: 'negative_money',
      when: 'acquisition_cost < 0 OR revenue < 0',
      reason: 'acquisition_cost or revenue is negative',
    },
  ],
  fx_rates: [{ code: 'rate_not_positive', when: 'rate <= 0', reason: 'rate is not above zero' }],
};

/** The file sources declared in sources/*.yaml. Throws a configuration error that names the file and the key. */
export function readFileSources(folder = new URL('../../../sources/', import.meta.url)): FileSource[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => {
      const parsed = declaration.safeParse(parse(readFileSync(new URL(file, folder), 'utf8')));
      if (!parsed.success) {
        throw new AppError({
          class: 'configuration',
          source: 'warehouse',
          code: 'invalid_source_declaration',
          message: `sources/${file}: ${z.prettifyError(parsed.error)}`,
        });
      }
      const { name, key, columns, path, optional, null_values } = parsed.data;
      return {
        name,
        key,
        path,
        optional,
        declaredIn: `sources/${file}`,
        nulls: null_values,
        checks: CHECKS[name] ?? [],
        columns: columns.map((column) => ({
          ...column,
          type: (column.type === 'string' ? 'text' : column.type) as ColumnType,
        })),
      };
    });
}

/** A declared file under the data folder; an absent optional file is an empty source. */
export function fileSource(definition: FileSource, dataDir: string): ReadableSource {
  const path = resolve(dataDir, definition.path);
  const configuration = (code: string, what: string, cause?: unknown) =>
    new AppError({
      class: 'configuration',
      source: 'warehouse',
      code,
      message: `Source ${definition.name}: ${what}. It is declared in ${definition.declaredIn}.`,
      cause,
    });
  return {
    definition,
    read: async (_cursor, land) => {
      try {
        await access(path);
      } catch (error) {
        if (definition.optional) return;
        throw configuration(
          'source_file_missing',
          `there is no file ${definition.path} under DATA_DIR`,
          error,
        );
      }
      const header = await firstLine(path);
      const missing = definition.columns.find((column) => !header.includes(column.name));
      if (missing)
        throw configuration('source_column_missing', `${definition.path} has no column ${missing.name}`);
      await land({ format: 'CSVWithNames', stream: createReadStream(path) });
    },
  };
}

async function firstLine(path: string): Promise<string[]> {
  const input = createReadStream(path);
  try {
    for await (const line of createInterface({ input }))
      return line.split(',').map((name) => name.trim().replace(/^"|"$/g, ''));
    return [];
  } finally {
    input.destroy();
  }
}
