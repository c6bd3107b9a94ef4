import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { FileWorld } from '../support/files.js';

jest.setTimeout(180_000);

let world: FileWorld;
beforeAll(async () => {
  world = await FileWorld.open();
});
afterAll(() => world.close());
beforeEach(() => world.empty());

describe('NDJSON', () => {
  const FILE = 'external/orders.ndjson';
  const declare = (options = '') =>
    world.declare(`name: orders
description: Orders
path: ${FILE}
format: ndjson
key: [id]
${options}
columns:
  - { name: id, type: bigint }
  - { name: amount, type: 'decimal(18,8)', nullable: true }
  - { name: label, type: string, from: Label, nullable: true }
  - { name: active, type: boolean, nullable: true }
`);

  it('keeps every digit of a number, null apart from empty, and what is nested as JSON', async () => {
    world.putFile(
      FILE,
      [
        '{"id": 9007199254740993, "amount": 1234567890.12345678, "Label": "", "active": true, "more": 1}',
        '{"Label":"tab\\t \\u00e9 \\"1\\" \\\\N","id":-9223372036854775808,"amount":1E2}',
        '{"id":3,"amount":null,"Label":{"a":[1.10,90071992547409931,"x\\"1"]},"active":false}',
        '{"id":4,"Label":12345678901234567890.10}',
        '{"id":"5","Label":"NULL","__proto__":{"amount":1}}',
      ].join('\r\n'),
    );
    expect(await world.extract(declare())).toMatchObject({ loaded: 5, rejected: 0 });
    expect(await world.rows('SELECT id, amount, label, active FROM raw_orders ORDER BY id')).toEqual([
      { id: '-9223372036854775808', amount: '100.00000000', label: 'tab\t é "1" \\N', active: null },
      { id: '3', amount: null, label: '{"a":[1.10,90071992547409931,"x\\"1"]}', active: false },
      { id: '4', amount: null, label: '12345678901234567890.10', active: null },
      { id: '5', amount: null, label: 'NULL', active: null },
      { id: '9007199254740993', amount: '1234567890.12345678', label: '', active: true },
    ]);
  });

  it('has each malformed line rejected at its number, and the others loaded', async () => {
    const bad: [string | Buffer, string][] = [
      ['{"id":1', 'bad_json'],
      ['[1]', 'bad_json'],
      ['null', 'bad_json'],
      ['{"id":01}', 'bad_json'],
      ['{"id":1.}', 'bad_json'],
      ['{"id":1}{"id":2}', 'bad_json'],
      ["{'id':1}", 'bad_json'],
      ['{"id":1,"Label":"\\u0000"}', 'nul_byte'],
      [Buffer.from('{"id":1,"Label":"\xe9"}', 'latin1'), 'bad_encoding'],
      ['{"id":1.5}', 'bad_number'],
      ['{"id":9223372036854775808}', 'bad_number'],
      ['{"Label":"no id"}', 'missing_value'],
      ['{"id":7,"active":1}', 'bad_boolean'],
    ];
    world.putFile(
      FILE,
      Buffer.concat(
        [...bad.map(([line]) => line), '', '{"id":99}'].map((line) =>
          Buffer.concat([Buffer.from(line), Buffer.from('\n')]),
        ),
      ),
    );
    expect(await world.extract(declare())).toMatchObject({ loaded: 1, rejected: bad.length });
    expect((await world.rejects('orders')).map(({ line, code }) => [line, code])).toEqual(
      bad.map(([, code], index) => [index + 1, code]),
    );
  });
});

describe('Parquet', () => {
  // Written by Arrow, not by the engine that reads it: row by row the values that other readers bend.
  const orders = readFileSync(new URL('../fixtures/orders.parquet', import.meta.url));
  const FILE = 'external/orders.parquet';
  const declare = (column = '') =>
    world.declare(`name: orders
description: Orders
path: ${FILE}
format: parquet
key: [id]
columns:
  - { name: id, type: bigint, from: Order ID }
  - { name: amount, type: 'decimal(18,4)', nullable: true }
  - { name: at, type: timestamp, nullable: true }
  - { name: seen_at, type: timestamp, nullable: true }
  - { name: zoned_at, type: timestamp }
  - { name: day, type: date, nullable: true }
  - { name: active, type: boolean, nullable: true }
  - { name: rate, type: float, nullable: true }
  - { name: label, type: string, nullable: true }
${column}`);

  it('is exact: integers, decimals, instants, days, null', async () => {
    world.putFile(FILE, orders);
    expect(await world.extract(declare())).toMatchObject({ staged: 3, loaded: 3, rejected: 0 });
    expect(
      await world.rows(
        'SELECT * EXCEPT (_row_hash, _version_at, _deleted, _extracted_at, _run_id) FROM raw_orders ORDER BY id DESC',
      ),
    ).toEqual([
      {
        id: '9007199254740993',
        amount: '12345678901234.5678',
        at: '2026-01-05T10:00:00.123456Z',
        seen_at: '2026-03-29T02:30:00.000001Z',
        zoned_at: '2026-07-01T10:00:00.000000Z',
        day: '2024-02-29',
        active: true,
        rate: 0.1,
        label: 'NULL',
      },
      {
        id: '3',
        amount: null,
        at: null,
        seen_at: '2026-01-01T00:00:00.000000Z',
        zoned_at: '2026-07-01T10:00:00.000000Z',
        day: null,
        active: null,
        rate: null,
        label: null,
      },
      {
        id: '-9223372036854775808',
        amount: '-0.0001',
        at: '1969-12-31T23:59:59.999999Z',
        seen_at: null,
        zoned_at: '2026-07-01T10:00:00.000000Z',
        day: '1950-01-01',
        active: false,
        rate: 1e300,
        label: 'a\tb\\N\n"',
      },
    ]);
    expect(await world.extract(declare())).toMatchObject({ staged: 3, loaded: 0, rejected: 0 });
  });

  it('has a bad value rejected with the number of its row', async () => {
    world.putFile(FILE, orders);
    expect(await world.extract(declare('  - { name: seats, type: integer }'))).toMatchObject({
      loaded: 2,
      rejected: 1,
    });
    expect(await world.rejects('orders')).toMatchObject([{ file: FILE, line: 3, code: 'bad_number' }]);
  });

  it.each([
    ['is cut', () => orders.subarray(0, orders.length - 100), 'source_file_malformed'],
    [
      'is damaged in the middle',
      () => Buffer.concat([orders.subarray(0, 200), Buffer.alloc(300), orders.subarray(500)]),
      'source_file_malformed',
    ],
    ['is another thing', () => Buffer.from('id,amount\n1,2\n'), 'source_file_malformed'],
    ['is empty', () => Buffer.alloc(0), 'source_file_malformed'],
  ])('that %s fails its source and loads nothing', async (_name, content, code) => {
    world.putFile(FILE, content());
    const report = await world.extract(declare());
    expect(report).toMatchObject({ status: 'failed', error: { class: 'configuration', code } });
    expect(report.error?.message).toContain(FILE);
    expect(await world.rows('SELECT count() AS n FROM raw_orders')).toEqual([{ n: '0' }]);
    expect(
      await world.rows(
        `SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE 'stage_parquet%'`,
      ),
    ).toEqual([]);
  });

  it('that lacks a declared column says so', async () => {
    world.putFile(FILE, orders);
    expect((await world.extract(declare('  - { name: absent, type: string }'))).error).toMatchObject({
      class: 'configuration',
      code: 'source_column_missing',
      message: expect.stringContaining('absent'),
    });
  });
});

describe('a gzip file', () => {
  const declare = () =>
    world.declare(`name: orders
description: Orders
path: external/orders.csv.gz
format: csv
key: [id]
columns:
  - { name: id, type: integer }
`);
  const content = gzipSync(`id\n${Array.from({ length: 50_000 }, (_, n) => n).join('\n')}\n`);

  it('is unpacked on the way', async () => {
    world.putFile('external/orders.csv.gz', content);
    expect(await world.extract(declare())).toMatchObject({ loaded: 50_000, rejected: 0 });
  });

  it('that is cut fails its source and loads nothing', async () => {
    world.putFile('external/orders.csv.gz', content.subarray(0, content.length - 1000));
    expect(await world.extract(declare())).toMatchObject({
      loaded: 0,
      error: { class: 'configuration', code: 'source_file_malformed' },
    });
    expect(await world.rows('SELECT count() AS n FROM raw_orders')).toEqual([{ n: '0' }]);
  });
});
