import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { AppError } from '../../../../src/kernel/errors.js';
import type {
  ColumnType,
  SourceCheck,
  SourceColumn,
  SourceDefinition,
  TextStyle,
} from '../../domain/source.js';
import { compileFormat } from '../text-style.js';
import { graphSources, postgresSources } from '../sources/catalog.js';

const columnType = z.custom<ColumnType>(
  (type) =>
    typeof type === 'string' &&
    /^(uuid|text|integer|bigint|timestamp|date|month|boolean|float|decimal\((1[0-8]|[1-9]),\d+\))$/.test(
      type,
    ),
  'is no type: uuid, string, integer, bigint, timestamp, date, month, boolean, float, decimal(p,s) with p up to 18',
);
const format = z.string().superRefine((pattern, context) => {
  try {
    compileFormat(pattern);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
  }
});
const timestampFormat = format.refine(
  (pattern) => /[Hh]/.test(pattern.replace(/'[^']*'/g, '')),
  'names no hour',
);
const dateFormat = format.refine(
  (pattern) => !/[Hhmsa]/.test(pattern.replace(/'[^']*'/g, '')) && /d/.test(pattern),
  'must name a day, and no time of day',
);
const zone = z.string().refine((name) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}, 'is no IANA time zone such as Europe/Zurich');
const decimal = z.enum(['point', 'comma']);
const thousands = z.enum(['none', ',', '.', ' ', "'"]);
const encoding = z.string().refine((name) => {
  try {
    return new TextDecoder(name).encoding !== '';
  } catch {
    return false;
  }
}, 'is no encoding such as utf-8, utf-16, windows-1252, macintosh');
/** A name that the file gives the column, or its position from 1. */
const from = z.union([z.string().min(1), z.int().min(1)]);
const location = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const nameOf = z.string().regex(/^[a-z][a-z0-9_]*$/, 'must be of small letters, digits and _');

const declaration = z
  .strictObject({
    name: nameOf,
    description: z.string(),
    path: location.optional(),
    url: location.optional(),
    format: z.enum(['csv', 'ndjson', 'parquet']),
    optional: z.boolean().default(false),
    key: z.array(z.string()).min(1),
    null_values: z.array(z.string()).optional(),
    encoding: encoding.optional(),
    delimiter: z.string().min(1).optional(),
    quote: z.string().optional(),
    header: z.boolean().optional(),
    skip_lines: z.int().min(0).optional(),
    trim: z.boolean().default(false),
    date_format: dateFormat.optional(),
    timestamp_format: timestampFormat.optional(),
    time_zone: zone.optional(),
    decimal: decimal.optional(),
    thousands: thousands.optional(),
    columns: z
      .array(
        z.strictObject({
          name: nameOf,
          type: z.preprocess((type) => (type === 'string' ? 'text' : type), columnType),
          nullable: z.boolean().default(false),
          from: from.optional(),
          format: format.optional(),
          time_zone: zone.optional(),
          decimal: decimal.optional(),
          thousands: thousands.optional(),
        }),
      )
      .min(1),
  })
  .superRefine((declared, context) => {
    for (const [path, message] of contradictions(declared))
      context.addIssue({ code: 'custom', path, message });
  });
type Declaration = z.output<typeof declaration>;

const CSV_ONLY = ['delimiter', 'quote', 'header', 'skip_lines'] as const;
const NUMBERS = /^(integer|bigint|float|decimal)/;

/** What is well-formed key by key and cannot be meant together. */
function* contradictions(declared: Declaration): Generator<[path: (string | number)[], message: string]> {
  const { columns, key } = declared;
  if ((declared.path === undefined) === (declared.url === undefined))
    yield [['path'], 'a source has either a path or a url'];
  for (const url of [declared.url ?? []].flat())
    if (!/^(https?|s3):\/\/[^/]+\/./.test(url) || !URL.canParse(url))
      yield [['url'], 'must be http://host/path, https://host/path or s3://bucket/key'];
  for (const name of key) {
    const column = columns.find((found) => found.name === name);
    if (!column) yield [['key'], `names a column that is not declared: ${name}`];
    else if (column.nullable) yield [['key'], `${name} is nullable; a key always has a value`];
  }
  const repeated = columns
    .map(({ name }) => name)
    .find((name, index, names) => names.indexOf(name) !== index);
  if (repeated !== undefined) yield [['columns'], `${repeated} is declared twice`];
  if (declared.format !== 'csv')
    for (const option of CSV_ONLY)
      if (declared[option] !== undefined) yield [[option], `is for csv, not for ${declared.format}`];
  if (declared.format === 'parquet' && declared.encoding !== undefined)
    yield [['encoding'], 'is not for parquet, which is always utf-8'];
  if (declared.format === 'parquet' && declared.time_zone !== undefined)
    yield [
      ['time_zone'],
      'is not for parquet, whose timestamps are instants (those without a zone count as UTC)',
    ];
  const { delimiter = ',', quote = '"' } = declared;
  if (/[\r\n]/.test(delimiter)) yield [['delimiter'], 'must be no line end'];
  if (quote !== 'none' && !/^[^\r\n]$/u.test(quote)) yield [['quote'], 'must be one character, or none'];
  if (delimiter === quote) yield [['quote'], 'is the delimiter as well'];
  for (const [index, column] of columns.entries()) {
    const at = (option: string) => ['columns', index, option];
    const isNumber = NUMBERS.test(column.type);
    if (!isNumber && column.decimal !== undefined)
      yield [at('decimal'), `is for numbers, not for ${column.type}`];
    if (!isNumber && column.thousands !== undefined)
      yield [at('thousands'), `is for numbers, not for ${column.type}`];
    if (column.format !== undefined) {
      const rule = { date: dateFormat, timestamp: timestampFormat, month: format }[column.type as string];
      if (!rule) yield [at('format'), `is for date, month and timestamp, not for ${column.type}`];
      else if (!rule.safeParse(column.format).success)
        yield [at('format'), `'${column.format}' is none of a ${column.type}`];
    }
    if (column.time_zone !== undefined && column.type !== 'timestamp')
      yield [at('time_zone'), `is for timestamp, not for ${column.type}`];
    if (column.time_zone !== undefined && declared.format === 'parquet')
      yield [at('time_zone'), 'is not for parquet, whose timestamps are instants'];
    if (typeof column.from === 'number' && declared.format !== 'csv')
      yield [at('from'), `a position is for csv, not for ${declared.format}`];
    if (typeof column.from === 'string' && declared.header === false)
      yield [at('from'), 'a file without header has positions, no names'];
    const { decimal: point, thousands: group } = styleOf(declared, column) ?? {};
    if (isNumber && group !== undefined && group === (point ?? '.'))
      yield [at('thousands'), 'is the decimal sign as well'];
  }
}

/** The style of a column: its own options, else the source's, for the types that they are about. */
function styleOf(
  source: Omit<Declaration, 'columns'>,
  column: Declaration['columns'][number],
): TextStyle | undefined {
  if (NUMBERS.test(column.type)) {
    const group = column.thousands ?? source.thousands ?? 'none';
    const point = column.decimal ?? source.decimal ?? 'point';
    if (group === 'none' && point === 'point') return undefined;
    return { decimal: point === 'comma' ? ',' : '.', ...(group === 'none' ? {} : { thousands: group }) };
  }
  if (column.type === 'timestamp') {
    const pattern = column.format ?? source.timestamp_format;
    return { zone: column.time_zone ?? source.time_zone ?? 'UTC', ...(pattern ? { format: pattern } : {}) };
  }
  const pattern = column.format ?? (column.type === 'date' ? source.date_format : undefined);
  return pattern ? { format: pattern } : undefined;
}

/** A declared file source: what the raw layer needs, and how its files are found and cut into rows. */
export interface FileSource extends SourceDefinition {
  /** Paths under the data folder or URLs, as declared. */
  locations: readonly string[];
  format: 'csv' | 'ndjson' | 'parquet';
  optional: boolean;
  encoding: string;
  delimiter: string;
  quote?: string;
  header: boolean;
  skipLines: number;
  trim: boolean;
  /** Where each column stands, in the order of `columns`: its name in the file, or its position from 1. */
  from: readonly (string | number)[];
  declaredIn: string;
}

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
/** Names whose raw_ table is another's. */
const TAKEN = new Set([
  ...postgresSources.map((source) => source.name),
  ...graphSources.map((source) => source.name),
  'rejects',
  'cursors',
  'sweeps',
  'cdc',
]);

const OWN_FOLDER = new URL('../../../../sources/', import.meta.url);

/**
 * The file sources declared in sources/*.yaml and, when a folder of the user's own is given, there; one of the same name
 * replaces ours. Throws a configuration error that names the file and the key.
 */
export function readFileSources(userFolder?: string): FileSource[] {
  const own = readFolder(OWN_FOLDER, 'sources');
  if (userFolder === undefined) return own;
  if (!existsSync(userFolder)) throw invalid(userFolder, 'there is no such folder (SOURCES_DIR)');
  const users = readFolder(pathToFileURL(`${userFolder}/`), userFolder);
  const replaced = new Set(users.map((source) => source.name));
  return [...own.filter((source) => !replaced.has(source.name)), ...users];
}

function readFolder(folder: URL, shownAs: string): FileSource[] {
  const sources: FileSource[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!/\.ya?ml$/.test(file)) continue;
    const declaredIn = `${shownAs}/${file}`;
    const source = readDeclaration(new URL(encodeURIComponent(file), folder), declaredIn);
    if (TAKEN.has(source.name))
      throw invalid(declaredIn, `name: raw_${source.name} is a table of the service`);
    const twin = sources.find((other) => other.name === source.name);
    if (twin) throw invalid(declaredIn, `name: ${source.name} is declared in ${twin.declaredIn} as well`);
    sources.push(source);
  }
  return sources;
}

function readDeclaration(file: URL, declaredIn: string): FileSource {
  try {
    return toSource(declaration.parse(parse(readFileSync(file, 'utf8'))), declaredIn);
  } catch (error) {
    const why =
      error instanceof z.ZodError
        ? z.prettifyError(error)
        : error instanceof Error
          ? error.message
          : String(error);
    throw invalid(declaredIn, why, error);
  }
}

function toSource(declared: Declaration, declaredIn: string): FileSource {
  const { name, key, format: kind, optional, trim, quote = '"', columns } = declared;
  const header = declared.header ?? true;
  return {
    name,
    key,
    columns: columns.map((column): SourceColumn => {
      const style = styleOf(declared, column);
      return { name: column.name, type: column.type, nullable: column.nullable, ...(style ? { style } : {}) };
    }),
    // In a CSV nothing else can say that a value is absent; the other formats have a null.
    nulls: declared.null_values ?? (kind === 'csv' ? [''] : []),
    checks: CHECKS[name] ?? [],
    locations: [declared.path ?? declared.url ?? []].flat(),
    format: kind,
    optional,
    encoding: new TextDecoder(declared.encoding ?? 'utf-8').encoding,
    delimiter: declared.delimiter ?? ',',
    ...(quote === 'none' ? {} : { quote }),
    header,
    skipLines: declared.skip_lines ?? 0,
    trim,
    from: columns.map((column, index) => column.from ?? (header ? column.name : index + 1)),
    declaredIn,
  };
}

const invalid = (file: string, why: string, cause?: unknown): AppError =>
  new AppError({
    class: 'configuration',
    source: 'warehouse',
    code: 'invalid_source_declaration',
    message: `${file}: ${why}`,
    cause,
  });
