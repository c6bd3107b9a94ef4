import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../../../src/kernel/errors.js';
import { type FileSource, readFileSources } from './declaration.js';

const folder = mkdtempSync(join(tmpdir(), 'insights-sources-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a folder with this one declaration gives: its sources, or the message of the configuration error. */
function declared(yaml: string): FileSource[] | string {
  writeFileSync(join(folder, 'orders.yaml'), yaml);
  try {
    return readFileSources(folder);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error).toMatchObject({ class: 'configuration', code: 'invalid_source_declaration' });
    return error.message;
  }
}
const orders = (options: string, column = '{ name: id, type: integer }', name = 'orders'): string =>
  `name: ${name}\ndescription: Orders\nformat: csv\nkey: [id]\ncolumns:\n  - ${column}\n${options}`;
const PATH = 'path: a.csv\n';

describe('a declaration', () => {
  it('has defaults, and stands beside the ones of the project', () => {
    const sources = declared(orders(PATH));
    expect(Array.isArray(sources) && sources.map(({ name }) => name)).toEqual([
      'fx_rates',
      'unit_economics',
      'orders',
    ]);
    expect(sources.at(-1)).toMatchObject({
      locations: ['a.csv'],
      nulls: [''],
      encoding: 'utf-8',
      delimiter: ',',
      quote: '"',
      header: true,
      from: ['id'],
      optional: false,
    });
  });

  it('of the same name replaces the one of the project', () => {
    const sources = declared(orders(PATH, undefined, 'fx_rates'));
    expect(Array.isArray(sources) && sources.filter(({ name }) => name === 'fx_rates')).toMatchObject([
      { declaredIn: `${folder}/orders.yaml` },
    ]);
  });

  it.each([
    [`${PATH}delimeter: ';'\n`, /delimeter/],
    ['', /a source has either a path or a url/],
    [`${PATH}url: https://host/a.csv\n`, /a source has either a path or a url/],
    ['url: ftp://host/a.csv\n', /must be http:/],
    ['url: s3://bucket\n', /must be http:/],
    [`${PATH}delimiter: '"'\n`, /is the delimiter as well/],
    [`${PATH}delimiter: "\\n"\n`, /must be no line end/],
    [`${PATH}quote: '<>'\n`, /must be one character, or none/],
    [`${PATH}encoding: klingon\n`, /is no encoding/],
    [`${PATH}date_format: dd/MM/yy\n`, /'dd\/MM\/yy' has 'yy', which is no part of a date/],
    [`${PATH}date_format: MM/yyyy\n`, /must name a day/],
    [`${PATH}date_format: dd/dd/yyyy\n`, /names dd twice/],
    [`${PATH}timestamp_format: dd/MM/yyyy\n`, /names no hour/],
    [`${PATH}timestamp_format: 'dd/MM/yyyy hh:mm'\n`, /needs HH, or hh with a/],
    [`${PATH}time_zone: Europe/Zuerich\n`, /is no IANA time zone/],
    [`${PATH}decimal: comma\nthousands: ','\n`, /is the decimal sign as well/],
    [`${PATH}thousands: '.'\n`, /is the decimal sign as well/],
  ])('%j is refused with file and key', (options, why) => {
    const message = declared(orders(options));
    expect(message).toMatch(why);
    expect(message).toContain(`${folder}/orders.yaml`);
  });

  it.each([
    ['{ name: Id, type: integer }', /must be of small letters/],
    ['{ name: id, type: int }', /is no type: uuid, string/],
    ['{ name: id, type: integer, nullable: true }', /id is nullable; a key always has a value/],
    ['{ name: other, type: integer }', /names a column that is not declared: id/],
    ['{ name: id, type: integer }\n  - { name: id, type: string }', /id is declared twice/],
    ['{ name: id, type: integer, format: yyyy-MM-dd }', /is for date, month and timestamp, not for integer/],
    ['{ name: id, type: string, decimal: comma }', /is for numbers, not for text/],
    ['{ name: id, type: date, time_zone: UTC }', /is for timestamp, not for date/],
    ['{ name: id, type: timestamp, format: dd.MM.yyyy }', /'dd.MM.yyyy' is none of a timestamp/],
    ['{ name: id, type: integer, form: x }', /form/],
  ])('the column %j is refused', (column, why) => {
    expect(declared(orders(PATH, column))).toMatch(why);
  });

  it('has no options of another format', () => {
    for (const [format, option] of [
      ['ndjson', 'delimiter: ;'],
      ['parquet', 'header: false'],
      ['parquet', 'encoding: utf-8'],
      ['parquet', 'time_zone: Europe/Zurich'],
    ])
      expect(declared(orders(`${PATH}${option}\n`).replace('format: csv', `format: ${format}`))).toMatch(
        /for .*parquet|not for ndjson/,
      );
    expect(declared(orders(`${PATH}header: false\n`, '{ name: id, type: integer, from: id }'))).toMatch(
      /a file without header has positions, no names/,
    );
  });

  it.each(['partnerships', 'graph_alignments', 'rejects', 'cursors', 'sweeps', 'cdc'])(
    'cannot be called %s',
    (name) => {
      expect(declared(orders(PATH, undefined, name))).toMatch(`raw_${name} is a table of the service`);
    },
  );

  it('stands once in a folder', () => {
    writeFileSync(join(folder, 'again.yaml'), orders(PATH));
    expect(declared(orders(PATH))).toMatch(/orders is declared in .*again.yaml as well/);
    rmSync(join(folder, 'again.yaml'));
  });
});
