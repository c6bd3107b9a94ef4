import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  createReplayRejects,
  loadStages,
  type ReplayReport,
  type Stage,
} from '../../modules/warehouse/index.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { putMarket, uuidOf } from '../factories/product-rows.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(240_000);

let world: Warehouse;
beforeAll(async () => {
  world = await Warehouse.open();
});
afterAll(() => world.close());
beforeEach(() => world.empty());

const REFERENCE = loadStages(undefined);
const WIDER: Stage[] = [...REFERENCE, { name: 'limbo', order: 99, category: 'closed', outcome: 'lost' }];
const NOW = '2026-07-01T08:00:00.000Z';

interface Asked {
  source?: string;
  reason?: string;
  dryRun?: boolean;
  by?: string;
  stages?: readonly Stage[];
  clickhouse?: ClickHouse;
}
async function replay({
  by = 'ops',
  dryRun = false,
  stages = WIDER,
  ...rest
}: Asked = {}): Promise<ReplayReport> {
  const { clickhouse = world.clickhouse, ...filter } = rest;
  const replays = createReplayRejects({ SOURCES_DIR: undefined }, clickhouse, stages, (work) =>
    work(new AbortController().signal),
  );
  return await replays.execute(filter, { by, now: NOW, dryRun });
}
/** A reject as an extraction would have left it at `at`. */
async function putReject(
  source: string,
  key: string,
  payload: Record<string, string | null>,
  { at = '2026-02-01T00:00:00Z', code = 'unknown_stage' } = {},
): Promise<void> {
  await world.clickhouse.command(
    `INSERT INTO raw_rejects (run_id, source, record_key, payload, reason_code, reason, rejected_at, _payload_hash)
     SELECT generateUUIDv4(), {source: String}, {key: String}, {payload: String}, {code: String}, 'why', parseDateTime64BestEffort({at: String}, 6, 'UTC'), sipHash64({payload: String})`,
    { source, key, payload: JSON.stringify(payload), code, at },
  );
}
const bookkeeping = () =>
  world.rows(
    "SELECT cursor, rules, date_trunc('millisecond', confirmed_at) AS loaded FROM raw_cursors ORDER BY confirmed_at DESC LIMIT 1 BY source",
  );
/** What each key is now. */
const current = (source: string, column: string) =>
  world.list(
    `SELECT concat(toString(id), ' ', toString(${column})) AS line FROM raw_${source}
     ORDER BY _version_at DESC, _extracted_at DESC LIMIT 1 BY id SETTINGS max_threads = 1`,
  );
const waiting = async () =>
  (await world.rejects())
    .filter(({ replayedAt }) => replayedAt === null)
    .map(({ recordKey, reasonCode }) => `${recordKey} ${reasonCode}`)
    .sort();

describe('a replay', () => {
  it('loads what passes now, marks it with who asked, and leaves the rest as it is, once', async () => {
    await putMarket(world.postgres);
    await world.put(
      'partnerships',
      { stage: 'limbo' },
      { id: uuidOf('debt'), stage: 'limbo', deal_value: '-1' },
    );
    await world.extract({ only: ['partnerships'] });
    const before = await bookkeeping();
    const both = [`${uuidOf('deal')} unknown_stage`, `${uuidOf('debt')} negative_money`].sort();
    expect(await waiting()).toEqual(both);

    expect(await replay({ stages: REFERENCE })).toEqual({
      dryRun: false,
      replayed: 0,
      rejected: 2,
      sources: [
        {
          source: 'partnerships',
          replayed: 0,
          loaded: 0,
          rejected: [
            { reasonCode: 'negative_money', reason: 'deal_value is negative', count: 1 },
            { reasonCode: 'unknown_stage', reason: 'stage is no stage of the stages file', count: 1 },
          ],
        },
      ],
    });
    expect(await waiting()).toEqual(both);

    expect(await replay({ dryRun: true })).toMatchObject({
      dryRun: true,
      replayed: 1,
      rejected: 1,
      sources: [{ loaded: 0 }],
    });
    expect(await waiting()).toEqual(both);
    expect(await world.rawRows('partnerships')).toEqual([]);

    expect(await replay({ by: 'night shift' })).toMatchObject({
      replayed: 1,
      rejected: 1,
      sources: [{ loaded: 1 }],
    });
    expect(await current('partnerships', 'stage')).toEqual([`${uuidOf('deal')} limbo`]);
    expect(await waiting()).toEqual([`${uuidOf('debt')} negative_money`]);
    expect((await world.rejects()).find(({ recordKey }) => recordKey === uuidOf('deal'))).toMatchObject({
      replayedAt: '2026-07-01T08:00:00.000000Z',
      replayedBy: 'night shift',
      next: expect.stringContaining('Nothing'),
    });
    expect(await bookkeeping()).toEqual(before);
    expect(await replay()).toMatchObject({ replayed: 0, rejected: 1 });
    expect(await world.rejects()).toHaveLength(2);
    expect(
      await world.list(
        `SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'stage_')`,
      ),
    ).toEqual([]);
  });

  it('is seen by the next build, which equals a whole one', async () => {
    await putMarket(world.postgres);
    await world.put('deal_events', {}, { id: 2, from_stage: 'identified', to_stage: 'limbo' });
    await world.put('partnerships', {});
    await world.extract({ stages: REFERENCE });
    await world.step2({}, WIDER);
    expect(await world.list('SELECT event_id FROM fact_deal_events ORDER BY event_id')).toEqual(['1']);
    await replay({ source: 'deal_events' });
    await world.step2({}, WIDER);
    const rows = () => world.rows('SELECT * FROM fact_deal_events ORDER BY event_id');
    const incremental = await rows();
    expect(incremental).toHaveLength(2);
    await world.step2({}, WIDER, { full: true });
    expect(await rows()).toEqual(incremental);
  });

  it('takes only the source and the reason asked for', async () => {
    await putReject('tenants', uuidOf('a'), { id: uuidOf('a'), name: 'A' }, { code: 'one' });
    await putReject('tenants', uuidOf('b'), { id: uuidOf('b'), name: 'B' }, { code: 'two' });
    await putReject(
      'trends',
      uuidOf('c'),
      {
        id: uuidOf('c'),
        name: 'C',
        category: 'x',
        lifecycle_stage: 'y',
        updated_at: '2026-01-01 00:00:00+00',
      },
      { code: 'two' },
    );
    expect(await replay({ reason: 'two', source: 'tenants' })).toMatchObject({
      replayed: 1,
      sources: [{ source: 'tenants' }],
    });
    expect(await waiting()).toEqual([`${uuidOf('a')} one`, `${uuidOf('c')} two`].sort());
    expect(await replay({ reason: 'two' })).toMatchObject({ sources: [{ source: 'trends' }] });
    await expect(replay({ source: 'tenant' })).rejects.toMatchObject({
      class: 'rejected',
      code: 'source_unknown',
    });
    expect(await replay({ source: 'users' })).toMatchObject({ replayed: 0, rejected: 0, sources: [] });
  });

  it('leaves what a payload cannot tell: a key that said two things, a damaged line', async () => {
    await putReject('tenants', uuidOf('a'), { id: uuidOf('a'), name: 'A' }, { code: 'duplicate_key' });
    await putReject('tenants', '', { line: 'half a row' }, { code: 'bad_row' });
    await putReject('tenants', uuidOf('b'), { id: uuidOf('b'), name: 'B' });
    await putReject('tenants', uuidOf('b'), { id: uuidOf('b'), name: 'Not B' });
    expect(await replay()).toMatchObject({
      replayed: 0,
      rejected: 4,
      sources: [
        {
          rejected: [
            { reasonCode: 'duplicate_key', reason: 'the same key occurs with other values', count: 2 },
            { reasonCode: 'bad_row', count: 1 },
            { reasonCode: 'duplicate_key', count: 1 },
          ],
        },
      ],
    });
    expect(await world.rawRows('tenants')).toEqual([]);
  });

  it('brings every text through as it came', async () => {
    const name = 'tab\tline\nreturn\r zero\0 back\\slash \\N "quote" \'\' {x: String} 🤷 e\u0301';
    await putReject('tenants', uuidOf('a'), { id: uuidOf('a'), name });
    expect(await replay()).toMatchObject({ replayed: 1 });
    expect(await world.list('SELECT name FROM raw_tenants')).toEqual([name]);
  });
});

describe('what a replay never overwrites', () => {
  async function replayed(source: string): Promise<void> {
    expect(await replay({ source })).toMatchObject({ replayed: 1, rejected: 0 });
    expect(await waiting()).toEqual([]);
  }

  it('is a newer version of the row, by its instant', async () => {
    await putMarket(world.postgres);
    await world.put('partnerships', { stage: 'limbo' });
    await world.extract({ only: ['partnerships'] });
    await world.put('partnerships', { stage: 'signed', updated_at: '2026-01-05T10:00:01Z' });
    await world.extract({ only: ['partnerships'] });
    await replayed('partnerships');
    expect(await current('partnerships', 'stage')).toEqual([`${uuidOf('deal')} signed`]);
    expect(await world.list('SELECT stage FROM raw_partnerships ORDER BY _version_at')).toEqual([
      'limbo',
      'signed',
    ]);
  });

  it('is a row mended at its source without another instant', async () => {
    await putMarket(world.postgres);
    await world.put('partnerships', { stage: 'limbo' });
    await world.extract({ only: ['partnerships'] });
    await world.put('partnerships', { stage: 'signed' });
    await world.extract({ only: ['partnerships'] });
    await replayed('partnerships');
    expect(await current('partnerships', 'stage')).toEqual([`${uuidOf('deal')} signed`]);
  });

  it('is a row of a source with ids for instants that was mended', async () => {
    await putMarket(world.postgres);
    await world.put('deal_events', { to_stage: 'limbo' });
    await world.extract({ only: ['deal_events'] });
    await world.put('deal_events', { to_stage: 'proposal' });
    await world.extract({ only: ['deal_events'] });
    await replayed('deal_events');
    expect(await current('deal_events', 'to_stage')).toEqual(['1 proposal']);
  });

  it('is a deletion that came later, while one that came before is followed', async () => {
    const bury = (id: string, at: string) =>
      world.clickhouse.command(
        `INSERT INTO raw_tenants SELECT {id: UUID}, 'gone', 1, t, true, t, generateUUIDv4() FROM (SELECT parseDateTime64BestEffort({at: String}, 6, 'UTC') AS t)`,
        { id, at },
      );
    for (const [name, at] of [
      ['before', '2026-01-01T00:00:00Z'],
      ['after', '2026-03-01T00:00:00Z'],
    ] as const) {
      await bury(uuidOf(name), at);
      await putReject('tenants', uuidOf(name), { id: uuidOf(name), name });
    }
    expect(await replay()).toMatchObject({ replayed: 2 });
    const live = await world.list(
      'SELECT name FROM (SELECT * FROM raw_tenants ORDER BY _version_at DESC, _extracted_at DESC LIMIT 1 BY id) WHERE NOT _deleted',
    );
    expect(live).toEqual(['before']);
  });

  it('is the order in which rejects of one key were seen', async () => {
    for (const [n, at] of ['2026-02-03', '2026-02-01', '2026-02-02'].entries())
      await putReject('tenants', uuidOf('a'), { id: uuidOf('a'), name: `${n}` }, { at: `${at}T00:00:00Z` });
    expect(await replay()).toMatchObject({ replayed: 3, sources: [{ loaded: 3 }] });
    expect(await current('tenants', 'name')).toEqual([`${uuidOf('a')} 0`]);
    expect(await world.list('SELECT name FROM raw_tenants ORDER BY _version_at')).toEqual(['1', '2', '0']);
  });

  it('is a row that an extraction by the new rules brought meanwhile', async () => {
    await putMarket(world.postgres);
    await world.put('deal_events', { to_stage: 'limbo' });
    await world.extract({ only: ['deal_events'] });
    await world.extract({ only: ['deal_events'], stages: WIDER });
    expect(await replay()).toMatchObject({ replayed: 1, sources: [{ loaded: 0 }] });
    expect(await world.rawRows('deal_events')).toHaveLength(1);
  });
});

describe('a replay killed at any statement and repeated', () => {
  /** Fails at the nth statement that changes something. */
  class Dying extends ClickHouse {
    left = Number.MAX_SAFE_INTEGER;
    private step(): void {
      if (this.left-- <= 0) throw new Error('killed');
    }
    override async command(...args: Parameters<ClickHouse['command']>) {
      this.step();
      return await super.command(...args);
    }
    override async insertRows(...args: Parameters<ClickHouse['insertRows']>) {
      this.step();
      await super.insertRows(...args);
    }
    override async insertBytes(...args: Parameters<ClickHouse['insertBytes']>) {
      this.step();
      await super.insertBytes(...args);
    }
  }

  it('ends like one that was not', async () => {
    const dying = new Dying(world.stores.clickhouseUrl);
    const end = async () => ({
      raw: [await world.rawRows('tenants'), await world.rawRows('deal_events')],
      versions: await world.list(
        'SELECT toString((id, name, _version_at)) AS line FROM raw_tenants ORDER BY line',
      ),
      rejects: (await world.rejects()).map(({ recordKey, replayedBy, replayedAt }) => [
        recordKey,
        replayedBy,
        replayedAt,
      ]),
      positions: await world.list(
        `SELECT max(changed_at) = (SELECT max(_extracted_at) FROM raw_tenants) FROM raw_cursors WHERE source = 'tenants'`,
      ),
    });
    const attempt = async (statements: number) => {
      await world.empty();
      await putReject('tenants', uuidOf('a'), { id: uuidOf('a'), name: 'A' });
      await putReject('tenants', uuidOf('b'), { id: uuidOf('b'), name: null });
      await putReject('deal_events', '7', {
        id: '7',
        partnership_id: uuidOf('deal'),
        from_stage: null,
        to_stage: 'limbo',
        actor_entity_id: null,
        occurred_at: '2026-01-05 10:00:00+00',
      });
      dying.left = statements;
      const report = await replay({ clickhouse: dying }).catch(() => null);
      const whole = report?.sources.every(({ error }) => error === undefined) ?? false;
      dying.left = Number.MAX_SAFE_INTEGER;
      await replay({ clickhouse: dying });
      return whole;
    };
    expect(await attempt(1000)).toBe(true);
    const expected = await end();
    expect(expected).toMatchObject({ raw: [[expect.any(String)], [expect.any(String)]], positions: [1] });
    let statements = 0;
    while (!(await attempt(statements))) {
      expect([statements, await end()]).toEqual([statements, expected]);
      statements++;
    }
    expect(statements).toBeGreaterThan(12);
    await dying.close();
  });
});
