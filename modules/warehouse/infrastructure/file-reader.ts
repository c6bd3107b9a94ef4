import { Readable } from 'node:stream';
import { AppError } from '../../../src/kernel/errors.js';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import type { ReadableSource, SourceBytes } from '../application/ports.js';
import { CsvRecords, cutLine, type Dialect, type Sink } from './files/csv.js';
import { fromByteText, toByteText } from './files/bytes.js';
import type { FileSource } from './files/declaration.js';
import { type Line, readLines } from './files/lines.js';
import { NdjsonRecords } from './files/ndjson.js';
import { type FileAccess, filesOf, openFile, shownLocation } from './files/open.js';
import { withParquetRows } from './files/parquet.js';
import { prepareRawTable } from './files/raw-table.js';
import { RowWriter } from './files/rows.js';
import { shapeOf } from './files/row-like.js';

export { type FileSource, readFileSources } from './files/declaration.js';
export type { FileAccess } from './files/open.js';

const FILE_EXTRAS = ['_file', '_line', '_fault_code', '_fault', '_text'];

/**
 * A declared file source. Each of its files is cut into rows that carry file and line; what is no row comes along with
 * its reason, so that every line of every file ends in raw, in the rejects, or is known already. A file that cannot be
 * read to its end fails the source before anything is loaded. An absent optional file is an empty source.
 */
export function fileSource(
  definition: FileSource,
  access: FileAccess,
  clickhouse: ClickHouse,
): ReadableSource {
  const columns = [...definition.columns.map(({ name }) => name), ...FILE_EXTRAS];
  return {
    definition,
    read: async (_cursor, land) => {
      await prepareRawTable(clickhouse, definition);
      for (const location of filesOf(definition.locations, access)) {
        const landed = (stream: Readable) =>
          land({ format: 'TabSeparated', stream, columns } satisfies SourceBytes);
        try {
          if (definition.format === 'parquet')
            await withParquetRows(
              clickhouse,
              openFile(location, access),
              definition.from.map(String),
              shownLocation(location),
              landed,
            );
          else await landText(definition, location, access, landed);
        } catch (error) {
          if (definition.optional && error instanceof AppError && error.code === 'source_file_missing')
            continue;
          throw named(definition, location, error);
        }
      }
    },
  };
}

/** What goes wrong while bytes are read is the reason; what the store says of a stream that ended early is its echo. */
async function landText(
  definition: FileSource,
  location: string,
  access: FileAccess,
  land: (stream: Readable) => Promise<void>,
): Promise<void> {
  let failure: unknown;
  async function* rows(): AsyncGenerator<Buffer> {
    try {
      yield* tabSeparated(definition, location, access);
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  try {
    await land(Readable.from(rows(), { highWaterMark: 2 }));
  } catch (error) {
    throw failure ?? error;
  }
}

async function* tabSeparated(
  definition: FileSource,
  location: string,
  access: FileAccess,
): AsyncGenerator<Buffer> {
  const writer = new RowWriter(shownLocation(location), definition.columns.length);
  let records: { push(line: Line): void; end(): void } | undefined;
  for await (const { lines, transcoded } of readLines(openFile(location, access), definition.encoding)) {
    for (const line of lines) {
      if (line.number <= definition.skipLines) continue;
      if (records) records.push(line);
      else if (definition.format === 'ndjson') {
        records = new NdjsonRecords(definition.from.map(String), transcoded, { ...sinkOf(writer) });
        records.push(line);
      } else records = beginCsv(definition, line, transcoded, writer);
    }
    const bytes = writer.take();
    if (bytes) yield bytes;
  }
  if (!records && definition.format === 'csv' && definition.header)
    throw configuration('source_column_missing', `has no column ${String(definition.from[0])}: it is empty`);
  records?.end();
  const bytes = writer.take();
  if (bytes) yield bytes;
}

const sinkOf = (writer: RowWriter): Sink => ({
  row: (line, cells) => writer.row({ line, cells }),
  fault: (fault) => writer.fault(fault),
});

/** The first line that is not blank is the header, or says how many cells a row has; undefined for a blank line. */
function beginCsv(
  definition: FileSource,
  line: Line,
  transcoded: boolean,
  writer: RowWriter,
): CsvRecords | undefined {
  if (line.text.trim() === '') return undefined;
  const dialect: Dialect = {
    delimiter: toByteText(definition.delimiter),
    ...(definition.quote === undefined ? {} : { quote: toByteText(definition.quote) }),
  };
  const first = cutLine(line.text, dialect);
  const places = definition.header
    ? headerPlaces(definition, line, first.state === 'whole' ? first.cells : undefined)
    : positions(definition);
  const width = Math.max(first.cells.length, definition.header ? 0 : Math.max(...places) + 1);
  const trimmed = (cell: string): string => cell.replace(/^[ \t]+|[ \t]+$/g, '');
  const sink: Sink = {
    ...sinkOf(writer),
    row: (number, cells) => {
      const chosen = places.map((place) => cells[place] ?? '');
      writer.row({ line: number, cells: definition.trim ? chosen.map(trimmed) : chosen });
    },
  };
  const records = new CsvRecords(dialect, shapeOf(definition, places, width), transcoded, sink);
  if (!definition.header) records.push(line);
  return records;
}

function headerPlaces(definition: FileSource, line: Line, cells: readonly string[] | undefined): number[] {
  if (!cells || line.cut)
    throw configuration('source_file_malformed', 'has a header that is no line of its own');
  const names = cells.map((cell) => fromByteText(cell).trim());
  return definition.from.map((from) => {
    if (typeof from === 'number') {
      if (from <= names.length) return from - 1;
      throw configuration(
        'source_column_missing',
        `has no column at position ${from}, it has ${names.length}`,
      );
    }
    const place = names.indexOf(from.trim());
    if (place < 0)
      throw configuration(
        'source_column_missing',
        `has no column ${from}; its header names ${shownNames(names)}`,
      );
    if (names.includes(from.trim(), place + 1))
      throw configuration(
        'source_column_ambiguous',
        `has the column ${from} more than once; declare it by its position (from: ${place + 1})`,
      );
    return place;
  });
}

const positions = (definition: FileSource): number[] => definition.from.map((from) => Number(from) - 1);

const shownNames = (names: readonly string[]): string => {
  const shown = names.slice(0, 30).map((name) => `'${name.slice(0, 60)}'`);
  return `${shown.join(', ')}${names.length > shown.length ? ` and ${names.length - shown.length} more` : ''}`;
};

const configuration = (code: string, message: string): AppError =>
  new AppError({ class: 'configuration', source: 'warehouse', code, message });

/** The same error with the source, the file and the declaration in its message; errors of a store stay theirs. */
function named(definition: FileSource, location: string, error: unknown): unknown {
  if (!(error instanceof AppError) || error.source !== 'warehouse') return error;
  return new AppError({
    class: error.class,
    source: error.source,
    code: error.code,
    message: `Source ${definition.name}: ${shownLocation(location)}: ${error.message}. It is declared in ${definition.declaredIn}.`,
    cause: error,
  });
}
