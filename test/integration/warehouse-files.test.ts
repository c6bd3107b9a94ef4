import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { uuidOf } from '../factories/product-rows.js';
import { FileWorld } from '../support/files.js';
import type { ReportedSource, Warehouse } from '../support/warehouse.js';

jest.setTimeout(180_000);

let files: FileWorld;
let world: Warehouse;
beforeAll(async () => {
  files = await FileWorld.open();
  world = files.warehouse;
});
afterAll(() => files.close());
beforeEach(() => files.empty());

async function extract(source: string): Promise<[number, number]> {
  const report = (await world.extract({ only: [source] }))[source];
  expect(report?.error).toBeUndefined();
  return [report?.loaded ?? -1, report?.rejected ?? -1];
}
const failure = async (source: string): Promise<ReportedSource['error']> =>
  (await world.extract({ only: [source] }))[source]?.error;
const codes = async (): Promise<string[]> =>
  (await world.rejects()).map((reject) => `${reject.recordKey} ${reject.reasonCode}`).sort();

describe('a file', () => {
  const RATES = 'external/fx_rates.csv';
  const COSTS = 'external/unit_economics.csv';
  const rates = () =>
    world.rows('SELECT date, currency, rate FROM raw_fx_rates ORDER BY _extracted_at, date, currency');

  it('that is optional may be absent, and may come later', async () => {
    expect(await extract('fx_rates')).toEqual([0, 0]);
    world.putFile(RATES, '');
    expect(await failure('fx_rates')).toMatchObject({
      class: 'configuration',
      code: 'source_column_missing',
    });
    world.putFile(RATES, 'date,currency,rate\n');
    expect(await extract('fx_rates')).toEqual([0, 0]);
    world.putFile(RATES, 'date,currency,rate\n2026-01-05,EUR,1.1\n');
    expect(await extract('fx_rates')).toEqual([1, 0]);
  });

  it('has its columns found by name, whatever their order, quotes, line ends and byte order mark', async () => {
    world.putFile(
      RATES,
      '\uFEFF"rate","source, as published",currency,date\r\n1.10,"Reuters, London",EUR,2026-01-05\r\n"0.0065","""quoted""",JPY,"2026-01-05"\r\n',
    );
    expect(await extract('fx_rates')).toEqual([2, 0]);
    expect(await rates()).toEqual([
      { date: '2026-01-05', currency: 'EUR', rate: '1.10000000' },
      { date: '2026-01-05', currency: 'JPY', rate: '0.00650000' },
    ]);
  });

  it('keeps commas, quotes and line breaks inside quotes', async () => {
    world.putFile(RATES, 'date,currency,rate\n2026-01-05,"E,U\n""R""",1.5\n2026-01-06,EUR,1.25');
    expect(await extract('fx_rates')).toEqual([2, 0]);
    expect((await rates()).map((row) => row.currency)).toEqual(['E,U\n"R"', 'EUR']);
  });

  it('has a repeated row once, and a changed row and one that changed back as versions', async () => {
    for (const [rate, loaded] of [
      ['1.1', 1],
      ['1.1', 0],
      ['1.2', 1],
      ['1.1', 1],
      ['1.1', 0],
    ] as const) {
      world.putFile(RATES, `date,currency,rate\n${`2026-01-05,EUR,${rate}\n`.repeat(2)}`);
      expect([rate, await extract('fx_rates')]).toEqual([rate, [loaded, 0]]);
    }
    expect(await world.list('SELECT argMax(rate, _extracted_at) FROM raw_fx_rates')).toEqual(['1.10000000']);
  });

  it('that gives one key two values has both rejected and keeps what it said before', async () => {
    world.putFile(RATES, 'date,currency,rate\n2026-01-05,EUR,1.1\n');
    await extract('fx_rates');
    world.putFile(
      RATES,
      'date,currency,rate\n2026-01-05,EUR,1.2\n2026-01-05,EUR,1.3\n2026-01-05,GBP,1.4\n2026-01-05,GBP,x\n',
    );
    expect(await extract('fx_rates')).toEqual([1, 3]);
    expect(await extract('fx_rates')).toEqual([0, 0]);
    expect(await rates()).toEqual([
      { date: '2026-01-05', currency: 'EUR', rate: '1.10000000' },
      { date: '2026-01-05', currency: 'GBP', rate: '1.40000000' },
    ]);
    expect(await codes()).toEqual([
      '2026-01-05|EUR duplicate_key',
      '2026-01-05|EUR duplicate_key',
      '2026-01-05|GBP bad_number',
    ]);
  });

  it('has its bad rows rejected, one by one and never bent into a value', async () => {
    const bad: [string, string][] = [
      ['2026-02-30,EUR,1.1', 'bad_date'],
      ['2026-13-01,EUR,1.1', 'bad_date'],
      ['05/01/2026,EUR,1.1', 'bad_date'],
      ['2300-01-01,EUR,1.1', 'bad_date'],
      [',EUR,1.1', 'missing_value'],
      ['2026-01-05,,1.1', 'missing_value'],
      ['2026-01-05,N/A,1.2', 'missing_value'],
      ['2026-01-05,A,', 'missing_value'],
      ['2026-01-05,B,NaN', 'bad_number'],
      ['2026-01-05,C,1.2.3', 'bad_number'],
      ['2026-01-05,D,-', 'bad_number'],
      ['2026-01-05,E,.', 'bad_number'],
      ['2026-01-05,F,"1,5"', 'bad_number'],
      ['2026-01-05,G,1 000', 'bad_number'],
      ['2026-01-05,H,20000000000', 'bad_number'],
      ['2026-01-05,I,0', 'rate_not_positive'],
      ['2026-01-05,J,-1', 'rate_not_positive'],
    ];
    const good = [
      '2026-02-28,EUR,1.1',
      '2026-01-05,L,1.123456785',
      '2026-01-05,M,.5',
      '2026-01-05,N,1e2',
      '2026-01-05,O,+2',
    ];
    world.putFile(RATES, ['date,currency,rate', ...bad.map(([line]) => line), ...good].join('\n'));
    expect(await extract('fx_rates')).toEqual([good.length, bad.length]);
    expect((await world.rejects()).map((reject) => reject.reasonCode).sort()).toEqual(
      bad.map(([, code]) => code).sort(),
    );
    expect(await world.list('SELECT rate FROM raw_fx_rates ORDER BY currency')).toEqual([
      '1.10000000',
      '1.12345679',
      '0.50000000',
      '100.00000000',
      '2.00000000',
    ]);
  });

  it('of costs has months, and money that is not negative', async () => {
    world.putFile(
      COSTS,
      [
        'month,acquisition_cost,revenue,gross_margin,currency',
        '2026-01,100.50,900,0.75,USD',
        '2026-02-01,100,900,0.75,USD',
        '2026-03-15,100,900,0.75,USD',
        '2026-13,100,900,0.75,USD',
        '2026-04,-0.01,900,0.75,USD',
        '2026-05,100,-1,0.75,USD',
        '2026-06,100,900,-0.5,USD',
      ].join('\n'),
    );
    expect(await extract('unit_economics')).toEqual([3, 4]);
    expect(await world.list('SELECT month FROM raw_unit_economics ORDER BY month')).toEqual([
      '2026-01-01',
      '2026-02-01',
      '2026-06-01',
    ]);
    expect(await codes()).toEqual([
      '2026-03-15|USD bad_date',
      '2026-04|USD negative_money',
      '2026-05|USD negative_money',
      '2026-13|USD bad_date',
    ]);
  });

  it('that is no table fails its source, names the declaration and what it found, and leaves the others alone', async () => {
    world.putFile(RATES, 'date;currency;rate\n2026-01-05;EUR;1.1\n');
    world.putFile(COSTS, 'month,acquisition_cost,revenue,gross_margin,currency\n2026-01,1,1,1,USD\n');
    const reports = await world.extract({ only: ['fx_rates', 'unit_economics'] });
    expect(reports.fx_rates?.error).toMatchObject({ class: 'configuration', code: 'source_column_missing' });
    expect(reports.fx_rates?.error?.message).toBe(
      "Source fx_rates: external/fx_rates.csv: has no column date; its header names 'date;currency;rate'. It is declared in sources/fx_rates.yaml.",
    );
    expect(reports.unit_economics?.status).toBe('succeeded');
    expect(await rates()).toEqual([]);
  });

  it('may be declared with every type of the contract; its raw table is made from the declaration', async () => {
    const members = files.declare(`name: members
description: Members
path: external/members.csv
format: csv
key: [id]
columns:
  - { name: id, type: uuid }
  - { name: seats, type: integer }
  - { name: visits, type: bigint }
  - { name: joined_at, type: timestamp }
  - { name: active, type: boolean }
  - { name: note, type: string, nullable: true }
`);
    expect((await files.extract(members)).error).toMatchObject({
      class: 'configuration',
      code: 'source_file_missing',
    });
    const rest = '2026-01-05T10:00:00Z,true,';
    const bad: [string, string][] = [
      [`${uuidOf('b')}x,3,1,${rest}`, 'bad_uuid'],
      [`zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz,3,1,${rest}`, 'bad_uuid'],
      [`00000000-0000-0000-0000-000000000000,3,1,${rest}`, 'bad_uuid'],
      [`${uuidOf('c')},2147483648,1,${rest}`, 'bad_number'],
      [`${uuidOf('d')},1,9223372036854775808,${rest}`, 'bad_number'],
      [`${uuidOf('e')},1,1,2026-01-05T25:00:00Z,true,`, 'bad_timestamp'],
      [`${uuidOf('e2')},1,1,2026-02-30T10:00:00Z,true,`, 'bad_timestamp'],
      [`${uuidOf('e3')},1,1,2026-02-30 10:00:00,true,`, 'bad_timestamp'],
      [`${uuidOf('e4')},1,1,2026-01-05T10:00:61Z,true,`, 'bad_timestamp'],
      [`${uuidOf('e5')},1,1,5 Jan 2026 10:00,true,`, 'bad_timestamp'],
      [`${uuidOf('f')},1,1,2026-01-05T10:00:00Z,perhaps,`, 'bad_boolean'],
    ];
    const good = [
      `${uuidOf('a')},3,9007199254740993,2026-01-05T10:00:00.123456+02:00,true,`,
      `${uuidOf('g')},-1,-9223372036854775808,2026-01-05,f,NULL`,
    ];
    world.putFile(
      'external/members.csv',
      ['id,seats,visits,joined_at,active,note', ...bad.map(([line]) => line), ...good].join('\n'),
    );
    expect(await files.extract(members)).toMatchObject({ loaded: good.length, rejected: bad.length });
    expect((await files.rejects('members')).map(({ code, line }) => [line, code])).toEqual(
      bad.map(([, code], index) => [index + 2, code]),
    );
    expect(
      await world.rows('SELECT seats, visits, joined_at, active, note FROM raw_members ORDER BY seats DESC'),
    ).toEqual([
      {
        seats: 3,
        visits: '9007199254740993',
        joined_at: '2026-01-05T08:00:00.123456Z',
        active: true,
        note: null,
      },
      {
        seats: -1,
        visits: '-9223372036854775808',
        joined_at: '2026-01-05T00:00:00.000000Z',
        active: false,
        note: 'NULL',
      },
    ]);
  });
});
