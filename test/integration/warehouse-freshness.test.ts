import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { join } from 'node:path';
import { migrations } from '../../migrations/postgres/index.js';
import { WarehouseController } from '../../modules/operations/http/warehouse.controller.js';
import { Metrics } from '../../modules/operations/infrastructure/metrics.js';
import { FreshnessTick } from '../../modules/operations/jobs/freshness-tick.js';
import { RaiseSignals } from '../../modules/warehouse/application/raise-signals.js';
import { readFileSources } from '../../modules/warehouse/infrastructure/file-reader.js';
import { models, rawTables, testsOf } from '../../modules/warehouse/infrastructure/model-catalog.js';
import { WarehouseSignals } from '../../modules/warehouse/infrastructure/signals.js';
import { WarehouseStatus } from '../../modules/warehouse/infrastructure/warehouse-status.js';
import { HealthChecks } from '../../src/platform/health/health.js';
import { createLogger } from '../../src/platform/logging/logging.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { putMarket, uuidOf } from '../factories/product-rows.js';
import { Warehouse } from '../support/warehouse.js';
import { z } from 'zod';

jest.setTimeout(300_000);

let world: Warehouse;
let postgres: Postgres;
let status: WarehouseStatus;
beforeAll(async () => {
  world = await Warehouse.open();
  postgres = new Postgres(createDataSource(world.stores.postgresUrl, migrations));
  await postgres.migrate();
  status = new WarehouseStatus(world.clickhouse, 15);
  await putMarket(world.postgres);
  await world.put('partnerships', {});
});
afterAll(async () => {
  await postgres.close();
  await world.close();
});

/** Epoch milliseconds, some minutes after the last load. */
async function minutesLater(minutes: number): Promise<number> {
  const [last] = await world.list('SELECT max(confirmed_at) FROM raw_cursors');
  return Date.parse(z.string().parse(last)) + minutes * 60_000;
}
const at = (instant: number) => new Date(instant).toISOString();
const stale = async (instant: number) =>
  (await status.freshness(at(instant))).flatMap((age) =>
    age.status === 'stale' ? [`${age.kind} ${age.name}`] : [],
  );
const signals = async () =>
  await postgres.query(
    `SELECT subject, severity FROM insights_ops.signals WHERE kind = 'stale_data' AND state = 'active' ORDER BY subject`,
    [],
    z.object({ subject: z.string(), severity: z.string() }),
  );
const subjects = async () => (await signals()).map(({ subject }) => subject);
const tick = () =>
  new FreshnessTick(
    new RaiseSignals({ status, signals: new WarehouseSignals(postgres) }),
    createLogger('silent'),
  );
const everything = () => [
  ...[...rawTables].map((name) => `source ${name.replace('raw_', '')}`),
  ...models.map(({ name }) => `model ${name}`),
];

describe('freshness', () => {
  it('is unknown before the first run, of what reads no source too', async () => {
    expect(await stale(Date.now())).toEqual(everything());
    const { models: listed } = await new WarehouseController(status).models({});
    expect(listed.map(({ name, rows, version }) => [name, rows, version])).toEqual(
      models.map(({ name }) => [name, null, null]),
    );
  });

  it('counts the sources of SOURCES_DIR', async () => {
    const folder = join(import.meta.dirname, '../../docs/examples/crm');
    const ages = await new WarehouseStatus(world.clickhouse, 15, folder).freshness(at(Date.now()));
    const names = readFileSources(folder).map(({ name }) => name);
    expect(names).toContain('crm_accounts');
    expect(ages.flatMap(({ kind, name }) => (kind === 'source' ? [name] : []))).toEqual(
      expect.arrayContaining(names),
    );
  });

  it('holds for a quarter of an hour after a run, and is told when no run follows', async () => {
    await world.step1();
    await world.step2();
    expect(await stale(await minutesLater(14))).toEqual([]);
    await tick().tick(await minutesLater(14));
    expect(await signals()).toEqual([]);
    const late = await minutesLater(16);
    const timeless = ['model dim_date', 'model dim_deal_stage'];
    expect(await stale(late)).toEqual(everything().filter((name) => !timeless.includes(name)));
    await tick().tick(late);
    expect(await subjects()).toContain('model:fact_partnerships');
    expect(await subjects()).toHaveLength(everything().length - timeless.length);
    expect(new Set((await signals()).map(({ severity }) => severity))).toEqual(new Set(['warn']));
    await tick().tick(await minutesLater(31));
    expect(new Set((await signals()).map(({ severity }) => severity))).toEqual(new Set(['critical']));
  });

  it('comes back with a load that brings nothing new', async () => {
    await world.step1();
    await tick().tick(await minutesLater(1));
    expect(await signals()).toEqual([]);
  });

  it('is lost by the models that did not take a change up, and by no other', async () => {
    await world.put('users', { full_name: 'Olga Changed' });
    await world.step1();
    const loads = await minutesLater(14);
    // Fresh sources, but what the users were is as old as the load before.
    await world.clickhouse.command(
      `ALTER TABLE raw_cursors UPDATE changed_at = changed_at - INTERVAL 20 MINUTE WHERE source = 'users' AND changed_at < (SELECT max(changed_at) FROM raw_cursors WHERE source = 'users') SETTINGS mutations_sync = 2`,
    );
    const ages = await status.freshness(at(loads));
    const behind = ages.filter(({ why }) => why === 'raw_users changed and is not taken up');
    expect(behind.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['dim_user', 'fact_partnerships', 'fact_user_activity']),
    );
    expect(behind.map(({ name }) => name)).not.toContain('dim_entity');
    await world.step2();
    expect((await status.freshness(at(loads))).filter(({ why }) => why.includes('taken up'))).toEqual([]);
  });

  it('is shown by the API and the metrics', async () => {
    const { freshness } = await new WarehouseController(status).freshness({});
    expect(freshness.map(({ kind, name }) => `${kind} ${name}`)).toEqual(everything());
    const instant = await minutesLater(2);
    const metrics = new Metrics(new HealthChecks([]), () => status.freshness(at(instant)));
    const text = await metrics.render();
    expect(text).toContain('insights_freshness_seconds{kind="source",name="users"} 120');
    expect(text).toContain('insights_freshness_objective_seconds{kind="model",name="dim_user"} 900');
    const down = new Metrics(new HealthChecks([]), () => Promise.reject(new Error('no warehouse')));
    expect(await down.render()).not.toContain('insights_freshness_seconds{');
  });

  it('of a warehouse that is down is looked at again, and ends nothing', async () => {
    const failing = { staleData: jest.fn((_now: string) => Promise.reject(new Error('down'))) };
    const job = new FreshnessTick(failing, createLogger('silent'));
    await job.tick(0);
    await job.tick(60_000);
    expect(failing.staleData).toHaveBeenNthCalledWith(2, '1970-01-01T00:01:00.000Z');
  });
});

describe('the API of the warehouse', () => {
  it('gives models, lineage and data tests', async () => {
    const controller = new WarehouseController(status);
    const { models: listed } = await controller.models({});
    expect(listed.find(({ name }) => name === 'dim_user')).toMatchObject({
      materialised: 'full',
      reads: ['raw_users'],
      readBy: expect.arrayContaining(['fact_partnerships']),
      tests: expect.arrayContaining(['dim_user_unique_user_id']),
      rows: 2,
    });
    const { edges, mermaid } = controller.lineage({});
    expect(edges).toContainEqual({ from: 'raw_users', to: 'dim_user' });
    expect(mermaid).toMatch(/^flowchart LR\n/);
    const { tests } = await controller.tests({ failing: false });
    expect(tests.map(({ test }) => test)).toContain('dim_user_unique_user_id');
    expect(await controller.tests({ failing: true })).toEqual({ tests: [] });
    await world.clickhouse.insertRows('data_test_status', [
      { ...asRow(tests[0]), failures: 3, sample: ['a', 'b'] },
    ]);
    expect((await controller.tests({ failing: true })).tests).toMatchObject([
      { test: tests[0]?.test, failures: 3, sample: ['a', 'b'] },
    ]);
  });
});

describe('what data tests found', () => {
  const LATER_RUN = '00000000-0000-4000-8000-000000000002';
  const noRateFound = { test: 'deal_value_has_rate', failures: 1, sample: ['JPY: 1 deals'] };
  const declared = [...testsOf.values()].flat();
  beforeEach(async () => {
    await world.empty();
    for (const table of ['data_test_results', 'data_test_status'])
      await world.clickhouse.command(`TRUNCATE TABLE ${table}`);
    await putMarket(world.postgres);
    await world.put('partnerships', { currency: 'JPY' });
  });

  it('keeps a row of history for each change of a finding, and the status of the latest build', async () => {
    const history = () =>
      world.rows(
        `SELECT failures, sample FROM data_test_results WHERE test = 'deal_value_has_rate' ORDER BY recorded_at`,
      );
    const runs = async () =>
      (await status.tests()).filter(({ runId }) => runId === LATER_RUN).map(({ test }) => test);
    const asLater = { runId: LATER_RUN, asOf: '2026-06-18T12:00:00.000000Z' };
    await world.step1();
    await world.step2();
    await world.step2(asLater, undefined, { full: true });
    expect(await world.list('SELECT count() FROM data_test_results')).toEqual([String(declared.length)]);
    expect(await history()).toEqual([{ failures: '1', sample: ['JPY: 1 deals'] }]);
    expect(await runs()).toHaveLength(declared.length);
    await world.put('partnerships', { id: uuidOf('another'), currency: 'JPY' });
    await world.step1();
    await world.step2();
    await world.put(
      'partnerships',
      ...['deal', 'another'].map((id) => ({
        id: uuidOf(id),
        currency: 'USD',
        updated_at: '2026-03-02T00:00:00Z',
      })),
    );
    await world.step1();
    await world.step2();
    expect(await history()).toEqual([
      { failures: '1', sample: ['JPY: 1 deals'] },
      { failures: '1', sample: ['JPY: 2 deals'] },
      { failures: '0', sample: [] },
    ]);
    expect(await status.tests({ failing: true })).toEqual([]);
  });

  it('shows what an older release found until the test runs again, and takes it up as history', async () => {
    await world.step1();
    await world.step2();
    await world.clickhouse.command('TRUNCATE TABLE data_test_status');
    expect(await status.tests({ failing: true })).toMatchObject([noRateFound]);
    expect(await status.tests()).toHaveLength(declared.length);
    await world.step2({}, undefined, { full: true });
    expect(await world.list('SELECT count() FROM data_test_results')).toEqual([String(declared.length)]);
    expect(await status.tests({ failing: true })).toMatchObject([noRateFound]);
  });
});

const asRow = (result: { test: string; model: string; severity: string; rule: string } | undefined) => ({
  ...result,
  run_id: '00000000-0000-4000-8000-000000000001',
  tested_at: '2026-06-17T12:00:00.000000Z',
});
