import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ChangeBatches } from '../../modules/warehouse/application/change-batches.js';
import type { CdcBatch, ChangeTarget } from '../../modules/warehouse/application/cdc-ports.js';
import type { CdcPosition, StreamedSource, WalMessage } from '../../modules/warehouse/domain/cdc.js';
import { select } from '../../modules/warehouse/domain/lineage.js';
import { plusMicros } from '../../modules/warehouse/domain/micros.js';
import { ClickHouseCdcRecords } from '../../modules/warehouse/infrastructure/cdc/cdc-records.js';
import { RawChangeTarget } from '../../modules/warehouse/infrastructure/cdc/change-target.js';
import { models } from '../../modules/warehouse/infrastructure/model-catalog.js';
import { RawStore } from '../../modules/warehouse/infrastructure/raw-store.js';
import { postgresSources } from '../../modules/warehouse/infrastructure/sources/catalog.js';
import { createReplayRejects, loadStages } from '../../modules/warehouse/index.js';
import { putMarket, uuidOf } from '../factories/product-rows.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(400_000);

const built = z.object({ models: z.array(z.object({ model: z.string(), status: z.string() }).loose()) });
const stages = loadStages(undefined);
/** What changes of deal events go through and are seen in: another model would only be built beside them. */
const BUILT = select(models, ['+agg_stage_time']);
/** Sources that these models read. */
const READ = ['tenants', 'users', 'entities', 'partnerships', 'deal_events'];
/** With a stage that makes the rejected event good. */
const more = [...stages, { ...stages[0]!, name: 'nowhere', order: 99 }];
const stageNames = stages.map(({ name }) => name);
const table = {
  oid: 1,
  name: 'product.deal_events',
  columns: ['id', 'partnership_id', 'from_stage', 'to_stage', 'actor_entity_id', 'occurred_at'].map(
    (name) => ({
      name,
      typeOid: 25,
      typeModifier: -1,
      key: name === 'id',
    }),
  ),
};
const definition = postgresSources.find(({ name }) => name === 'deal_events')!;
const source: StreamedSource = { definition, table, columns: table.columns, fingerprint: 'f' };
const event = (id: number): WalMessage => ({
  tag: 'insert',
  table,
  row: [String(id), uuidOf('deal'), 'negotiation', 'signed', null, `2026-03-0${id}T10:00:00Z`],
});
const commit = (endLsn: bigint): WalMessage => ({
  tag: 'commit',
  endLsn,
  committedAt: '2026-03-05T10:00:00Z',
});
const stream = { confirm: () => undefined };

let world: Warehouse;
let records: ClickHouseCdcRecords;
beforeAll(async () => {
  world = await Warehouse.open();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.empty();
  await world.clickhouse.command('TRUNCATE TABLE raw_cdc');
  await putMarket(world.postgres);
  await world.put('partnerships', {});
  await world.put('deal_events', {}, { id: 2, to_stage: 'nowhere', occurred_at: '2026-02-05T10:00:00Z' });
  await world.step1({ only: READ });
  records = new ClickHouseCdcRecords(world.clickhouse, 'builds');
  await records.handedOver(position(100n), 'first');
});

const generation = randomUUID();
const position = (lsn: bigint): CdcPosition => ({
  origin: 'o',
  generation,
  lsn,
  sources: { deal_events: 'f' },
});

/** The stream as a process that begins now has it. */
async function streamer(
  loads: (target: ChangeTarget) => ChangeTarget['load'] = (target) => target.load.bind(target),
  begins: (begin: () => Promise<void>) => Promise<void> = (begin) => begin(),
) {
  const target = new RawChangeTarget(world.clickhouse, new RawStore(world.clickhouse), stageNames, () =>
    new Date().toISOString(),
  );
  target.load = loads(target);
  const before = await records.position();
  const at = before ?? position(100n);
  const batches = new ChangeBatches(
    {
      records: {
        begin: (batch) => begins(() => records.begin(batch)),
        confirm: (batch, moved) => records.confirm(batch, moved),
      },
      target,
      log: { readBack: () => Promise.resolve(new Map()) },
      whole: { sweep: () => Promise.resolve() },
    },
    [source],
    at,
    await records.interrupted(at),
    await target.nextInstant([source]),
    { elapsedMs: () => performance.now() },
    { landed: () => undefined, columnsAdded: () => undefined },
    { ageMs: 0, rows: 1, chunk: 1 },
  );
  return async (...messages: WalMessage[]) => {
    for (const message of messages) await batches.message(message, stream);
  };
}
async function replayRejects(): Promise<void> {
  const replays = createReplayRejects({ SOURCES_DIR: undefined }, world.clickhouse, more, (work) =>
    work(new AbortController().signal),
  );
  await replays.execute({ source: 'deal_events' }, { by: 'me', now: new Date().toISOString() });
}
/** Builds; names of incremental models that were built whole. */
async function build(options = {}): Promise<string[]> {
  const { detail } = await world.step2({}, more, { only: BUILT, ...options });
  return built.parse(detail).models.flatMap(({ model, mode }) => (mode === 'full' ? [model] : []));
}
const events = () => world.list('SELECT event_id FROM fact_deal_events ORDER BY event_id');
async function tables(): Promise<Record<string, unknown[]>> {
  const found: Record<string, unknown[]> = {};
  for (const { name, materialised } of models)
    if (BUILT.has(name) && materialised !== 'view')
      found[name] = await world
        .list(`SELECT toString(tuple(* EXCEPT ingested_at)) FROM ${name} ORDER BY 1`)
        .catch(() => world.list(`SELECT toString(tuple(*)) FROM ${name} ORDER BY 1`));
  return found;
}
async function expectLikeWhole(): Promise<void> {
  const incremental = await tables();
  await build({ full: true });
  expect(incremental).toEqual(await tables());
}

describe('builds between batches', () => {
  beforeEach(async () => {
    await build();
  });

  it('take up a batch that was open while others loaded and built', async () => {
    const send = await streamer();
    await send({ tag: 'begin' }, { tag: 'table', table }, event(3));
    await replayRejects();
    await build();
    expect(await events()).toEqual(['1', '2']);
    await send(commit(110n));
    expect(await build()).not.toContain('fact_deal_events');
    expect(await events()).toEqual(['1', '2', '3']);
    await expectLikeWhole();
  });

  it('take up a batch whose instant was chosen before others loaded and built, and recorded after', async () => {
    let others = 1;
    const send = await streamer(undefined, async (begin) => {
      if (others-- === 1) {
        await replayRejects();
        await build();
        expect(await events()).toEqual(['1', '2']);
      }
      await begin();
    });
    await send({ tag: 'begin' }, { tag: 'table', table }, event(3), commit(110n));
    expect(await build()).not.toContain('fact_deal_events');
    expect(await events()).toEqual(['1', '2', '3']);
    await expectLikeWhole();
  });

  it('take up a batch whose process died between choosing and checking its instant', async () => {
    const dying = await streamer(undefined, async (begin) => {
      await replayRejects();
      await build();
      await begin();
      throw new Error('killed');
    });
    await expect(dying({ tag: 'begin' }, { tag: 'table', table }, event(3), commit(110n))).rejects.toThrow(
      'killed',
    );
    const send = await streamer();
    await send({ tag: 'begin' }, { tag: 'table', table }, event(3), commit(110n));
    expect(await build()).not.toContain('fact_deal_events');
    expect(await events()).toEqual(['1', '2', '3']);
    await expectLikeWhole();
  });

  it('take up a batch that was killed before it loaded, whatever was loaded and built until it is there', async () => {
    const dying = await streamer(() => () => Promise.reject(new Error('killed')));
    await expect(dying({ tag: 'begin' }, { tag: 'table', table }, event(3), commit(110n))).rejects.toThrow(
      'killed',
    );
    await replayRejects();
    expect(await build()).not.toContain('fact_deal_events');
    const send = await streamer();
    await send({ tag: 'begin' }, { tag: 'table', table }, event(3), commit(110n));
    expect(await build()).not.toContain('fact_deal_events');
    expect(await events()).toEqual(['1', '2', '3']);
    expect(await build()).toEqual([]);
    await expectLikeWhole();
  });

  it('take up a batch that was killed while it was loading, and then its rest', async () => {
    const dying = await streamer((target) => async (one, batch: CdcBatch) => {
      await RawChangeTarget.prototype.load.call(target, one, batch);
      throw new Error('killed');
    });
    await expect(dying({ tag: 'begin' }, { tag: 'table', table }, event(3), commit(110n))).rejects.toThrow(
      'killed',
    );
    await replayRejects();
    await build();
    const send = await streamer();
    await send({ tag: 'begin' }, { tag: 'table', table }, event(3), commit(110n));
    await send({ tag: 'begin' }, event(4), commit(120n));
    expect(await build()).not.toContain('fact_deal_events');
    expect(await events()).toEqual(['1', '2', '3', '4']);
    await expectLikeWhole();
  });

  it('are not held back by a batch that was left for good, once the schedule reads the source', async () => {
    const dying = await streamer(() => () => Promise.reject(new Error('killed')));
    await expect(dying({ tag: 'begin' }, { tag: 'table', table }, event(3), commit(110n))).rejects.toThrow(
      'killed',
    );
    await world.clickhouse.command(
      `ALTER TABLE raw_cdc UPDATE base = base - INTERVAL 1 MINUTE WHERE state = 'begun' SETTINGS mutations_sync = 2`,
    );
    await world.put('deal_events', { id: 5, to_stage: 'signed', occurred_at: '2026-03-05T10:00:00Z' });
    await world.step1({ only: ['deal_events'], stages: more });
    await build();
    expect(await events()).toContain('5');
  });
});

describe('bookkeeping', () => {
  it('keeps one row a source, the highest of both instants, whatever order loads confirm in', async () => {
    const store = new RawStore(world.clickhouse);
    const before = await store.position(definition);
    const late = new Date(Date.now() + 60_000).toISOString();
    await store.confirm(definition, { cursor: null, runId: generation, extractedAt: late });
    await world.clickhouse.command(
      `INSERT INTO raw_deal_events SELECT * REPLACE (parseDateTime64BestEffort({late: String}, 6, 'UTC') AS _extracted_at) FROM raw_deal_events LIMIT 1`,
      { late },
    );
    await store.confirm(definition, { cursor: null, runId: generation, extractedAt: before.confirmedAt });
    await world.clickhouse.command('OPTIMIZE TABLE raw_cursors FINAL');
    const padded = late.replace('Z', '000Z');
    expect(
      await world.rows(`SELECT confirmed_at, changed_at FROM raw_cursors WHERE source = 'deal_events'`),
    ).toEqual([{ confirmed_at: padded, changed_at: padded }]);
    expect(await store.position(definition)).toEqual({ ...before, confirmedAt: padded, changedAt: padded });
  });

  it('gives a load an instant after the newest row, also where that is later than its confirmation', async () => {
    const store = new RawStore(world.clickhouse);
    const { confirmedAt } = await store.position(definition);
    await world.clickhouse.command(
      `INSERT INTO raw_deal_events SELECT * REPLACE (_extracted_at + INTERVAL 90 SECOND AS _extracted_at) FROM raw_deal_events LIMIT 1`,
    );
    await store.confirm(definition, { cursor: null, runId: generation, extractedAt: confirmedAt });
    const { changedAt } = await store.position(definition);
    expect(changedAt > confirmedAt).toBe(true);
    expect(await store.nextInstant(definition, confirmedAt)).toBe(plusMicros(changedAt, 1));
  });

  it('of batches is read from its end', async () => {
    const batch = (n: number, rows: number): CdcBatch => ({
      generation,
      from: 100n,
      to: BigInt(100 + n),
      base: '2026-06-17T12:00:00.000000Z',
      rows,
      truncated: [],
      committedAt: null,
    });
    for (const n of [2, 1, 3]) await records.confirm(batch(n, 4 - n), position(BigInt(100 + n)));
    await records.confirm(batch(9, 0), position(109n));
    expect(await records.position()).toEqual(position(109n));
    expect(await records.history()).toMatchObject({
      lastBatch: { rows: 1 },
      handOvers: [{ reason: 'first', sources: 1 }],
    });
  });
});
