import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { z } from 'zod';
import { createReplay } from '../../modules/operations/index.js';
import { configureHttp, PostgresRunLock } from '../../modules/operations/index.js';
import { RejectsController } from '../../modules/operations/http/rejects.controller.js';
import { ApiKeys } from '../../modules/operations/infrastructure/api-keys.js';
import { Metrics } from '../../modules/operations/infrastructure/metrics.js';
import { readFileSources } from '../../modules/warehouse/infrastructure/file-reader.js';
import { prepareRawTable } from '../../modules/warehouse/infrastructure/files/raw-table.js';
import { loadStages, ReplayRejects } from '../../modules/warehouse/index.js';
import { readConfig, sha256 } from '../../src/config/env.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { createLogger, LOGGER } from '../../src/platform/logging/logging.js';
import { uuidOf } from '../factories/product-rows.js';
import { runCli } from '../support/cli.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(120_000);

const TENANT = uuidOf('tenant');
const API_KEYS = [
  `viewer:viewer:*:${sha256('v')}`,
  `operator:operator:*:${sha256('o')}`,
  `tenant-admin:admin:${TENANT}:${sha256('t')}`,
].join(',');

let world: Warehouse;
let app: NestExpressApplication;
beforeAll(async () => {
  world = await Warehouse.open();
  const config = readConfig({ API_KEYS, LOG_LEVEL: 'silent' });
  const replay = createReplay(config, world.clickhouse, world.postgres, loadStages(undefined), {
    waitMs: 0,
    onWait: () => undefined,
  });
  const module = await Test.createTestingModule({
    controllers: [RejectsController],
    providers: [
      { provide: ClickHouse, useValue: world.clickhouse },
      { provide: ReplayRejects, useValue: replay },
      { provide: ApiKeys, useValue: ApiKeys.fromConfig(config) },
      { provide: LOGGER, useValue: createLogger(config.LOG_LEVEL) },
      { provide: Metrics, useValue: { httpEnded: () => undefined } },
    ],
  }).compile();
  app = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
  configureHttp(app);
  await app.init();
});
afterAll(async () => {
  await app.close();
  await world.close();
});
beforeEach(() => world.empty());

const PATH = '/api/v1/warehouse/rejects';
const list = (query: object = {}, key = 'v') =>
  request(app.getHttpServer()).get(PATH).query(query).set('Authorization', `Bearer ${key}`);
const replay = (body: object | undefined, key = 'o') =>
  request(app.getHttpServer()).post(`${PATH}/replay`).set('Authorization', `Bearer ${key}`).send(body);
const page = z.object({ rejects: z.array(z.object({ recordKey: z.string() })), next: z.string().nullable() });

/** A reject as an extraction would have left it at `at`. */
async function putPayload(
  source: string,
  key: string,
  payload: Record<string, string | null>,
  at = '2026-02-01T00:00:00Z',
): Promise<void> {
  await world.clickhouse.command(
    `INSERT INTO raw_rejects (run_id, source, record_key, payload, reason_code, reason, rejected_at, _payload_hash, _file, _line)
     SELECT generateUUIDv4(), {source: String}, {key: String}, {payload: String}, 'odd', 'why', parseDateTime64BestEffort({at: String}, 6, 'UTC'), sipHash64({payload: String}), '', 0`,
    { source, key, payload: JSON.stringify(payload), at },
  );
}
const putReject = (key: string, name: string | null, at?: string) =>
  putPayload('tenants', key, { id: uuidOf(key), name }, at);

describe('GET /api/v1/warehouse/rejects', () => {
  it('pages through all of them, newest first, each once, also where rows come in between', async () => {
    for (let n = 0; n < 7; n++)
      await putReject(`r${n}`, 'x', `2026-02-0${1 + Math.floor(n / 3)}T00:00:00.000001Z`);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { body } = await list({ limit: 2, ...(after === null ? {} : { after }) }).expect(200);
      const { rejects, next } = page.parse(body);
      seen.push(...rejects.map(({ recordKey }) => recordKey));
      after = next;
      if (seen.length === 4) await putReject('late', 'x', '2026-03-01T00:00:00Z');
    } while (after !== null);
    expect(seen).toEqual(['r6', 'r3', 'r4', 'r5', 'r0', 'r1', 'r2']);
  });

  it('shows what waits unless asked for more, with the row and what to do', async () => {
    await putReject('good', 'Name');
    await putReject('bad', null);
    await replay({}).expect(200);
    const { body } = await list().expect(200);
    expect(body).toEqual({
      rejects: [
        {
          source: 'tenants',
          recordKey: 'bad',
          reasonCode: 'odd',
          reason: 'why',
          payload: { id: uuidOf('bad'), name: null },
          file: null,
          line: null,
          rejectedAt: '2026-02-01T00:00:00.000000Z',
          replayedAt: null,
          replayedBy: null,
          runId: expect.any(String),
          next: expect.stringContaining('cli warehouse replay --source tenants --reason odd'),
        },
      ],
      next: null,
    });
    expect((await list({ status: 'replayed' }).expect(200)).body).toMatchObject({
      rejects: [{ recordKey: 'good', replayedBy: 'operator' }],
    });
    expect(page.parse((await list({ status: 'all' }).expect(200)).body).rejects).toHaveLength(2);
    expect(page.parse((await list({ reason: 'other' }).expect(200)).body).rejects).toEqual([]);
  });

  it.each([
    { after: 'x' },
    { after: 'W10' },
    { limit: 0 },
    { limit: 501 },
    { status: 'lost' },
    { sauce: 'x' },
    { source: "a'b" },
  ])('refuses %j', async (query) => {
    const { body } = await list(query).expect(400);
    expect(body).toMatchObject({ code: 'invalid_request' });
  });

  it('is closed to a key that is limited to one tenant, and to none', async () => {
    expect((await list({}, 't').expect(403)).body).toMatchObject({ code: 'platform_key_required' });
    expect((await list({}, 'x').expect(401)).body).toMatchObject({ code: 'api_key_unknown' });
  });
});

describe('POST /api/v1/warehouse/rejects/replay', () => {
  it('says what passed and what stays, by source and reason', async () => {
    await putReject('good', 'Name');
    await putReject('bad', null);
    const rejected = [{ reasonCode: 'missing_value', reason: 'name has no value', count: 1 }];
    const expected = {
      replayed: 1,
      rejected: 1,
      sources: [{ source: 'tenants', replayed: 1, loaded: 0, rejected }],
    };
    expect((await replay({ dryRun: true }).expect(200)).body).toEqual({ ...expected, dryRun: true });
    expect((await replay({ source: 'tenants', reason: 'odd' }).expect(200)).body).toMatchObject({
      dryRun: false,
      replayed: 1,
      sources: [{ loaded: 1 }],
    });
    expect((await replay(undefined).expect(200)).body).toMatchObject({ replayed: 0, rejected: 1 });
  });

  it('waits for no run in progress for long', async () => {
    await putReject('good', 'Name');
    const lock = new PostgresRunLock(world.postgres);
    const wait = { waitMs: 0, signal: new AbortController().signal, onWait: () => undefined };
    await lock.hold(wait, async () => {
      expect((await replay({}).expect(409)).body).toMatchObject({ code: 'run_in_progress' });
      await replay({ dryRun: true }).expect(200);
    });
    expect((await replay({}).expect(200)).body).toMatchObject({ replayed: 1 });
  });

  it('is for operators of all tenants', async () => {
    expect((await replay({}, 'v').expect(403)).body).toMatchObject({ code: 'role_insufficient' });
    expect((await replay({}, 't').expect(403)).body).toMatchObject({ code: 'platform_key_required' });
    expect((await replay({ source: 'nowhere' }).expect(404)).body).toMatchObject({ code: 'source_unknown' });
    expect((await replay({ sauce: 1 }).expect(400)).body).toMatchObject({ code: 'invalid_request' });
  });
});

describe('cli warehouse', () => {
  const cli = async (args: string[], more: Record<string, string> = {}) => {
    const env = {
      CLICKHOUSE_URL: world.stores.clickhouseUrl,
      DATABASE_URL: world.stores.postgresUrl,
      NEO4J_URI: 'bolt://127.0.0.1:1',
      ...more,
    };
    const { code, stdout } = await runCli(['warehouse', ...args, '--json'], { env });
    return { code, document: stdout === '' ? null : (JSON.parse(stdout) as unknown) };
  };

  it('lists and replays with the exit codes of the contract', async () => {
    await putReject('a', 'A');
    await putReject('b', null);
    expect(await cli(['rejects', '--status', 'waiting'])).toMatchObject({
      code: 0,
      document: { rejects: [{ recordKey: expect.any(String) }, { replayedAt: null }] },
    });
    expect(await cli(['replay', '--dry-run'])).toMatchObject({
      code: 0,
      document: { dryRun: true, replayed: 1, rejected: 1 },
    });
    expect(await cli(['replay', '--source', 'tenants'])).toMatchObject({
      code: 2,
      document: {
        replayed: 1,
        rejected: 1,
        sources: [{ rejected: [{ reasonCode: 'missing_value', count: 1 }] }],
      },
    });
    expect(
      await world.list(
        'SELECT startsWith(_replayed_by, {p: String}) FROM raw_rejects WHERE replayed_at IS NOT NULL',
        { p: 'cli:' },
      ),
    ).toEqual([1]);
    expect(await cli(['replay', '--source', 'nowhere'])).toMatchObject({
      code: 1,
      document: { error: { code: 'source_unknown' } },
    });
    expect(await cli(['replay', '--sauce', 'x'])).toMatchObject({ code: 64 });
  });

  it('replays the rejects of a source that is declared in SOURCES_DIR', async () => {
    const folder = join(world.stores.dataDir, 'declared');
    mkdirSync(folder, { recursive: true });
    const columns = '[{ name: id, type: string }, { name: price, type: "decimal(9,2)" }]';
    writeFileSync(
      join(folder, 'prices.yaml'),
      `{ name: prices, description: Prices, path: prices.csv, format: csv, key: [id], columns: ${columns} }`,
    );
    const prices = readFileSources(folder).find(({ name }) => name === 'prices');
    if (!prices) throw new Error('prices is not declared');
    await prepareRawTable(world.clickhouse, prices);
    await putPayload('prices', 'a', { id: 'a', price: '1.50' });
    expect(await cli(['replay'], { SOURCES_DIR: folder })).toMatchObject({
      code: 0,
      document: { replayed: 1, sources: [{ source: 'prices', loaded: 1 }] },
    });
    expect(await world.list('SELECT toString(price) FROM raw_prices')).toEqual(['1.5']);
    await world.clickhouse.command('DROP TABLE raw_prices SYNC');
  });
});
