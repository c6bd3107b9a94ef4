import { createReadStream, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import { z } from 'zod';
import { AppError } from '../../../src/kernel/errors.js';
import { errorCode } from '../../../src/platform/error-code.js';
import type { ReadableSource } from '../application/ports.js';
import type { ColumnType, SourceCheck, SourceDefinition } from '../domain/source.js';

const columnType = z.custom<ColumnType>(
  (type) =>
    typeof type === 'string' &&
    /^(uuid|text|integer|bigint|timestamp|date|month|boolean|float|decimal\((1[0-8]|[1-9]),\d+\))$/.test(
      type,
    ),
  'is no type: uuid, string, integer, bigint, timestamp, date, month, boolean, float, decimal(p,s) with p up to 18',
);
const declaration = z
  .strictObject({
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
          name: z.string().regex(/^[a-z][a-z0-9_]*$/),
          type: z.preprocess((type) => (type === 'string' ? 'text' : type), columnType),
          nullable: z.boolean().default(false),
        }),
      )
      .min(1),
  })
  .refine(({ key, columns }) => key.every((name) => columns.some((column) => column.name === name)), {
    path: ['key'],
    error: 'names a column that is not declared',
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
      const { name, key, columns, path, optional, null_values: nulls } = readDeclaration(file, folder);
      return {
        name,
        key,
        columns,
        path,
        optional,
        nulls,
        checks: CHECKS[name] ?? [],
        declaredIn: `sources/${file}`,
      };
    });
}

function readDeclaration(file: string, folder: URL): z.output<typeof declaration> {
  try {
    return declaration.parse(parse(readFileSync(new URL(file, folder), 'utf8')));
  } catch (error) {
    const why =
      error instanceof z.ZodError
        ? z.prettifyError(error)
        : error instanceof Error
          ? error.message
          : String(error);
    throw new AppError({
      class: 'configuration',
      source: 'warehouse',
      code: 'invalid_source_declaration',
      message: `sources/${file}: ${why}`,
      cause: error,
    });
  }
}

/** How ClickHouse says that bytes are no CSV of the header's columns. Every column is text, so no value can cause it. */
const MALFORMED = new Set(['6', '26', '27', '33', '117'].map((code) => `clickhouse_${code}`));

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
        const header = await firstLine(path);
        const missing = definition.columns.find((column) => !header.includes(column.name));
        if (missing)
          throw configuration('source_column_missing', `${definition.path} has no column ${missing.name}`);
        await land({ format: 'CSVWithNames', stream: createReadStream(path) });
      } catch (error) {
        const code = errorCode(error);
        if (code === 'ENOENT' && definition.optional) return;
        if (code === 'ENOENT')
          throw configuration(
            'source_file_missing',
            `there is no file ${definition.path} under DATA_DIR`,
            error,
          );
        if (MALFORMED.has(code ?? '')) {
          const [where] = error instanceof Error ? error.message.split('\n') : [];
          throw configuration(
            'source_file_malformed',
            `${definition.path} is no CSV with the columns of its first line. ${where}`,
            error,
          );
        }
        if (error instanceof AppError) throw error;
        throw configuration('source_file_unreadable', `${definition.path} cannot be read (${code})`, error);
      }
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
