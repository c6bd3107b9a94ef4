import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { BuildModels } from '../../modules/warehouse/application/build-models.js';
import { parseBuildState } from '../../modules/warehouse/domain/build-state.js';
import { models } from '../../modules/warehouse/infrastructure/model-catalog.js';
import { ModelStore } from '../../modules/warehouse/infrastructure/model-store.js';
import { loadStages } from '../../modules/warehouse/index.js';
import type { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { putMarket, uuidOf } from '../factories/product-rows.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(400_000);

const stages = loadStages(undefined);
const reported = z.object({
  models: z.array(
    z.object({
      model: z.string(),
      status: z.string(),
      mode: z.string().optional(),
      reason: z.string().optional(),
    }),
  ),
});

let world: Warehouse;
beforeAll(async () => {
  world = await Warehouse.open();
  await putMarket(world.postgres);
  await world.put('partnerships', {});
  await world.put('trends', {});
  await world.put('deal_events', {}, { id: 2, to_stage: 'proposal', occurred_at: '2026-02-05T10:00:00Z' });
  await world.put('user_activity', { target_entity_id: uuidOf('Acme'), partnership_id: uuidOf('deal') });
  await world.put('affinity_scores', {});
  await world.put('trend_metrics', {});
  await world.step1();
  await world.step2();
});
afterAll(() => world.close());

/** A change that reaches every kind of model: a version, an event of an older deal, rows with late parents. */
let round = 0;
async function change(): Promise<void> {
  round += 1;
  const at = `2026-03-${String(1 + (round % 28)).padStart(2, '0')}T10:00:00.${String(round).padStart(6, '0')}Z`;
  await world.put('entities', { tier: round % 2 ? 'individual' : 'enterprise', updated_at: at });
  await world.put('deal_events', { id: 100 + round, to_stage: 'negotiation', occurred_at: at });
  await world.put('user_activity', { id: 100 + round, target_entity_id: uuidOf('Acme'), occurred_at: at });
  await world.step1({ only: ['entities', 'deal_events', 'user_activity'] });
}

async function tables(): Promise<Record<string, unknown[]>> {
  const result: Record<string, unknown[]> = {};
  for (const { name, materialised } of models)
    if (materialised !== 'view' && name !== 'dim_date')
      result[name] = await world.list(`SELECT toString(tuple(*)) AS line FROM ${name} ORDER BY line`);
  return result;
}

/** The door, and behind it a store that is gone after `statements` more writes, as for a process that was killed. */
function killedAfter(statements: number): { clickhouse: ClickHouse; left: () => number } {
  let left = statements;
  const clickhouse = new Proxy(world.clickhouse, {
    get(target, property: keyof ClickHouse) {
      const value: unknown = Reflect.get(target, property, target);
      if (property !== 'command' && property !== 'insertRows')
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      return async (...args: unknown[]) => {
        if (left <= 0) throw new Error('killed');
        left -= 1;
        return (await Reflect.apply(value as (...all: unknown[]) => unknown, target, args)) as unknown;
      };
    },
  });
  return { clickhouse, left: () => left };
}

describe('a build', () => {
  it('that is killed after any statement is made good by the next one', async () => {
    let killed = 0;
    for (let statements = 0; ; statements += 11) {
      await change();
      const { clickhouse, left } = killedAfter(statements);
      const build = new BuildModels(new ModelStore(clickhouse, stages, 'USD')).execute(world.context());
      const outcome = await build.catch(() => null);
      const whole = outcome?.status === 'succeeded' && left() > 0;
      if (!whole) killed += 1;
      expect((await world.step2()).status).toBe('succeeded');
      if (whole) break;
    }
    expect(killed).toBeGreaterThan(6);
    const increments = await tables();
    await world.step2({}, undefined, { full: true });
    expect(increments).toEqual(await tables());
  });

  it('that is whole and dies keeps the changes which a reader has not seen', async () => {
    await change();
    const before = (sql: RegExp) =>
      new Proxy(world.clickhouse, {
        get(target, property: keyof ClickHouse) {
          const value: unknown = Reflect.get(target, property, target);
          if (typeof value !== 'function') return value;
          if (property !== 'command') return value.bind(target) as unknown;
          return async (text: string, ...rest: unknown[]) => {
            if (sql.test(text)) throw new Error('killed');
            return (await Reflect.apply(value, target, [text, ...rest])) as unknown;
          };
        },
      });
    const dies = async (sql: RegExp, full: boolean) => {
      const build = new BuildModels(new ModelStore(before(sql), stages, 'USD'));
      await build.execute(world.context(), { full }).catch(() => undefined);
    };
    // The fact is published, its reader is not built; then a full build of the fact ends before it is published.
    await dies(/changed_agg_/, false);
    await dies(/ALTER TABLE build_fact_user_activity MODIFY COMMENT/, true);
    expect((await world.step2()).status).toBe('succeeded');
    const increments = await tables();
    await world.step2({}, undefined, { full: true });
    expect(increments).toEqual(await tables());
  });

  it('is not rejected for what is loaded beside it', async () => {
    await change();
    let loaded = false;
    const clickhouse = new Proxy(world.clickhouse, {
      get(target, property: keyof ClickHouse) {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function') return value;
        if (property !== 'command') return value.bind(target) as unknown;
        return async (text: string, ...rest: unknown[]) => {
          const result = (await Reflect.apply(value, target, [text, ...rest])) as unknown;
          if (/INSERT INTO (fresh|build)_fact_user_activity/.test(text) && !loaded) {
            loaded = true;
            await change();
          }
          return result;
        };
      },
    });
    const outcome = await new BuildModels(new ModelStore(clickhouse, stages, 'USD')).execute(world.context());
    expect(loaded).toBe(true);
    expect(outcome.status).toBe('succeeded');
    expect((await world.step2()).status).toBe('succeeded');
    const increments = await tables();
    await world.step2({}, undefined, { full: true });
    expect(increments).toEqual(await tables());
  });

  it('publishes a model whole or not at all', async () => {
    const store = world.models();
    const model = models.find(({ name }) => name === 'dim_deal_stage');
    if (!model) throw new Error('no model dim_deal_stage');
    const read = () => world.rows('SELECT * FROM dim_deal_stage ORDER BY stage_order');
    const before = await read();
    expect(before).toHaveLength(13);
    // Writes some blocks before it fails.
    const broken = {
      ...model,
      select: `SELECT number + 1, 'x', throwIf(number = 150000), 'x', 'open' FROM numbers(200000) SETTINGS max_block_size = 1000, max_threads = 1, min_insert_block_size_rows = 1000`,
    };
    await expect(store.prepare(broken, { mode: 'full', reason: 'test' }, null, {})).rejects.toMatchObject({
      source: 'clickhouse',
    });
    expect(await read()).toEqual(before);
    // As a kill leaves it, before or after the exchange.
    await world.clickhouse.insertRows('build_dim_deal_stage', [{ stage_key: '1', stage_name: 'half' }]);
    expect(await world.step2({}, undefined, { full: true })).toMatchObject({ status: 'succeeded' });
    expect(await read()).toEqual(before);
    expect(
      await world.list(
        `SELECT name FROM system.tables WHERE database = currentDatabase() AND match(name, '^(build|changed)_')`,
      ),
    ).toEqual([]);
  });

  it('shows readers the table before or the table after, whenever they look', async () => {
    const seen = new Set<string>();
    let building = true;
    const before = await world.list('SELECT count() FROM fact_user_activity');
    const reader = (async () => {
      while (building) {
        const [row] = await world.rows(
          'SELECT count() AS n, countIf(target_entity_key = 0) AS lost FROM fact_user_activity',
        );
        seen.add(`${String(row?.n)} ${String(row?.lost)}`);
      }
    })();
    for (let n = 0; n < 5; n++) {
      await change();
      await world.step2({}, undefined, { full: n % 2 === 0 });
    }
    building = false;
    await reader;
    const allowed = [0, 1, 2, 3, 4, 5].map((more) => `${Number(before[0]) + more} 0`);
    for (const found of seen) expect(allowed).toContain(found);
    expect(seen.size).toBeGreaterThan(1);
  });

  it('keeps no changes that every reader has seen', async () => {
    await change();
    await world.step2();
    expect(
      await world.list(
        `SELECT DISTINCT table FROM system.parts WHERE database = currentDatabase() AND active AND match(table, '^(delta|build|changed)_')`,
      ),
    ).toEqual([]);
  });

  it('does nothing when nothing changed', async () => {
    const { models: reports } = reported.parse((await world.step2()).detail);
    expect(new Set(reports.map(({ status }) => status))).toEqual(new Set(['unchanged']));
  });

  it('builds whole what somebody else wrote to', async () => {
    await world.clickhouse.command('TRUNCATE TABLE fact_user_activity');
    const { models: reports } = reported.parse((await world.step2()).detail);
    expect(reports.find(({ model }) => model === 'fact_user_activity')).toMatchObject({
      status: 'built',
      mode: 'full',
      reason: expect.stringMatching(/^it has 0 rows, \d+ were published$/),
    });
  });

  it('builds whole what depends on other parameters', async () => {
    const other = new BuildModels(new ModelStore(world.clickhouse, stages, 'EUR'));
    const { models: reports } = reported.parse((await other.execute(world.context())).detail);
    const whole = reports
      .filter(({ reason }) => reason === 'its definition changed')
      .map(({ model }) => model);
    expect(whole).toContain('fact_partnerships');
    expect(whole).not.toContain('fact_deal_events');
    await world.step2();
  });

  it('follows new stages into the facts', async () => {
    const renamed = stages.map((stage) =>
      stage.name === 'negotiation' ? { ...stage, category: 'execution' } : stage,
    );
    await world.step2({}, renamed);
    expect(await world.list('SELECT days_to_signed FROM fact_partnerships')).not.toEqual([null]);
    await world.step2();
    expect(await world.list('SELECT days_to_signed FROM fact_partnerships')).toEqual([null]);
  });

  it('has its state in the comment of the table that it published', async () => {
    const [comment] = await world.list(
      `SELECT comment FROM system.tables WHERE database = currentDatabase() AND name = 'fact_user_activity'`,
    );
    const [rows] = await world.list('SELECT count() FROM fact_user_activity');
    expect(parseBuildState(String(comment))).toMatchObject({ rows: Number(rows) });
  });
});
