import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { FileWorld } from '../support/files.js';

jest.setTimeout(240_000);

let world: FileWorld;
beforeAll(async () => {
  world = await FileWorld.open();
});
afterAll(() => world.close());
beforeEach(() => world.empty());

const FILE = 'external/orders.csv';
const declare = (options = '', columns = '') =>
  world.declare(`name: orders
description: Orders
path: ${FILE}
format: csv
key: [id]
${options}
columns:
  - { name: id, type: integer }
  - { name: customer, type: string, nullable: true }
  - { name: amount, type: 'decimal(12,2)', nullable: true }
${columns}`);
const loaded = () => world.rows('SELECT id, customer, amount FROM raw_orders ORDER BY id');
const lines = async () => (await world.rejects('orders')).map(({ line, code }) => [line, code]);

describe('a dirty file', () => {
  /** File text, and per line that is no blank and no header: `ok` or the reject's code. */
  const corpus: [name: string, content: string | Buffer, verdicts: Record<number, string>][] = [
    [
      'has a stray quote',
      'id,customer,amount\n1,"Ann,1\n2,Bob,2\n3,"C,D",3\n',
      { 2: 'unbalanced_quote', 3: 'ok', 4: 'ok' },
    ],
    [
      'ends in a stray quote',
      'id,customer,amount\r\n1,Ann,1\r\n2,"Bob,2\r\n',
      { 2: 'ok', 3: 'unbalanced_quote' },
    ],
    [
      'has short and long rows',
      'id,customer,amount\n1,Ann\n2,Bob,2,3\n3,C,3,\n4\n',
      { 2: 'short_row', 3: 'long_row', 4: 'ok', 5: 'short_row' },
    ],
    [
      'has lone CR and blank lines',
      'id,customer,amount\r\r1,Ann,1\r\r\r2,Bob,x\r',
      { 3: 'ok', 6: 'bad_number' },
    ],
    ['has NUL bytes', 'id,customer,amount\n1,A\0n,1\n2,Bob,2\n', { 2: 'nul_byte', 3: 'ok' }],
    [
      'has Latin-1 bytes in UTF-8',
      Buffer.from('id,customer,amount\n1,Zo\xeb,1\n2,Bob,2\n', 'latin1'),
      { 2: 'bad_encoding', 3: 'ok' },
    ],
    [
      'has NULL and nan as text',
      'id,customer,amount\n1,NULL,1\n2,nan,2\n3,N/A,NaN\n4,\\N,4\n',
      { 2: 'ok', 3: 'ok', 4: 'bad_number', 5: 'ok' },
    ],
    [
      'has thousands and decimal commas undeclared',
      'id,customer,amount\n1,A,"1,234"\n2,B,"1,5"\n3,C,1.234,50\n',
      { 2: 'bad_number', 3: 'bad_number', 4: 'long_row' },
    ],
    [
      'has a huge line',
      `id,customer,amount\n1,${'x'.repeat(5_000_000)},1\n2,Bob,2\n`,
      { 2: 'line_too_long', 3: 'ok' },
    ],
    [
      'repeats its header',
      'id,customer,amount\n1,A,1\nid,customer,amount\n2,B,2\n',
      { 2: 'ok', 3: 'bad_number', 4: 'ok' },
    ],
    ['has the same bad line twice', 'id,customer,amount\n1\n1\n', { 2: 'short_row', 3: 'short_row' }],
    ['is nothing but a header', 'id,customer,amount\n', {}],
    ['is a header without a line end', '\uFEFF id , customer ,amount', {}],
  ];
  it.each(corpus)(
    'that %s: every line is loaded or rejected with its reason',
    async (_name, content, verdicts) => {
      const orders = declare();
      world.putFile(FILE, content);
      const good = Object.values(verdicts).filter((verdict) => verdict === 'ok').length;
      const all = Object.keys(verdicts).length;
      expect(await world.extract(orders)).toMatchObject({ staged: all, loaded: good, rejected: all - good });
      expect(await lines()).toEqual(
        Object.entries(verdicts)
          .filter(([, verdict]) => verdict !== 'ok')
          .map(([line, verdict]) => [Number(line), verdict]),
      );
      // Read again, everything is known already.
      expect(await world.extract(orders)).toMatchObject({ staged: all, loaded: 0, rejected: 0 });
    },
  );

  it('keeps words that mean nothing to others, unless they are declared to be null', async () => {
    const content = 'id,customer,amount\n1,NULL,1\n2,nan,N/A\n3,\\N,\n4,"",4\n';
    world.putFile(FILE, content);
    expect(await world.extract(declare())).toMatchObject({ loaded: 3, rejected: 1 });
    expect(await loaded()).toEqual([
      { id: 1, customer: 'NULL', amount: '1.00' },
      { id: 3, customer: '\\N', amount: null },
      { id: 4, customer: null, amount: '4.00' },
    ]);
    await world.empty();
    world.putFile(FILE, content);
    expect(await world.extract(declare(`null_values: ['', 'NULL', 'nan', 'N/A', '\\N']`))).toMatchObject({
      loaded: 4,
    });
    expect((await loaded()).map(({ customer }) => customer)).toEqual([null, null, null, null]);
  });

  it('shows a rejected line as it came, with file and reason', async () => {
    world.putFile(FILE, 'id,customer,amount\n1,"Ann\tB,1\n2,Bob,x\n');
    await world.extract(declare());
    expect(await world.rejects('orders')).toEqual([
      {
        file: FILE,
        line: 2,
        code: 'unbalanced_quote',
        reason: 'a quoted cell begins here and it is never closed',
        payload: { line: '1,"Ann\tB,1' },
      },
      {
        file: FILE,
        line: 3,
        code: 'bad_number',
        reason: 'amount is no decimal(12,2)',
        payload: { id: '2', customer: 'Bob', amount: 'x' },
      },
    ]);
  });

  it('loses no row to a damaged line: what may have stood there is not deleted', async () => {
    const orders = declare();
    world.putFile(FILE, 'id,customer,amount\n1,A,1\n2,B,2\n3,C,3\n');
    await world.extract(orders);
    world.putFile(FILE, 'id,customer,amount\n1,A,1\n2,"B,2\n');
    expect(await world.extract(orders)).toMatchObject({ rejected: 1, deleted: 0 });
    world.putFile(FILE, 'id,customer,amount\n1,A,1\n2,B,2\n');
    expect(await world.extract(orders)).toMatchObject({ rejected: 0, deleted: 1 });
  });

  it('that gives two columns one name is refused, unless the column is picked by position', async () => {
    world.putFile(FILE, 'id,amount,customer,amount\n1,10,Ann,20\n');
    expect((await world.extract(declare())).error).toMatchObject({
      class: 'configuration',
      code: 'source_column_ambiguous',
      message: expect.stringContaining('has the column amount more than once'),
    });
    const byPlace = world.declare(`name: orders
description: Orders
path: ${FILE}
format: csv
key: [id]
columns:
  - { name: id, type: integer }
  - { name: customer, type: string, from: 3 }
  - { name: amount, type: 'decimal(12,2)', from: 4 }
`);
    await world.extract(byPlace);
    expect(await loaded()).toEqual([{ id: 1, customer: 'Ann', amount: '20.00' }]);
  });

  it.each([
    ['ID,Customer,amount', "has no column id; its header names 'ID', 'Customer', 'amount'"],
    ['', 'has no column id: it is empty'],
    ['"id,customer,amount', 'has a header that is no line of its own'],
  ])('whose header is %p says what was found', async (header, message) => {
    world.putFile(FILE, header && `${header}\n1,A,1\n`);
    const { error } = await world.extract(declare());
    expect(error).toMatchObject({ class: 'configuration' });
    expect(error?.message).toContain(message);
  });
});

describe('declared', () => {
  it.each([
    ['utf-8', 'utf-8', (text: string) => Buffer.from(text)],
    ['windows-1252', 'windows-1252', (text: string) => Buffer.from(text, 'latin1')],
    [
      'macintosh',
      'macintosh',
      (text: string) => Buffer.from(text.replaceAll('ë', '\x91').replaceAll('ü', '\x9f'), 'latin1'),
    ],
    ['utf-16le with mark', 'utf-8', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['utf-16be with mark', 'utf-8', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
    ['utf-16le', 'utf-16le', (text: string) => Buffer.from(text, 'utf16le')],
  ])('encoding: %s', async (_name, encoding, encode) => {
    world.putFile(FILE, encode('id,Kündë,amount\r\n1,"Zoë; Jürg",1\r\n2,Bob,2\r\n'));
    const orders = world.declare(`name: orders
description: Orders
path: ${FILE}
format: csv
key: [id]
encoding: ${encoding}
columns:
  - { name: id, type: integer }
  - { name: customer, type: string, from: Kündë }
  - { name: amount, type: 'decimal(12,2)' }
`);
    expect(await world.extract(orders)).toMatchObject({ loaded: 2, rejected: 0 });
    expect(await loaded()).toEqual([
      { id: 1, customer: 'Zoë; Jürg', amount: '1.00' },
      { id: 2, customer: 'Bob', amount: '2.00' },
    ]);
  });

  it('numbers with a decimal comma and thousands are exact, and others are rejected', async () => {
    const orders = declare(
      `delimiter: ';'\ndecimal: comma\nthousands: '.'`,
      `  - { name: rate, type: float, decimal: point, thousands: none }\n  - { name: parts, type: bigint, thousands: ' ' }`,
    );
    const good: [string, string][] = [
      ['1.234,50', '1234.50'],
      ['-1.234.567,89', '-1234567.89'],
      ['1234,5', '1234.50'],
      ['0,1', '0.10'],
      ['12', '12.00'],
    ];
    const bad = ['1.5', '1,234.50', '12.34,5', '1.2345,6', ',5', '1,', '1e3', '1 234,5'];
    world.putFile(
      FILE,
      [
        'id;customer;amount;rate;parts',
        ...good.map(([text], n) => `${n};a;${text};0.5;9 007 199 254 740 993`),
        ...bad.map((text, n) => `${100 + n};a;${text};1.5;1`),
        '200;a;1;1,5;1',
        '201;a;1;1.5;1 00',
        '202;a;1;1.5;1\u00A0000',
      ].join('\n'),
    );
    expect(await world.extract(orders)).toMatchObject({ loaded: good.length + 1, rejected: bad.length + 2 });
    expect((await loaded()).map(({ amount }) => amount)).toEqual([...good.map(([, value]) => value), '1.00']);
    expect(await world.rows('SELECT DISTINCT parts, rate FROM raw_orders ORDER BY parts')).toEqual([
      { parts: '1000', rate: 1.5 },
      { parts: '9007199254740993', rate: 0.5 },
    ]);
  });

  it('dates begin with the day, and local times are instants of their zone', async () => {
    const orders = declare(
      `date_format: dd/MM/yyyy\ntimestamp_format: d.M.yyyy H:mm:ss\ntime_zone: Europe/Zurich`,
      `  - { name: day, type: date }
  - { name: at, type: timestamp }
  - { name: ordered, type: timestamp, format: "MMM d yyyy hh:mm a", time_zone: America/New_York, nullable: true }
  - { name: period, type: month, format: MM/yyyy, nullable: true }`,
    );
    const rows: [string, string][] = [
      ['01/02/2026,1.7.2026 9:05:00,Jul 4 2026 12:00 AM,12/2025', 'ok'],
      ['29/02/2024,31.12.2025 23:59:59,,', 'ok'],
      ['31/02/2026,1.7.2026 9:05:00,,', 'bad_date'],
      ['13/13/2026,1.7.2026 9:05:00,,', 'bad_date'],
      ['2026-01-02,1.7.2026 9:05:00,,', 'bad_date'],
      ['1/2/2026,1.7.2026 9:05:00,,', 'bad_date'],
      ['01/02/2026,30.2.2026 9:05:00,,', 'bad_timestamp'],
      ['01/02/2026,29.3.2026 2:30:00,,', 'bad_timestamp'],
      ['01/02/2026,25.10.2026 2:30:00,,', 'ok'],
      ['01/02/2026,1.7.2026 24:00:00,,', 'bad_timestamp'],
      ['01/02/2026,1.7.2026 9:05:00,Jul 4 2026 13:00 PM,', 'bad_timestamp'],
      ['01/02/2026,1.7.2026 9:05:00,,13/2025', 'bad_date'],
    ];
    world.putFile(
      FILE,
      ['id,customer,amount,day,at,ordered,period', ...rows.map(([text], n) => `${n},a,1,${text}`)].join('\n'),
    );
    await world.extract(orders);
    expect(await lines()).toEqual(rows.flatMap(([, code], n) => (code === 'ok' ? [] : [[n + 2, code]])));
    expect(await world.rows('SELECT day, at, ordered, period FROM raw_orders ORDER BY id')).toEqual([
      {
        day: '2026-02-01',
        at: '2026-07-01T07:05:00.000000Z',
        ordered: '2026-07-04T04:00:00.000000Z',
        period: '2025-12-01',
      },
      { day: '2024-02-29', at: '2025-12-31T22:59:59.000000Z', ordered: null, period: null },
      { day: '2026-02-01', at: '2026-10-25T00:30:00.000000Z', ordered: null, period: null },
    ]);
  });

  it('files without a header, with a preamble, other separators and padded cells', async () => {
    world.putFile('external/a_1.csv', "Export of today\n\n 1 | 'a|b' |x| 2.5 \n");
    world.putFile('external/a_2.csv', 'Export\n\n2|c|x|3\n2|c\n');
    const orders = world.declare(`name: orders
description: Orders
path: external/a_*.csv
format: csv
key: [id]
header: false
skip_lines: 1
delimiter: '|'
quote: none
trim: true
columns:
  - { name: id, type: integer }
  - { name: customer, type: string }
  - { name: amount, type: 'decimal(12,2)', from: 4 }
`);
    await world.extract(orders);
    expect(await loaded()).toEqual([{ id: 2, customer: 'c', amount: '3.00' }]);
    expect((await world.rejects('orders')).map(({ file, line, code }) => [file, line, code])).toEqual([
      ['external/a_1.csv', 3, 'bad_number'],
      ['external/a_2.csv', 4, 'short_row'],
    ]);
  });

  it('another style reads the same text anew', async () => {
    world.putFile(FILE, 'id,customer,amount\n1,a,1.500\n2,b,7\n');
    await world.extract(declare());
    expect(await world.extract(declare(`decimal: comma\nthousands: '.'`))).toMatchObject({
      loaded: 2,
      rejected: 0,
    });
    expect(
      await world.rows(
        'SELECT id, argMax(amount, _extracted_at) AS amount FROM raw_orders GROUP BY id ORDER BY id',
      ),
    ).toEqual([
      { id: 1, amount: '1500.00' },
      { id: 2, amount: '7.00' },
    ]);
  });

  it('columns that come later are added, and a changed type is refused', async () => {
    world.putFile(FILE, 'id,customer,amount,note,id2\n1,A,1,hello,7\n');
    await world.extract(declare());
    expect(await world.extract(declare('', '  - { name: note, type: string }'))).toMatchObject({ loaded: 1 });
    expect(await world.rows('SELECT id, note FROM raw_orders ORDER BY _extracted_at')).toEqual([
      { id: 1, note: null },
      { id: 1, note: 'hello' },
    ]);
    expect(
      (await world.extract(declare('', '  - { name: note, type: integer, from: id2 }'))).error,
    ).toMatchObject({
      class: 'configuration',
      code: 'raw_column_type',
      message: expect.stringContaining('note is declared as integer'),
    });
  });
});

it('random tables, dialects and damage: rows in = loaded + rejected + known, each reject at its line', async () => {
  const cell = fc.string({
    unit: fc.constantFrom('a', 'é', ' ', ',', ';', '"', 'NULL', '\\', '\t'),
    maxLength: 6,
  });
  const kinds = fc.constantFrom('good', 'good', 'again', 'stray', 'short', 'long', 'value', 'nul', 'blank');
  const table = fc.array(fc.record({ text: cell, kind: kinds }), { maxLength: 40 });
  const dialect = fc.record({
    delimiter: fc.constantFrom(',', ';', '|'),
    end: fc.constantFrom('\n', '\r\n', '\r'),
    encoding: fc.constantFrom('utf-8', 'windows-1252'),
  });
  await fc.assert(
    fc.asyncProperty(table, dialect, async (rows, { delimiter, end, encoding }) => {
      await world.empty();
      const orders = declare(`delimiter: '${delimiter}'\nencoding: ${encoding}\nnull_values: []`);
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      const good = new Map<number, string>();
      const bad: number[] = [];
      let known = 0;
      const text = rows.map(({ text, kind }, n) => {
        if (kind === 'blank') return '';
        const [earlier] = good;
        if (kind === 'again' && earlier) {
          known++;
          return [earlier[0], quoted(earlier[1]), '1'].join(delimiter);
        }
        if (kind === 'good' || kind === 'again') {
          good.set(n, text);
          return [n, quoted(text), '1'].join(delimiter);
        }
        bad.push(n + 2);
        if (kind === 'stray') return [n, '"a', '1'].join(delimiter);
        if (kind === 'short') return [n, 'a'].join(delimiter);
        if (kind === 'long') return [n, 'a', '1', 'b'].join(delimiter);
        return kind === 'nul' ? [n, 'a\0', '1'].join(delimiter) : [n, quoted(text), 'one'].join(delimiter);
      });
      const file = [`id${delimiter}customer${delimiter}amount`, ...text].map((line) => line + end).join('');
      world.putFile(FILE, Buffer.from(file, encoding === 'utf-8' ? 'utf8' : 'latin1'));
      const report = await world.extract(orders);
      expect(report.error).toBeUndefined();
      const lineCount = rows.filter(({ kind }) => kind !== 'blank').length;
      expect([report.staged, report.loaded, report.rejected]).toEqual([lineCount, good.size, bad.length]);
      expect(report.loaded + report.rejected + known).toBe(lineCount);
      expect((await lines()).map(([line]) => line)).toEqual(bad);
      expect((await loaded()).map(({ id, customer }) => [id, customer])).toEqual([...good]);
    }),
    { numRuns: 15 },
  );
});
