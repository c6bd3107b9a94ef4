import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { SweepsController } from '../../modules/operations/http/sweeps.controller.js';
import { ApiKeys } from '../../modules/operations/infrastructure/api-keys.js';
import { Metrics } from '../../modules/operations/infrastructure/metrics.js';
import { configureHttp } from '../../modules/operations/index.js';
import { Sweeps } from '../../modules/warehouse/index.js';
import { readConfig, sha256 } from '../../src/config/env.js';
import { createLogger, LOGGER } from '../../src/platform/logging/logging.js';
import { uuidOf } from '../factories/product-rows.js';
import { runCli } from '../support/cli.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(180_000);

const API_KEYS = [
  `watcher:viewer:*:${sha256('v')}`,
  `on-call:operator:*:${sha256('o')}`,
  `member:admin:${uuidOf('tenant')}:${sha256('t')}`,
].join(',');

let world: Warehouse;
let app: NestExpressApplication;
beforeAll(async () => {
  world = await Warehouse.open();
  const config = readConfig({ API_KEYS, LOG_LEVEL: 'silent' });
  const module = await Test.createTestingModule({
    controllers: [SweepsController],
    providers: [
      { provide: Sweeps, useValue: new Sweeps(world.clickhouse) },
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
beforeEach(async () => {
  await world.empty();
  await world.put('tenants', { id: uuidOf('tenant') }, { id: uuidOf('other') });
  await world.extract({ only: ['tenants'] });
  await world.postgres.execute('TRUNCATE product.tenants CASCADE');
  expect((await world.extract({ only: ['tenants'] })).tenants).toMatchObject({ status: 'held' });
});

const PATH = '/api/v1/warehouse/sweeps';
const list = (key: string) => request(app.getHttpServer()).get(PATH).set('Authorization', `Bearer ${key}`);
const release = (source: string, key: string) =>
  request(app.getHttpServer()).post(`${PATH}/${source}/release`).set('Authorization', `Bearer ${key}`);
const cli = (...args: string[]) =>
  runCli(['warehouse', 'sweeps', ...args], {
    env: {
      CLICKHOUSE_URL: world.stores.clickhouseUrl,
      DATABASE_URL: world.stores.postgresUrl,
      DATA_DIR: join(world.stores.dataDir, 'cli'),
    },
  });
const deleted = () => world.list('SELECT countIf(_deleted) FROM raw_tenants');

describe('a held sweep', () => {
  it('is listed for viewers and released by operators, with the name of the key that asked', async () => {
    const { body } = await list('v').expect(200);
    expect(body).toMatchObject({
      sweeps: [{ source: 'tenants', status: 'held', live: 2, missing: 2, found: 0, releasedBy: null }],
    });
    await release('tenants', 'v').expect(403);
    await release('tenants', 't').expect(403);
    await list('t').expect(403);
    const { body: released } = await release('tenants', 'o').expect(200);
    expect(released).toMatchObject({
      source: 'tenants',
      status: 'released',
      releasedBy: 'on-call',
      missing: 2,
    });
    expect(await world.list(`SELECT asked_by FROM raw_sweeps ORDER BY at DESC LIMIT 1`)).toEqual(['on-call']);
    expect((await world.extract({ only: ['tenants'] })).tenants).toMatchObject({
      status: 'succeeded',
      deleted: 2,
    });
    expect(await deleted()).toEqual(['2']);
    expect((await list('v').expect(200)).body).toEqual({ sweeps: [] });
  });

  it('cannot be released where nothing is held, or under a name that is none', async () => {
    expect((await release('users', 'o').expect(404)).body).toMatchObject({ code: 'sweep_not_held' });
    await release('no%20source', 'o').expect(400);
    await request(app.getHttpServer()).get(PATH).expect(401);
  });

  it('is listed and released on the command line', async () => {
    const listed = await cli('--json');
    expect(listed.code).toBe(0);
    expect(JSON.parse(listed.stdout)).toMatchObject({
      sweeps: [{ source: 'tenants', status: 'held', missing: 2 }],
    });
    const released = await cli('--release', 'tenants', '--json');
    expect(released.code).toBe(0);
    expect(JSON.parse(released.stdout)).toMatchObject({
      sweeps: [
        { source: 'tenants', status: 'released', releasedBy: expect.stringMatching(/^cli:./) as unknown },
      ],
    });
    expect((await world.extract({ only: ['tenants'] })).tenants).toMatchObject({ deleted: 2 });
    expect((await cli('--release', 'tenants')).code).not.toBe(0);
  });
});
