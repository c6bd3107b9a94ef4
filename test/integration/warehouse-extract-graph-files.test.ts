import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { fileSource, readFileSources } from '../../modules/warehouse/infrastructure/file-reader.js';
import { graphSource } from '../../modules/warehouse/infrastructure/graph-reader.js';
import { graphSources } from '../../modules/warehouse/infrastructure/sources/catalog.js';
import type { Graph } from '../../src/platform/graph/graph.js';
import { uuidOf } from '../factories/product-rows.js';
import { Warehouse, type ReportedSource } from '../support/warehouse.js';

jest.setTimeout(180_000);

let world: Warehouse;
beforeAll(async () => {
  world = await Warehouse.open();
});
afterAll(() => world.close());
beforeEach(() => world.empty());

async function extract(source: string): Promise<[number, number]> {
  const report = (await world.extract({ only: [source] }))[source];
  expect(report?.error).toBeUndefined();
  return [report?.loaded ?? -1, report?.rejected ?? -1];
}
const failure = async (source: string): Promise<ReportedSource['error']> =>
  (await world.extract({ only: [source] }))[source]?.error;
const codes = async (): Promise<string[]> =>
  (await world.rejects()).map((reject) => `${reject.recordKey} ${reject.reasonCode}`).sort();

describe('the graph', () => {
  const write = (statement: string, rows: readonly Record<string, string | number | boolean | null>[] = []) =>
    world.graph.write(statement, { rows: [...rows] }, z.unknown());
  const align = (entity: string, trend: string, strength: number | boolean, since: string | null = null) =>
    write(
      `UNWIND $rows AS row MERGE (e:Entity {id: row.e}) MERGE (t:Trend {id: row.t}) MERGE (e)-[r:ALIGNED_WITH]->(t) SET r.strength = row.s, r.since = datetime(row.since)`,
      [{ e: entity, t: trend, s: strength, since }],
    );

  it('is read whole each time, and only what changed or changed back is kept', async () => {
    await align(uuidOf('Acme'), uuidOf('trend'), 0.25, '2026-01-05T10:00:00.123456Z');
    await write(
      'UNWIND $rows AS row MERGE (a:Entity {id: row.a}) MERGE (b:Entity {id: row.b}) MERGE (a)-[r:AFFINITY]->(b) SET r.score = row.s',
      [{ a: uuidOf('Acme'), b: uuidOf('Bolt'), s: 71.5 }],
    );
    expect(await extract('graph_alignments')).toEqual([1, 0]);
    expect(await extract('graph_affinities')).toEqual([1, 0]);
    expect(await extract('graph_alignments')).toEqual([0, 0]);
    expect(
      await world.rows('SELECT * EXCEPT (_run_id, _extracted_at, _row_hash) FROM raw_graph_alignments'),
    ).toEqual([
      {
        entity_id: uuidOf('Acme'),
        trend_id: uuidOf('trend'),
        strength: 0.25,
        since: '2026-01-05T10:00:00.123456Z',
      },
    ]);
    expect(
      await world.rows('SELECT * EXCEPT (_run_id, _extracted_at, _row_hash) FROM raw_graph_affinities'),
    ).toEqual([{ entity1_id: uuidOf('Acme'), entity2_id: uuidOf('Bolt'), score: 71.5, computed_at: null }]);
    for (const strength of [0.5, 0.25]) {
      await align(uuidOf('Acme'), uuidOf('trend'), strength, '2026-01-05T10:00:00.123456Z');
      expect(await extract('graph_alignments')).toEqual([1, 0]);
    }
    expect(await world.list('SELECT argMax(strength, _extracted_at) FROM raw_graph_alignments')).toEqual([
      0.25,
    ]);
    expect(await extract('graph_alignments')).toEqual([0, 0]);
  });

  it('loses no relationship to pages, entities without one, or ids that no page holds', async () => {
    const ids = Array.from({ length: 2100 }, (_, n) => uuidOf(`paged ${n}`));
    await write(
      'UNWIND $rows AS row CREATE (e:Entity {id: row.id})',
      ids.map((id) => ({ id })),
    );
    await write(`CREATE (t:Trend {id: '${uuidOf('trend')}'})`);
    // The last entity of the order only, so that whole pages have nothing.
    const last = [...ids].sort().at(-1) ?? '';
    await align(last, uuidOf('trend'), 0.5);
    expect(await extract('graph_alignments')).toEqual([1, 0]);

    await write(`MATCH (t:Trend) CREATE (:Entity {name: 'keyless'})-[:ALIGNED_WITH {strength: 0.1}]->(t)`);
    await write(`MATCH (t:Trend) CREATE (:Entity {id: 5})-[:ALIGNED_WITH {strength: 0.2}]->(t)`);
    await write(`MATCH (t:Trend) CREATE (:Entity {id: ''})-[:ALIGNED_WITH {strength: 0.3}]->(t)`);
    await write(
      `MATCH (e:Entity {id: '${last}'}) CREATE (e)-[:ALIGNED_WITH {strength: 0.4}]->(:Trend {name: 'keyless'})`,
    );
    await write(
      `MATCH (e:Entity {id: '${last}'}) CREATE (e)-[:AFFINITY {score: 1.0}]->(:Entity {name: 'keyless too'})`,
    );
    expect(await extract('graph_alignments')).toEqual([0, 4]);
    expect(await extract('graph_affinities')).toEqual([0, 1]);
    const trend = uuidOf('trend');
    expect(await codes()).toEqual(
      [
        `|${trend} missing_value`,
        `5|${trend} bad_uuid`,
        `|${trend} bad_uuid`,
        `${last}| missing_value`,
        `${last}| missing_value`,
      ].sort(),
    );
    expect(await extract('graph_alignments')).toEqual([0, 0]);
  });

  it('has its bad values rejected one by one', async () => {
    await align('not-a-uuid', uuidOf('trend'), 0.5);
    await align(`${uuidOf('Acme')}\t\n\\N`, uuidOf('trend'), 0.5);
    await align(uuidOf('yes'), uuidOf('trend'), true);
    await align(uuidOf('good'), uuidOf('trend'), 0.5);
    await align(uuidOf('listed'), uuidOf('trend'), 0.5);
    await align(uuidOf('undated'), uuidOf('trend'), 0.5);
    await write(
      `MATCH (:Entity {id: '${uuidOf('listed')}'})-[r:ALIGNED_WITH]->() SET r.strength = [0.1, 0.2]`,
    );
    await write(
      `MATCH (:Entity {id: '${uuidOf('undated')}'})-[r:ALIGNED_WITH]->() SET r.since = 'last summer'`,
    );
    expect(await extract('graph_alignments')).toEqual([1, 5]);
    const trend = uuidOf('trend');
    expect(await codes()).toEqual(
      [
        `not-a-uuid|${trend} bad_uuid`,
        `${uuidOf('Acme')}\t\n\\N|${trend} bad_uuid`,
        `${uuidOf('yes')}|${trend} bad_number`,
        `${uuidOf('listed')}|${trend} bad_number`,
        `${uuidOf('undated')}|${trend} bad_timestamp`,
      ].sort(),
    );
  });

  it('that gives no finite number has that row rejected', async () => {
    const [definition] = graphSources;
    if (!definition) throw new Error('no graph source');
    // Neo4j can hold these floats, the embedded engine cannot.
    const pages = [
      [NaN, Infinity, 1].map((strength, n) => ({
        entity_id: uuidOf(`${n}`),
        trend_id: uuidOf('trend'),
        strength,
        since: null,
        related: true,
      })),
    ];
    const graph = { read: async () => Promise.resolve(pages.shift() ?? []) } as unknown as Graph;
    const report = await world.extract({
      only: ['graph_alignments'],
      around: () => graphSource(graph, definition),
    });
    expect(report.graph_alignments).toMatchObject({ loaded: 1, rejected: 2 });
    expect((await world.rejects()).map((reject) => reject.payload.strength).sort()).toEqual([
      'Infinity',
      'NaN',
    ]);
  });

  it('that says two things of one pair has both rejected, and a repeated relationship is one row', async () => {
    await align(uuidOf('Acme'), uuidOf('trend'), 0.5);
    await align(uuidOf('Bolt'), uuidOf('trend'), 0.5);
    const again = (entity: string, strength: number) =>
      write(
        `MATCH (e:Entity {id: '${uuidOf(entity)}'}) MATCH (t:Trend) CREATE (e)-[:ALIGNED_WITH {strength: ${strength}}]->(t)`,
      );
    await again('Acme', 0.5);
    await again('Bolt', 0.75);
    expect(await extract('graph_alignments')).toEqual([1, 2]);
    expect(await extract('graph_alignments')).toEqual([0, 0]);
    expect(new Set(await codes())).toEqual(new Set([`${uuidOf('Bolt')}|${uuidOf('trend')} duplicate_key`]));
  });
});

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

  it('that is no table fails its source, names the declaration, and leaves the others alone', async () => {
    for (const [content, code] of [
      ['date;currency;rate\n2026-01-05;EUR;1.1\n', 'source_column_missing'],
      ['date,currency,rate\n2026-01-05,EUR,1.1,surplus\n', 'source_file_malformed'],
      ['date,currency,rate\n2026-01-05,EUR\n', 'source_file_malformed'],
      ['date,currency,rate\n2026-01-05,"EUR,1.1\n2026-01-06,EUR,1.1\n', 'source_file_malformed'],
    ]) {
      world.putFile(RATES, content ?? '');
      world.putFile(COSTS, 'month,acquisition_cost,revenue,gross_margin,currency\n2026-01,1,1,1,USD\n');
      const reports = await world.extract({ only: ['fx_rates', 'unit_economics'] });
      expect(reports.fx_rates?.error).toMatchObject({ class: 'configuration', code });
      expect(reports.fx_rates?.error?.message).toContain('sources/fx_rates.yaml');
      expect(reports.unit_economics?.status).toBe('succeeded');
    }
    expect(await rates()).toEqual([]);
  });

  it('may be declared with every type of the contract; a bad uuid in it is a reject', async () => {
    const folder = mkdtempSync(join(world.stores.dataDir, 'sources-'));
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'members.yaml'),
      `name: members
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
`,
    );
    await world.clickhouse.command(
      `CREATE TABLE raw_members (id UUID, seats Int32, visits Int64, joined_at DateTime64(6, 'UTC'), active Bool, note Nullable(String),
       _row_hash UInt64, _extracted_at DateTime64(6, 'UTC'), _run_id UUID) ENGINE = MergeTree ORDER BY id`,
    );
    const [definition] = readFileSources(pathToFileURL(`${folder}/`));
    if (!definition) throw new Error('no declaration');
    const read = async () =>
      (
        await world.extract({
          only: ['fx_rates'],
          around: () => fileSource(definition, world.stores.dataDir),
        })
      ).members;
    expect((await read())?.error).toMatchObject({ class: 'configuration', code: 'source_file_missing' });
    world.putFile(
      'external/members.csv',
      [
        'id,seats,visits,joined_at,active,note',
        `${uuidOf('a')},3,9007199254740993,2026-01-05T10:00:00Z,true,`,
        `${uuidOf('b')}x,3,1,2026-01-05T10:00:00Z,true,`,
        'zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz,3,1,2026-01-05T10:00:00Z,true,',
        `${uuidOf('c')},2147483648,1,2026-01-05T10:00:00Z,true,`,
        `${uuidOf('d')},1,9223372036854775808,2026-01-05T10:00:00Z,true,`,
        `${uuidOf('e')},1,1,2026-01-05T25:00:00Z,true,`,
        `${uuidOf('f')},1,1,2026-01-05T10:00:00Z,perhaps,`,
      ].join('\n'),
    );
    expect(await read()).toMatchObject({ loaded: 1, rejected: 6 });
    expect((await world.rejects()).map((reject) => reject.reasonCode).sort()).toEqual([
      'bad_boolean',
      'bad_number',
      'bad_number',
      'bad_timestamp',
      'bad_uuid',
      'bad_uuid',
    ]);
    expect(await world.list('SELECT visits FROM raw_members')).toEqual(['9007199254740993']);
  });
});
