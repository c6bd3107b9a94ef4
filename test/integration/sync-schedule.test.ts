import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import Bull, { type Queue } from 'bull';
import { z } from 'zod';
import { RequestSync, syncRunJob } from '../../modules/operations/index.js';
import { processSyncRuns } from '../../modules/operations/jobs/sync-run.processor.js';
import { SyncTick } from '../../modules/operations/jobs/sync-tick.js';
import type { SyncDefinition, Syncs } from '../../modules/sync/index.js';
import { createLogger } from '../../src/platform/logging/logging.js';
import { BullJobQueue, bullOptions } from '../../src/platform/queue/bull-job-queue.js';
import { InProcessJobQueue } from '../../src/platform/queue/in-process-job-queue.js';
import { startRedis } from '../servers/redis.js';
import { eventually } from '../support/async.js';
import { SyncFixture } from './sync-fixture.js';
import { Probe } from './sync-probe.js';

jest.setTimeout(120_000);

const logger = createLogger('silent');
const redis = await startRedis();
if ('unavailable' in redis) {
  if (process.env.CI === 'true') throw new Error(`Syncs must be tested on Redis: ${redis.unavailable}.`);
  console.warn(`SKIPPED: a stalled job of a sync. ${redis.unavailable}.`);
}

let stores: SyncFixture;
let probe: Probe;
beforeAll(async () => {
  stores = await SyncFixture.open();
  probe = await Probe.create(stores, 'timed');
  await probe.setModel([{ id: 'a', part: 'x', body: 'one' }]);
}, 120_000);
afterAll(async () => {
  await stores.close();
  if ('stop' in redis) await redis.stop();
});

const at = (text: string): number => Date.parse(text);
const daily = (cron: string, name = 'timed'): SyncDefinition => ({
  ...probe.definition,
  name,
  trigger: { kind: 'cron', cron, zone: 'America/New_York' },
});
const runRow = z.object({ requested_by: z.string(), status: z.string() });
const runsOf = async (name: string) =>
  await stores.postgres.query(
    `SELECT requested_by, status FROM insights_ops.sync_runs WHERE name = $1 ORDER BY created_at`,
    [name],
    runRow,
  );

describe('a schedule', () => {
  it('trap 18: a cron edited five times, with a restart each, fires once and not for times before the edit', async () => {
    const name = 'edited';
    let now = at('2026-05-01T15:00:00Z');
    for (const cron of ['0 6 * * *', '0 7 * * *', '0 8 * * *', '0 9 * * *', '0 10 * * *']) {
      // Each look is another process: it knows nothing but the stores.
      expect(await stores.syncs([daily(cron, name)]).due.collect(now)).toEqual([]);
      now += 60_000;
    }
    const last = daily('0 10 * * *', name);
    const [view] = await stores.syncs([last]).status.list([last], { runs: 5, now });
    expect([view?.nextRunAt, view?.runs]).toEqual(['2026-05-02T14:00:00.000Z', []]);

    let fired = 0;
    for (; now < at('2026-05-02T20:00:00Z'); now += 30 * 60_000)
      fired += (await stores.syncs([last]).due.collect(now)).length;
    expect(fired).toBe(1);
    expect(await runsOf(name)).toEqual([
      { requested_by: 'schedule: 2026-05-02T10:00 America/New_York', status: 'queued' },
    ]);
  });

  it('trap 16: a repeated hour in New York is one run, however many replicas tick', async () => {
    const name = 'replicas';
    const replicas = [1, 2, 3].map(() => stores.syncs([daily('30 1 * * *', name)]));
    for (let now = at('2026-11-01T04:00:00Z'); now < at('2026-11-01T08:00:00Z'); now += 20 * 60_000)
      await Promise.all(replicas.map(({ due }) => due.collect(now)));
    expect((await runsOf(name)).map((run) => run.requested_by)).toEqual([
      'schedule: 2026-11-01T01:30 America/New_York',
    ]);
  });

  it('makes up for the last firing that nobody saw, and for none of a pause', async () => {
    const name = 'late';
    const syncs = stores.syncs([daily('0 * * * *', name)]);
    await syncs.due.collect(at('2026-05-01T12:30:00Z'));
    expect(await syncs.due.collect(at('2026-05-01T18:30:00Z'))).toHaveLength(1);
    await syncs.controls.pause(name, { by: 'ana', now: '2026-05-01T18:31:00Z' });
    expect(await syncs.due.collect(at('2026-05-01T20:30:00Z'))).toEqual([]);
    await syncs.controls.resume(name);
    expect(await syncs.due.collect(at('2026-05-01T20:40:00Z'))).toEqual([]);
    expect((await runsOf(name)).map((run) => run.requested_by)).toEqual([
      'schedule: 2026-05-01T14:00 America/New_York',
    ]);
  });

  it('queues again what a dead process had queued, and runs it once', async () => {
    await stores.postgres.execute(`DELETE FROM insights_ops.sync_runs`);
    const syncs = stores.syncs([probe.definition]);
    const runId = await new RequestSync(syncs.requests, idle()).execute(probe.definition, {
      trigger: 'api',
      requestedBy: 'ana',
      selection: {},
    });
    expect(await syncs.due.collect(at('2026-06-01T00:00:00Z'))).toEqual([]);
    await stores.postgres.execute(
      `UPDATE insights_ops.sync_runs SET created_at = now() - interval '1 minute'`,
    );

    const queue = idle();
    processSyncRuns(queue, syncs, new AbortController().signal);
    queue.start();
    const tick = new SyncTick(syncs.due, new RequestSync(syncs.requests, queue), logger);
    await tick.tick(at('2026-06-01T00:00:00Z'));
    await tick.tick(at('2026-06-01T00:00:10Z'));
    await eventually(async () =>
      expect(await runsOf('timed')).toEqual([{ requested_by: 'ana', status: 'succeeded' }]),
    );
    await queue.close();
    expect(await attempts(runId)).toBe(1);
  });

  it('leaves a run alone that was cancelled while it waited', async () => {
    const syncs = stores.syncs([probe.definition]);
    const queue = idle();
    const runId = await new RequestSync(syncs.requests, queue).execute(probe.definition, {
      trigger: 'api',
      requestedBy: 'ana',
      selection: {},
    });
    const now = '2026-06-01T00:00:00Z';
    expect(await syncs.controls.cancel('timed', { by: 'ben', now })).toEqual([{ runId, status: 'queued' }]);
    processSyncRuns(queue, syncs, new AbortController().signal);
    queue.start();
    await eventually(async () =>
      expect(await queue.counts(syncRunJob)).toEqual({ waiting: 0, active: 0, failed: 0 }),
    );
    await queue.close();
    expect(await syncs.status.run('timed', runId)).toMatchObject({
      status: 'cancelled',
      cancelledBy: 'ben',
      startedAt: null,
    });
    expect(await attempts(runId)).toBe(0);
  });
});

describe('runs of the pipeline whose process died', () => {
  const pipelineRun = async (status: 'running' | 'failed', ...names: string[]): Promise<string> => {
    const { runId } = await stores.context();
    await stores.postgres.execute(`UPDATE insights_ops.pipeline_runs SET status = $2 WHERE id = $1`, [
      runId,
      status,
    ]);
    for (const name of names)
      await stores.postgres.execute(
        `INSERT INTO insights_ops.sync_runs (run_id, name, target, status, trigger, requested_by, started_at)
         VALUES ($1, $2, 'postgres', 'running', 'pipeline', 'pipeline', now())`,
        [runId, name],
      );
    return runId;
  };
  const statusOf = async (runId: string) =>
    await stores.postgres.query(
      `SELECT name, status, error_code FROM insights_ops.sync_runs WHERE run_id = $1 ORDER BY name`,
      [runId],
      z.object({ name: z.string(), status: z.string(), error_code: z.string().nullable() }),
    );
  const running = (name: string) => ({ name, status: 'running', error_code: null });
  const abandoned = (name: string) => ({ name, status: 'failed', error_code: 'run_abandoned' });

  it('are ended once their pipeline run has, and not while one of them still holds its lease', async () => {
    const live = await pipelineRun('running', 'died_in_live');
    const ended = await pipelineRun('failed', 'died_free', 'died_held');
    await stores.postgres.execute(
      `INSERT INTO insights_ops.sync_leases (sync, token, run_id, expires_at) VALUES ('died_held', 1, $1, now() + interval '1 minute')`,
      [ended],
    );
    const { due } = stores.syncs([probe.definition]);
    await due.collect(at('2026-06-01T00:00:00Z'));
    expect(await statusOf(live)).toEqual([running('died_in_live')]);
    expect(await statusOf(ended)).toEqual([abandoned('died_free'), running('died_held')]);

    await stores.postgres.execute(
      `UPDATE insights_ops.sync_leases SET expires_at = now() - interval '1 second' WHERE sync = 'died_held'`,
    );
    await due.collect(at('2026-06-01T00:00:10Z'));
    expect(await statusOf(ended)).toEqual([abandoned('died_free'), abandoned('died_held')]);
  });

  it('are ended by the next pipeline run where no schedule looks', async () => {
    const ended = await pipelineRun('failed', 'died_alone');
    const context = await stores.context();
    await stores.syncs([]).step.execute(context);
    expect(await statusOf(ended)).toEqual([abandoned('died_alone')]);
  });
});

const describeRedis = 'url' in redis ? describe : describe.skip;
describeRedis('trap 17: a job whose worker blocks longer than its lock', () => {
  it('is taken by a second worker, and has one effect', async () => {
    const slow = await Probe.create(stores, 'blocked');
    await slow.setModel(Array.from({ length: 50 }, (_, n) => ({ id: `r${n}`, part: 'x', body: 'new' })));
    const syncs = stores.syncs([slow.definition]);
    let taken = 0;
    /** The first execution keeps the event loop busy until its lock is gone, then goes on as if nothing were. */
    const run: Pick<Syncs['run'], 'execute'> = {
      execute: async (definition, request) => {
        taken += 1;
        if (taken === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
        if (taken === 1) await eventually(() => expect(taken).toBe(2));
        return await syncs.run.execute(definition, request);
      },
    };
    const opened: { queue: BullJobQueue; bull: Queue }[] = [];
    for (let worker = 0; worker < 2; worker += 1) {
      const options = bullOptions('url' in redis ? redis.url : '');
      const settings = { ...options.settings, lockDuration: 500, lockRenewTime: 250, stalledInterval: 200 };
      const bull = new Bull(syncRunJob.name, { ...options, settings });
      const queue = new BullJobQueue([syncRunJob], new Map([[syncRunJob.name, bull]]), logger);
      await eventually(() => queue.ping());
      processSyncRuns(queue, { ...syncs, run: run as Syncs['run'] }, new AbortController().signal);
      opened.push({ queue, bull });
    }
    const [first] = opened;
    if (first === undefined) throw new Error('no worker');
    const runId = await new RequestSync(syncs.requests, first.queue).execute(slow.definition, {
      trigger: 'api',
      requestedBy: 'ana',
      selection: {},
    });
    for (const { queue } of opened) queue.start();
    await eventually(async () => expect(await attempts(runId)).toBe(2), 30_000);
    for (const { queue } of opened) await queue.close();

    const written = z.object({ rows: z.coerce.number(), distinct: z.coerce.number() });
    const query = `SELECT count() AS rows, uniqExact(key_hash) AS distinct FROM sync_changelog WHERE sync = 'blocked'`;
    expect(await stores.clickhouse.row(query, {}, written)).toEqual({ rows: 50, distinct: 50 });
    expect(await slow.keys()).toHaveLength(50);
    expect(await syncs.status.run('blocked', runId)).toMatchObject({ status: 'succeeded' });
  }, 60_000);
});

describeRedis('a queued run whose job failed before the run began', () => {
  it('is queued again by the next tick and runs once', async () => {
    const probed = await Probe.create(stores, 'failed_job');
    await probed.setModel([{ id: 'a', part: 'x', body: 'one' }]);
    const syncs = stores.syncs([probed.definition]);
    const bull = new Bull(syncRunJob.name, bullOptions('url' in redis ? redis.url : ''));
    const queue = new BullJobQueue([syncRunJob], new Map([[syncRunJob.name, bull]]), logger);
    await eventually(() => queue.ping());
    let opened = 0;
    const requests: Parameters<typeof processSyncRuns>[1]['requests'] = {
      open: async (run) => {
        opened += 1;
        if (opened === 1) throw new Error('the database is away');
        return await syncs.requests.open(run);
      },
      refuse: async (run, failure) => await syncs.requests.refuse(run, failure),
    };
    processSyncRuns(queue, { ...syncs, requests }, new AbortController().signal);
    queue.start();
    const runId = await new RequestSync(syncs.requests, queue).execute(probed.definition, {
      trigger: 'api',
      requestedBy: 'ana',
      selection: {},
    });
    await eventually(async () =>
      expect(await queue.counts(syncRunJob)).toEqual({ waiting: 0, active: 0, failed: 1 }),
    );
    await stores.postgres.execute(
      `UPDATE insights_ops.sync_runs SET created_at = now() - interval '1 minute' WHERE run_id = $1`,
      [runId],
    );
    const tick = new SyncTick(syncs.due, new RequestSync(syncs.requests, queue), logger);
    await tick.tick(at('2026-06-01T00:00:00Z'));
    await tick.tick(at('2026-06-01T00:00:10Z'));
    await eventually(async () =>
      expect(await runsOf('failed_job')).toEqual([{ requested_by: 'ana', status: 'succeeded' }]),
    );
    await queue.close();
    expect(opened).toBe(2);
    expect(await attempts(runId)).toBe(1);
  });
});

/** A queue of this process that was not started: it holds jobs. */
function idle(): InProcessJobQueue {
  return new InProcessJobQueue([syncRunJob], logger);
}

/** How often a run was really executed. */
async function attempts(runId: string): Promise<number> {
  const query = `SELECT count() AS count FROM sync_runs WHERE run_id = {runId: UUID}`;
  return (await stores.clickhouse.row(query, { runId }, z.object({ count: z.coerce.number() }))).count;
}
