import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { contingency, cramersVOf } from '../../modules/scoring-insight/domain/stats/contingency.js';
import { pearson } from '../../modules/scoring-insight/domain/stats/correlation.js';

const DEALS = 'b2b_deals_salvirt/Salvirt_B2B_ML_dataset.csv';
const CREATORS = 'creators_musae_twitch/ENGB_target.csv';
const FRIENDS = 'creators_musae_twitch/ENGB_edges.csv';

const folder = process.env.REAL_DATA_DIR;
const missing = [DEALS, CREATORS, FRIENDS].filter((file) => !folder || !existsSync(join(folder, file)));
if (missing.length > 0) {
  console.warn(
    `SKIPPED real data: ${folder ? `${missing.join(', ')} not there` : 'REAL_DATA_DIR is not set'} (docs/real-data.md says where the files come from)`,
  );
}
const describeWith = (...files: string[]) =>
  files.some((file) => missing.includes(file)) ? describe.skip : describe;

/** The cells of a file by column; no cell of these files holds a separator. */
function readColumns(file: string, separator: string): Map<string, string[]> {
  const [header = '', ...lines] = readFileSync(join(folder ?? '', file), 'utf8')
    .trimEnd()
    .split(/\r?\n/);
  const cells = (line: string): string[] =>
    line.split(separator).map((cell) => cell.replace(/^"(.*)"$/, '$1'));
  const rows = lines.map(cells);
  return new Map(cells(header).map((name, at) => [name, rows.map((row) => row[at] ?? '')]));
}

function columnOf(columns: ReadonlyMap<string, string[]>, name: string): string[] {
  const column = columns.get(name);
  if (column === undefined) throw new Error(`The file has no column ${name}`);
  return column;
}

/** How often each value of a column meets each value of another. */
function tableOf(rows: readonly string[], columns: readonly string[]): number[][] {
  const [rowValues, columnValues] = [[...new Set(rows)], [...new Set(columns)]];
  const counts = rowValues.map(() => columnValues.map(() => 0));
  for (const [at, row] of rows.entries()) {
    const line = counts[rowValues.indexOf(row)]!;
    line[columnValues.indexOf(columns[at]!)]! += 1;
  }
  return counts;
}

const digitsOf = (printed: string): number => printed.length - printed.indexOf('.') - 1;

describeWith(DEALS)('the categories of the Salvirt B2B deals', () => {
  // As published, with one decimal, for 18 columns; the last four computed with scipy from the same file.
  it.each([
    ['Up_sale', '114.2', '0.5049'],
    ['Client', '113.3', '0.5028'],
    ['Competitors', '87.5', '0.4419'],
    ['Source', '75.0', '0.4090'],
    ['Att_t_client', '46.8', '0.3231'],
    ['Posit_statm', '32.3', '0.2684'],
    ['Deal_type', '28.1', '0.2505'],
    ['Purch_dept', '23.0', '0.2264'],
    ['Budgt_alloc', '21.2', '0.2177'],
    ['Comp_size', '20.0', '0.2112'],
    ['Forml_tend', '16.7', '0.1930'],
    ['Strat_deal', '16.5', '0.1921'],
    ['Scope', '11.3', '0.1585'],
    ['Needs_def', '7.1', '0.1263'],
    ['Partnership', '6.4', '0.1195'],
    ['Growth', '4.9', '0.1051'],
    ['Cross_sale', '0.3', '0.0263'],
    ['Authority', '0.1', '0.0168'],
    ['Seller', '77.229', '0.4152'],
    ['Product', '38.419', '0.2928'],
    ['RFI', '4.032', '0.0949'],
    ['RFP', '0.466', '0.0322'],
  ])('go with the outcome as published: %s', (name, chiSquare, v) => {
    const columns = readColumns(DEALS, ';');
    const found = contingency(tableOf(columnOf(columns, name), columnOf(columns, 'Status')));
    expect(found.n).toBe(448);
    expect(found.chiSquare).not.toBeNull();
    expect(found.chiSquare?.toFixed(digitsOf(chiSquare))).toBe(chiSquare);
    // The published V of a 2 x 2 table is that of the corrected chi-square; the product's is that of the uncorrected one.
    const published = cramersVOf(found.chiSquare ?? 0, found.n, found.rows, found.columns);
    expect(published.toFixed(digitsOf(v))).toBe(v);
    if (found.rows > 2) expect(found.cramersV).toBe(published);
    else expect(found.cramersV).toBeGreaterThan(published);
  });
});

describeWith(CREATORS, FRIENDS)('the English Twitch creators', () => {
  /** Whole numbers that are all the same to a correlation: a factor and an offset leave it as it is. */
  const correlation = (xs: readonly bigint[], ys: readonly bigint[]): number | null => {
    const sum = (term: (x: bigint, y: bigint) => bigint): bigint =>
      xs.reduce((total, x, at) => total + term(x, ys[at]!), 0n);
    return pearson({
      n: xs.length,
      x: sum((x) => x),
      y: sum((_, y) => y),
      xx: sum((x) => x * x),
      yy: sum((_, y) => y * y),
      xy: sum((x, y) => x * y),
    }).r;
  };
  const steps = (value: number): bigint => BigInt(Math.round(value * 1e9));

  it.each([
    ['log10(views + 1)', '0.5749'],
    ['degree', '0.4127'],
    ['log10(degree + 1)', '0.3511'],
    ['views', '0.2476'],
    ['days', '0.1402'],
    ['mature', '-0.0281'],
  ])('have the correlation of %s with a partnership', (name, printed) => {
    const columns = readColumns(CREATORS, ',');
    const partner = columnOf(columns, 'partner').map((value) => (value === 'True' ? 1n : 0n));
    expect(partner).toHaveLength(7126);
    expect(partner.filter((value) => value === 1n)).toHaveLength(384);
    const friends = new Map<string, number>();
    const edges = readColumns(FRIENDS, ',');
    for (const id of [...columnOf(edges, 'from'), ...columnOf(edges, 'to')])
      friends.set(id, (friends.get(id) ?? 0) + 1);
    // The edges name creators by new_id, not by id.
    const degree = columnOf(columns, 'new_id').map((id) => friends.get(id) ?? 0);
    const views = columnOf(columns, 'views').map(Number);
    const features: Record<string, number[]> = {
      'log10(views + 1)': views.map((value) => Math.log10(value + 1)),
      degree,
      'log10(degree + 1)': degree.map((value) => Math.log10(value + 1)),
      views,
      days: columnOf(columns, 'days').map(Number),
      mature: columnOf(columns, 'mature').map((value) => (value === 'True' ? 1 : 0)),
    };
    const r = correlation(features[name]!.map(steps), partner);
    expect(r?.toFixed(digitsOf(printed))).toBe(printed);
  });
});
