import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { migrations } from '../../migrations/postgres/index.js';
import { createComputeInsight } from '../../modules/scoring-insight/index.js';
import { createSyncs } from '../../modules/sync/index.js';
import { BuildModels } from '../../modules/warehouse/application/build-models.js';
import { RaiseSignals } from '../../modules/warehouse/application/raise-signals.js';
import { ModelStore } from '../../modules/warehouse/infrastructure/model-store.js';
import { WarehouseSignals } from '../../modules/warehouse/infrastructure/signals.js';
import { WarehouseStatus } from '../../modules/warehouse/infrastructure/warehouse-status.js';
import { loadStages } from '../../modules/warehouse/index.js';
import type { RunContext, StepOutcome } from '../../src/kernel/progress.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { putMarket, uuidOf } from '../factories/product-rows.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(300_000);

const stages = loadStages(undefined);
let world: Warehouse;
let postgres: Postgres;

/** Finds one record in the tests named, whatever the data says. */
class BreakingStore extends ModelStore {
  constructor(private readonly broken: readonly string[]) {
    super(world.clickhouse, stages, 'USD');
  }
  override async test(...args: Parameters<ModelStore['test']>): ReturnType<ModelStore['test']> {
    const found = await super.test(...args);
    return args[0].map(({ name }, i) =>
      this.broken.includes(name) ? { failures: 1, sample: ['17'] } : found[i]!,
    );
  }
}

const syncs = z.object({
  syncs: z.array(z.object({ name: z.string(), status: z.string(), reason: z.string() })),
});
const leftOut = z.object({ leftOut: z.array(z.object({ part: z.string(), reason: z.string() })) });
const signal = z.object({
  subject: z.string(),
  severity: z.string(),
  state: z.string(),
  evidence: z.unknown(),
});

/** Steps 2 to 4 as of an instant, with the named data tests failing. */
async function run(asOf: string, ...broken: string[]) {
  const runId = randomUUID();
  await postgres.execute(
    `INSERT INTO insights_ops.pipeline_runs (id, trigger, status, as_of) VALUES ($1, 'manual', 'running', $2)`,
    [runId, asOf],
  );
  const earlier = new Map<string, StepOutcome>();
  const context = (): RunContext => world.context({ runId, asOf, earlier });
  const status = new WarehouseStatus(world.clickhouse, 15);
  const signals = new RaiseSignals({ status, signals: new WarehouseSignals(postgres) });
  const build = new BuildModels(new BreakingStore(broken), (now) => signals.failedTests(now));
  earlier.set('model', await build.execute(context(), { full: true }));
  const config = { BENCHMARK_SNAPSHOT: 'run', HOLIDAY_COUNTRY: undefined } as const;
  const insight = createComputeInsight(config, world.clickhouse, postgres, world.graph, stages);
  earlier.set('insight', await insight.execute(context()));
  const stores = { clickhouse: world.clickhouse, postgres, graph: world.graph };
  earlier.set('sync', await createSyncs(stores).step.execute(context()));
  const outcome = (step: string): StepOutcome => {
    const found = earlier.get(step);
    if (!found) throw new Error(step);
    return found;
  };
  return { model: outcome('model'), insight: outcome('insight'), sync: outcome('sync') };
}

const asOfTables = [
  'insight_predictiveness_deals',
  'insight_entity_benchmarks',
  'insight_entity_success',
  'insight_pair_success',
  'insight_deal_health',
];
/** The tables of insight whose rows are of that instant. */
async function computedAt(asOf: string): Promise<string[]> {
  const found: string[] = [];
  for (const table of asOfTables) {
    const [newest] = await world.list(
      `SELECT toString(max(as_of) = parseDateTime64BestEffort({asOf: String}, 6, 'UTC')) AS same FROM ${table}`,
      { asOf },
    );
    if (newest === '1') found.push(table);
  }
  return found;
}
const signals = (kind: string) =>
  postgres.query(
    `SELECT subject, severity, state, evidence FROM insights_ops.signals WHERE kind = $1 ORDER BY subject`,
    [kind],
    signal,
  );

beforeAll(async () => {
  world = await Warehouse.open();
  postgres = new Postgres(createDataSource(world.stores.postgresUrl, migrations));
  await postgres.migrate();
  await putMarket(world.postgres);
  const nodes = ['Acme', 'Bolt'].map((name) => ({ id: uuidOf(name) }));
  await world.graph.write('UNWIND $nodes AS node MERGE (e:Entity {id: node.id})', { nodes }, z.unknown());
  const won = {
    id: uuidOf('won'),
    stage: 'completed',
    success_score: '4.50',
    updated_at: '2026-03-01T00:00:00Z',
  };
  await world.put('partnerships', {}, won);
  await world.put('deal_events', { to_stage: 'negotiation' });
  await world.put('affinity_scores', {
    computed_at: '2025-12-01T00:00:00Z',
    ingested_at: '2025-12-01T00:00:00Z',
  });
  await world.step1();
});
afterAll(async () => {
  await postgres.close();
  await world.close();
});

describe('a failed data test', () => {
  const [BEFORE, BROKEN, BESIDE, MENDED] = ['06', '07', '08', '09'].map(
    (day) => `2026-10-${day}T12:00:00.000000Z`,
  ) as [string, string, string, string];

  it('stops nothing while there is none', async () => {
    const { model, insight, sync } = await run(BEFORE);
    expect([model.status, insight.status, sync.status]).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(await computedAt(BEFORE)).toEqual(asOfTables);
    expect(await signals('failed_test')).toEqual([]);
  });

  it('of deal events stops what reads them, syncs included, and says so; the rest goes on', async () => {
    const name = 'fact_deal_events_unique_event_key';
    const cause = `fact_deal_events failed data test ${name}`;
    const { model, insight, sync } = await run(BROKEN, name);
    expect(model).toMatchObject({
      status: 'partial',
      error: { class: 'rejected', code: 'data_test_failed', message: expect.stringContaining(name) },
    });
    expect(insight).toMatchObject({
      status: 'partial',
      error: { class: 'rejected', code: 'upstream_blocked', message: expect.stringContaining(cause) },
      detail: { predictiveness: null, stalled: null, badges: null },
    });
    // fact_partnerships reads the events too: so does everything that reads deals.
    expect(leftOut.parse(insight.detail).leftOut).toEqual(
      [
        'predictiveness',
        'benchmarks',
        'badges',
        'benchmark_trends',
        'entity_success',
        'pair_success',
        'network_effects',
        'deal_health',
        'forecast',
      ].map((part) => ({
        part,
        reason: cause,
      })),
    );
    expect(await computedAt(BROKEN)).toEqual([]);
    expect(await computedAt(BEFORE)).toEqual(asOfTables);
    expect(sync).toMatchObject({ status: 'held', error: { code: 'upstream_blocked' } });
    for (const { status, reason } of syncs.parse(sync.detail).syncs)
      expect([status, reason]).toEqual(['held', `upstream_blocked: ${cause}`]);
    expect(await signals('failed_test')).toEqual([
      {
        subject: name,
        severity: 'critical',
        state: 'active',
        evidence: { model: 'fact_deal_events', rule: 'event_key is unique.', failures: 1, sample: ['17'] },
      },
    ]);
  });

  it('of affinity scores and activity stops their readers alone', async () => {
    const [scores, activity] = ['fact_affinity_scores_range', 'fact_user_activity_unique_activity_id'];
    const { insight, sync } = await run(BESIDE, scores);
    const reason = `fact_affinity_scores failed data test ${scores}`;
    expect(leftOut.parse(insight.detail).leftOut).toEqual(
      ['predictiveness', 'network_effects', 'forecast'].map((part) => ({ part, reason })),
    );
    expect(await computedAt(BESIDE)).toEqual(
      asOfTables.filter((table) => table !== 'insight_predictiveness_deals'),
    );
    const held = (outcome: StepOutcome) =>
      syncs.parse(outcome.detail).syncs.flatMap(({ name, status }) => (status === 'held' ? [name] : []));
    expect(sync.status).toBe('partial');
    expect(held(sync)).toEqual(['affinity_model']);
    const second = await run(BESIDE, activity);
    expect(held(second.sync)).toEqual(['entity_badges', 'entity_benchmarks', 'entity_success']);
  });

  it('of a model that no insight reads stops no insight and no sync', async () => {
    await world.put('trends', {});
    await world.step1();
    const { model, insight, sync } = await run(MENDED, 'dim_trend_one_current');
    expect(model.status).toBe('partial');
    expect([insight.status, sync.status]).toEqual(['succeeded', 'succeeded']);
  });

  it('stops nothing any more when it passes again', async () => {
    const { model, insight, sync } = await run(MENDED);
    expect([model.status, insight.status, sync.status]).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(await computedAt(MENDED)).toEqual(asOfTables);
    expect((await signals('failed_test')).map(({ state }) => state)).toEqual(
      Array.from({ length: 4 }, () => 'cleared'),
    );
  });
});
