import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { CURRENCY_WITHOUT_RATE } from './catalog.js';
import { fxRatesCsv, unitEconomicsCsv } from './external.js';
import { seedSpec } from './spec.js';

const spec = seedSpec({ seed: 42, asOf: new Date('2026-03-17T15:30:00Z'), scale: 1 });
const declaration = z.strictObject({
  name: z.string(),
  description: z.string(),
  path: z.string(),
  format: z.literal('csv'),
  optional: z.literal(true),
  key: z.array(z.string()),
  null_values: z.array(z.string()),
  columns: z.array(z.strictObject({ name: z.string(), type: z.string() })),
});
const shapes = new Map([
  ['date', /^\d{4}-\d\d-\d\d$/],
  ['month', /^\d{4}-\d\d$/],
  ['decimal(12,2)', /^\d{1,10}\.\d{2}$/],
  ['decimal(18,8)', /^\d{1,10}\.\d{8}$/],
  ['string', /^[A-Z]{3}$/],
]);

describe.each([
  ['unit_economics', unitEconomicsCsv(spec)],
  ['fx_rates', fxRatesCsv(spec)],
])('external source %s', (name, csv) => {
  const declared = declaration.parse(
    parse(readFileSync(new URL(`../../../sources/${name}.yaml`, import.meta.url), 'utf8')),
  );
  const [header, ...lines] = csv.trimEnd().split('\n');

  it('is declared under its name and path, with the columns of the file', () => {
    expect(declared.name).toBe(name);
    expect(declared.path).toBe(`external/${name}.csv`);
    expect(header).toBe(declared.columns.map((column) => column.name).join(','));
  });

  it('holds values of the declared types only', () => {
    const wrong = lines.filter(
      (line) =>
        !declared.columns.every(({ type }, index) => shapes.get(type)?.test(line.split(',')[index] ?? '')),
    );
    expect(wrong).toEqual([]);
  });

  it('has one line per key', () => {
    const positions = declared.key.map((key) => declared.columns.findIndex((column) => column.name === key));
    const keys = lines.map((line) => positions.map((position) => line.split(',')[position]).join('|'));
    expect(new Set(keys).size).toBe(lines.length);
  });
});

it('covers 24 whole months, and every day of them, up to asOf', () => {
  const months = unitEconomicsCsv(spec).trimEnd().split('\n').slice(1);
  expect([months.length, months[0]?.slice(0, 7), months[23]?.slice(0, 7)]).toEqual([
    24,
    '2024-03',
    '2026-02',
  ]);
  const days = new Set(
    fxRatesCsv(spec)
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.slice(0, 10)),
  );
  expect([days.size, [...days][0], [...days].at(-1)]).toEqual([761, '2024-02-16', '2026-03-17']);
});

it('leaves out the rates of one currency', () => {
  expect(fxRatesCsv(spec)).not.toContain(`,${CURRENCY_WITHOUT_RATE},`);
});
