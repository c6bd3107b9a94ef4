import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { migrations } from '../../migrations/postgres/index.js';
import {
  PipelineRunner,
  pipelineRunJob,
  type PipelineRunnerOptions,
  type PipelineStep,
  PostgresRunLedger,
  PostgresRunLock,
  RequestRun,
  type Run,
} from '../../modules/operations/index.js';
import { ScheduleTick } from '../../modules/operations/jobs/schedule-tick.js';
import { AppError } from '../../src/kernel/errors.js';
import type { Progress, RunContext } from '../../src/kernel/progress.js';
import { createLogger } from '../../src/platform/logging/logging.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { InProcessJobQueue } from '../../src/platform/queue/in-process-job-queue.js';
import { fakeSteps, succeeded, untilAborted } from '../fakes/pipeline-steps.js';
import { startChild } from '../servers/child.js';
import { startTcpProxy } from '../servers/tcp-proxy.js';
import { deferred, eventually } from '../support/async.js';
import { type TestStores, testStores } from '../support/stores.js';

const logger = createLogger('silent');
const never = new AbortController().signal;
const quiet = { signal: never, onProgress: () => undefined };

let stores: TestStores;
let postgres: Postgres;
let ledger: PostgresRunLedger;

beforeAll(async () => {
  stores = await testStores();
  postgres = new Postgres(createDataSource(stores.postgresUrl, migrations));
  await postgres.migrate();
  ledger = new PostgresRunLedger(postgres);
}, 120_000);
afterAll(async () => {
  await postgres.close();
  await stores.close();
});
beforeEach(async () => {
  await postgres.execute('TRUNCATE insights_ops.pipeline_runs CASCADE');
});

function newRunner(steps: PipelineStep[] = fakeSteps(), options: Partial<PipelineRunnerOptions> = {}) {
  return new PipelineRunner(ledger, new PostgresRunLock(postgres), steps, { logger, ...options });
}

async function requested(runner: PipelineRunner, asOf?: string): Promise<string> {
  const run = await runner.request({ trigger: 'manual', asOf });
  if (run === null) throw new Error('not requested');
  return run.id;
}

const stepStatuses = (run: Run | null) => run?.steps.map((step) => step.status);
const stepCodes = (run: Run | null) => run?.steps.map((step) => step.error?.code ?? null);

/** Leaves a run as a process does that died in its model step, without the lock. */
async function diedInModel(runId: string): Promise<void> {
  const run = await claimed(runId);
  await ledger.startStep(run, 'extract');
  await ledger.finishStep(run, 'extract', succeeded(3));
  await ledger.startStep(run, 'model');
}

async function claimed(runId: string) {
  const run = await ledger.claim(runId);
  if (run === null) throw new Error('not claimed');
  return run;
}

describe('the ledger of a run', () => {
  it('stores a requested run as queued, with its asOf in UTC to the microsecond', async () => {
    const run = await newRunner().request({ trigger: 'api', asOf: '2026-03-04T05:06:07.123456+02:00' });
    const step = (name: string) => ({
      name,
      status: 'queued',
      startedAt: null,
      finishedAt: null,
      rowsIn: 0,
      rowsOut: 0,
      rejected: 0,
      error: null,
    });
    expect(run).toEqual({
      id: expect.any(String),
      status: 'queued',
      trigger: 'api',
      asOf: '2026-03-04T03:06:07.123456Z',
      startedAt: null,
      finishedAt: null,
      steps: ['extract', 'model', 'insight', 'sync', 'alert'].map(step),
      syncs: [],
      alerts: { opened: 0, sent: 0, stored: 0, updated: 0, suppressed: 0, resolved: 0 },
    });
  });

  it('gives every step the same run and asOf, in order, and stores each step before and after', async () => {
    const contexts: RunContext[] = [];
    const during: (string[] | undefined)[] = [];
    const look = async (context: RunContext) => {
      contexts.push(context);
      during.push(stepStatuses(await ledger.find(context.runId)));
      return { ...succeeded(), rowsIn: 5, rowsOut: 4, rejected: 1 };
    };
    const runner = newRunner(
      fakeSteps({ extract: look, model: look, insight: look, sync: look, alert: look }),
    );
    const id = await requested(runner, '2026-03-04T05:06:07Z');
    const run = await runner.execute(id, quiet);
    expect(run.status).toBe('succeeded');
    expect(new Set(contexts.map((context) => context.runId))).toEqual(new Set([id]));
    expect(new Set(contexts.map((context) => context.asOf))).toEqual(new Set(['2026-03-04T05:06:07Z']));
    expect(during).toEqual([
      ['running', 'queued', 'queued', 'queued', 'queued'],
      ['succeeded', 'running', 'queued', 'queued', 'queued'],
      ['succeeded', 'succeeded', 'running', 'queued', 'queued'],
      ['succeeded', 'succeeded', 'succeeded', 'running', 'queued'],
      ['succeeded', 'succeeded', 'succeeded', 'succeeded', 'running'],
    ]);
    for (const step of run.steps) {
      expect(step).toMatchObject({ rowsIn: 5, rowsOut: 4, rejected: 1, error: null });
      expect(Date.parse(step.finishedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(step.startedAt ?? ''));
    }
    expect(await ledger.find(id)).toEqual(run);
  });

  it('shows the figures of syncs and alerts, and keeps what steps say about themselves', async () => {
    const alerts = { opened: 2, sent: 0, stored: 1, updated: 0, suppressed: 1, resolved: 3 };
    const runner = newRunner(
      fakeSteps({
        sync: async ({ runId }) => {
          await postgres.execute(
            `INSERT INTO insights_ops.sync_runs (run_id, name, target, status, inserted, unchanged)
             VALUES ($1, 'benchmarks', 'postgres', 'succeeded', 7, 9)`,
            [runId],
          );
          return succeeded();
        },
        alert: () => Promise.resolve({ ...succeeded(), detail: { alerts, note: 'x' } }),
      }),
    );
    const run = await runner.execute(await requested(runner), quiet);
    expect(run.syncs).toEqual([
      {
        name: 'benchmarks',
        target: 'postgres',
        status: 'succeeded',
        inserted: 7,
        updated: 0,
        deleted: 0,
        unchanged: 9,
        failed: 0,
        held: 0,
      },
    ]);
    expect(run.alerts).toEqual(alerts);
    expect((await ledger.details(run.id)).get('alert')).toEqual({ alerts, note: 'x' });
  });

  it('lists the newest request first, by status and up to a limit', async () => {
    const runner = newRunner();
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) ids.push(await requested(runner));
    await runner.execute(ids[1] ?? '', quiet);
    const list = async (filter: Parameters<typeof ledger.list>[0]) =>
      (await ledger.list(filter)).map((run) => run.id);
    expect(await list({ limit: 10 })).toEqual([ids[2], ids[1], ids[0]]);
    expect(await list({ limit: 2 })).toEqual([ids[2], ids[1]]);
    expect(await list({ limit: 10, status: 'succeeded' })).toEqual([ids[1]]);
  });
});

describe('steps that do not succeed', () => {
  it('keeps class and code of what a step throws, and skips what needs it', async () => {
    const error = new AppError({ class: 'transient', source: 'x', code: 'x_down', message: 'x is down' });
    const runner = newRunner(fakeSteps({ model: () => Promise.reject(error) }));
    const run = await runner.execute(await requested(runner), quiet);
    expect(run.status).toBe('failed');
    expect(stepStatuses(run)).toEqual(['succeeded', 'failed', 'skipped', 'skipped', 'skipped']);
    expect(run.steps[1]?.error).toEqual({ class: 'transient', code: 'x_down', message: 'x is down' });
    expect(run.steps[2]).toMatchObject({ startedAt: null, finishedAt: null, error: null });
  });

  it('calls what nobody classified a bug, and stores no password of its message', async () => {
    const runner = newRunner(
      fakeSteps({
        extract: () => {
          throw new Error('cannot reach postgres://app:hunter2@db/x');
        },
      }),
    );
    const run = await runner.execute(await requested(runner), quiet);
    expect(run.steps[0]?.error).toEqual({
      class: 'bug',
      code: 'unexpected',
      message: 'cannot reach postgres://***@db/x',
    });
  });

  it('stores no password of what a step says about itself, and hands it on as it was', async () => {
    const message = 'cannot reach postgres://app:hunter2@db/x';
    let handedOn: unknown;
    const runner = newRunner(
      fakeSteps({
        extract: () =>
          Promise.resolve({
            ...succeeded(),
            status: 'partial',
            detail: { rows: 3, sources: [{ name: 'crm', error: { code: 'x_down', message } }] },
          }),
        model: ({ earlier }) => {
          handedOn = earlier?.get('extract')?.detail;
          return Promise.resolve(succeeded());
        },
      }),
    );
    const run = await runner.execute(await requested(runner), quiet);
    const detail = (text: string) => ({
      rows: 3,
      sources: [{ name: 'crm', error: { code: 'x_down', message: text } }],
    });
    expect((await ledger.details(run.id)).get('extract')).toEqual(detail('cannot reach postgres://***@db/x'));
    expect(handedOn).toEqual(detail(message));
  });

  it('goes on when extract failed for one source only', async () => {
    const runner = newRunner(
      fakeSteps({
        extract: () =>
          Promise.resolve({
            ...succeeded(4),
            status: 'failed',
            error: { class: 'configuration', code: 'source_column_missing', message: 'edit trends.sql' },
            detail: { continue: true },
          }),
      }),
    );
    const run = await runner.execute(await requested(runner), quiet);
    expect(run.status).toBe('partial');
    expect(stepStatuses(run)).toEqual(['failed', 'succeeded', 'succeeded', 'succeeded', 'succeeded']);
    expect(stepCodes(run)).toEqual(['source_column_missing', null, null, null, null]);
  });

  it('ends as held when a sync waits for a person', async () => {
    const runner = newRunner(fakeSteps({ sync: () => Promise.resolve({ ...succeeded(), status: 'held' }) }));
    expect((await runner.execute(await requested(runner), quiet)).status).toBe('held');
  });

  it('refuses a pipeline that is not the five steps in order', () => {
    expect(() => newRunner(fakeSteps().reverse())).toThrow(
      expect.objectContaining({ code: 'pipeline_steps' }),
    );
    expect(() => newRunner([])).toThrow(expect.objectContaining({ code: 'pipeline_steps' }));
  });

  it('knows only runs of the ledger', async () => {
    await expect(newRunner().execute(randomUUID(), quiet)).rejects.toMatchObject({ code: 'run_unknown' });
  });
});

describe('one run at a time', () => {
  /** Two replicas: runners on connection pools of their own. `inModel` resolves while the first is in its model step. */
  async function occupied() {
    const [inModel, release] = [deferred<undefined>(), deferred<undefined>()];
    const other = new Postgres(createDataSource(stores.postgresUrl, []));
    const events: string[] = [];
    const holder = new PipelineRunner(
      new PostgresRunLedger(other),
      new PostgresRunLock(other),
      fakeSteps({
        model: async () => {
          inModel.resolve(undefined);
          await release.promise;
          events.push('first leaves model');
          return succeeded();
        },
      }),
      { logger },
    );
    const id = await requested(holder);
    const done = holder.execute(id, quiet);
    await inModel.promise;
    const finish = async () => {
      release.resolve(undefined);
      const run = await done;
      await other.close();
      return run;
    };
    return { id, events, finish };
  }

  it('makes a run that somebody asked for wait, and says so', async () => {
    const first = await occupied();
    const waiting = deferred<Progress>();
    const runner = newRunner(
      fakeSteps({
        extract: () => {
          first.events.push('second begins');
          return Promise.resolve(succeeded());
        },
      }),
    );
    const second = runner.execute(await requested(runner), {
      signal: never,
      onProgress: (progress) => waiting.resolve(progress),
    });
    expect(await waiting.promise).toEqual({ phase: 'waiting for the run in progress', done: 0 });
    expect((await first.finish()).status).toBe('succeeded');
    expect((await second).status).toBe('succeeded');
    expect(first.events).toEqual(['first leaves model', 'second begins']);
  });

  it('makes a scheduled run give way', async () => {
    const first = await occupied();
    const runner = newRunner();
    const run = await runner.request({ trigger: 'schedule', scheduleSlot: '2026-01-01T00:00:00Z' });
    const ended = await runner.execute(run?.id ?? '', quiet);
    expect(ended.status).toBe('cancelled');
    expect(stepStatuses(ended)).toEqual(Array(5).fill('skipped'));
    expect(stepCodes(ended)).toEqual(Array(5).fill('run_overlap'));
    expect((await first.finish()).status).toBe('succeeded');
  });

  it('fails a run that waited too long', async () => {
    const first = await occupied();
    const runner = newRunner(fakeSteps(), { lockWaitMs: 1 });
    const ended = await runner.execute(await requested(runner), quiet);
    expect([ended.status, ...(stepCodes(ended) ?? [])]).toEqual([
      'failed',
      ...(Array(5).fill('run_lock_timeout') as string[]),
    ]);
    await first.finish();
  });

  it('cancels a run that is told to stop while it waits', async () => {
    const first = await occupied();
    const stop = new AbortController();
    const runner = newRunner();
    const ended = await runner.execute(await requested(runner), {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    expect(ended.status).toBe('cancelled');
    expect(stepCodes(ended)).toEqual(Array(5).fill('run_interrupted'));
    await first.finish();
  });

  it('leaves a run alone that another worker executes already', async () => {
    const first = await occupied();
    const again = newRunner(fakeSteps(), { lockWaitMs: 1 });
    expect((await again.execute(first.id, quiet)).status).toBe('running');
    expect((await first.finish()).status).toBe('succeeded');
    expect((await again.execute(first.id, quiet)).status).toBe('succeeded');
  });

  it('starts one run a slot, however many replicas tick', async () => {
    const ticks: { tick: ScheduleTick; queue: InProcessJobQueue }[] = [1, 2].map(() => {
      const queue = new InProcessJobQueue([pipelineRunJob], logger);
      const request = new RequestRun(newRunner(), ledger, queue);
      return { queue, tick: new ScheduleTick(300, request, logger) };
    });
    const at = Date.UTC(2026, 0, 1, 0, 4, 59);
    for (const now of [at, at + 500, at + 1_000]) await Promise.all(ticks.map(({ tick }) => tick.tick(now)));
    const counts = await Promise.all(ticks.map(({ queue }) => queue.counts(pipelineRunJob)));
    expect(counts.reduce((sum, { waiting }) => sum + waiting, 0)).toBe(2);
    const slots = await postgres.query(
      'SELECT schedule_slot AS slot FROM insights_ops.pipeline_runs ORDER BY 1',
      [],
      z.object({ slot: z.string() }),
    );
    expect(slots).toEqual([{ slot: '2026-01-01T00:00:00Z' }, { slot: '2026-01-01T00:05:00Z' }]);
  });

  it('schedules no second run behind one that still waits', async () => {
    const queue = new InProcessJobQueue([pipelineRunJob], logger);
    const tick = new ScheduleTick(300, new RequestRun(newRunner(), ledger, queue), logger);
    const at = Date.UTC(2026, 0, 1);
    for (const minutes of [0, 5, 10]) await tick.tick(at + minutes * 60_000);
    expect(await queue.counts(pipelineRunJob)).toMatchObject({ waiting: 1 });
    expect(await ledger.list({ limit: 5 })).toHaveLength(1);
  });

  it('ends a run as failed when the queue refuses it', async () => {
    const queue = new InProcessJobQueue([pipelineRunJob], logger);
    await queue.close();
    const request = new RequestRun(newRunner(), ledger, queue);
    await expect(request.execute({ trigger: 'api' })).rejects.toMatchObject({ code: 'queue_closed' });
    const [run] = await ledger.list({ limit: 1 });
    expect([run?.status, run?.steps[0]?.error?.code]).toEqual(['failed', 'queue_closed']);
  });
});

describe('stopping', () => {
  it('cancels the step in hand and what is behind it', async () => {
    const stop = new AbortController();
    const runner = newRunner(
      fakeSteps({
        insight: async ({ signal }) => {
          stop.abort();
          return untilAborted(signal);
        },
      }),
    );
    const run = await runner.execute(await requested(runner), { ...quiet, signal: stop.signal });
    expect(run.status).toBe('cancelled');
    expect(stepStatuses(run)).toEqual(['succeeded', 'succeeded', 'cancelled', 'cancelled', 'cancelled']);
    expect(stepCodes(run)?.slice(2)).toEqual(Array(3).fill('run_interrupted'));
  });

  it('keeps the result of a step that ends in spite of it', async () => {
    const stop = new AbortController();
    const steps = fakeSteps({
      alert: () => {
        stop.abort();
        return Promise.resolve(succeeded(9));
      },
    });
    const runner = newRunner(steps);
    const run = await runner.execute(await requested(runner), { ...quiet, signal: stop.signal });
    expect([run.status, run.steps[4]?.rowsOut]).toEqual(['succeeded', 9]);
  });

  it('stops when the connection that holds the lock is gone', async () => {
    const lock = new PostgresRunLock(postgres, 20);
    const steps = fakeSteps({
      model: async ({ signal }) => {
        await postgres.execute(
          `SELECT pg_terminate_backend(pid) FROM pg_locks
           WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        );
        return untilAborted(signal);
      },
    });
    const runner = new PipelineRunner(ledger, lock, steps, { logger });
    const run = await runner.execute(await requested(runner), quiet);
    expect(run.status).toBe('cancelled');
    expect(stepCodes(run)?.slice(1)).toEqual(Array(4).fill('run_lock_lost'));
  });

  /** A lock on a connection that a test can make silent: nothing arrives any more, and nobody says so. */
  async function lockBehindProxy() {
    const proxy = await startTcpProxy(new URL(stores.postgresUrl));
    const url = new URL(stores.postgresUrl);
    url.host = `127.0.0.1:${proxy.port}`;
    const other = new Postgres(createDataSource(url.href, []));
    const close = async () => {
      await other.close();
      await proxy.close();
    };
    return { proxy, other, close };
  }

  it('stops when the connection that holds the lock falls silent', async () => {
    const { proxy, other, close } = await lockBehindProxy();
    const steps = fakeSteps({
      model: ({ signal }) => {
        proxy.silence();
        return untilAborted(signal);
      },
    });
    const runner = new PipelineRunner(ledger, new PostgresRunLock(other, 20, 300), steps, { logger });
    const run = await runner.execute(await requested(runner), quiet);
    expect(run.status).toBe('cancelled');
    expect(stepCodes(run)?.slice(1)).toEqual(Array(4).fill('run_lock_lost'));
    await close();
  });

  it('ends, and gives the connection up, when it falls silent during the last step', async () => {
    const { proxy, other, close } = await lockBehindProxy();
    const steps = fakeSteps({
      alert: () => {
        proxy.silence();
        return Promise.resolve(succeeded());
      },
    });
    const runner = new PipelineRunner(ledger, new PostgresRunLock(other, 60_000, 300), steps, { logger });
    expect((await runner.execute(await requested(runner), quiet)).status).toBe('succeeded');
    proxy.resume();
    await other.ping();
    await close();
  });

  it('does not overwrite a run that was taken from it', async () => {
    const seen: string[] = [];
    const runner = newRunner(
      fakeSteps({
        model: async ({ runId }) => {
          await ledger.abandonOthers(randomUUID(), 0);
          seen.push(runId);
          return succeeded(8);
        },
        insight: () => {
          seen.push('insight');
          return Promise.resolve(succeeded());
        },
      }),
    );
    const run = await runner.execute(await requested(runner), quiet);
    expect(seen).toEqual([run.id]);
    expect(run.status).toBe('failed');
    expect(stepStatuses(run)).toEqual(['succeeded', 'failed', 'skipped', 'skipped', 'skipped']);
  });
});

describe('after a process died', () => {
  it('ends its run as abandoned when the next one starts', async () => {
    const runner = newRunner();
    const dead = await requested(runner);
    await diedInModel(dead);
    const next = await requested(runner);
    expect((await runner.execute(next, quiet)).status).toBe('succeeded');
    const ended = await ledger.find(dead);
    expect(ended?.status).toBe('failed');
    expect(stepStatuses(ended)).toEqual(['succeeded', 'failed', 'skipped', 'skipped', 'skipped']);
    expect(stepCodes(ended)).toEqual([null, ...(Array(4).fill('run_abandoned') as string[])]);
    expect(ended?.finishedAt).not.toBeNull();
    // Its job may still come back to a queue: a newer run has taken its place.
    expect(await runner.execute(dead, quiet)).toEqual(ended);
  });

  it('starts the same run again from its beginning, on its own asOf', async () => {
    const runner = newRunner();
    const id = await requested(runner, '2026-02-03T04:05:06Z');
    await diedInModel(id);
    await postgres.execute(
      `INSERT INTO insights_ops.sync_runs (run_id, name, target, status) VALUES ($1, 'stale', 'postgres', 'failed')`,
      [id],
    );
    const seen: string[] = [];
    const steps = fakeSteps({
      extract: async ({ asOf, runId }) => {
        seen.push(asOf, ...(stepStatuses(await ledger.find(runId)) ?? []));
        return succeeded();
      },
    });
    const run = await newRunner(steps).execute(id, quiet);
    expect(seen).toEqual(['2026-02-03T04:05:06Z', 'running', 'queued', 'queued', 'queued', 'queued']);
    expect([run.status, run.syncs]).toEqual(['succeeded', []]);
  });

  it('writes nothing more once the run was claimed again', async () => {
    const id = await requested(newRunner());
    const first = await claimed(id);
    await ledger.startStep(first, 'extract');
    const second = await claimed(id);
    expect([first.attempt, second.attempt]).toEqual([1, 2]);
    const before = await ledger.find(id);
    expect(await ledger.finishStep(first, 'extract', succeeded(3))).toBe(false);
    expect(await ledger.startStep(first, 'model')).toBe(false);
    expect(await ledger.finish(first, 'failed')).toBe(false);
    expect(await ledger.find(id)).toEqual(before);
    expect(await ledger.startStep(second, 'extract')).toBe(true);
    expect(await ledger.finishStep(second, 'extract', succeeded(5))).toBe(true);
    expect(await ledger.finish(second, 'succeeded')).toBe(true);
    expect(await ledger.find(id)).toMatchObject({ status: 'succeeded', steps: { 0: { rowsOut: 5 } } });
  });

  it('leaves a run to the process that claimed it again, which alone counts it', async () => {
    const seen: string[] = [];
    const runner = newRunner(
      fakeSteps({
        model: async ({ runId }) => {
          await claimed(runId);
          return succeeded(8);
        },
        insight: () => {
          seen.push('insight');
          return Promise.resolve(succeeded());
        },
      }),
      { observer: { stepEnded: (name) => seen.push(name), runEnded: () => seen.push('run') } },
    );
    const run = await runner.execute(await requested(runner), quiet);
    expect(seen).toEqual(['extract']);
    expect([run.status, ...(stepStatuses(run) ?? [])]).toEqual([
      'running',
      ...(Array(5).fill('queued') as string[]),
    ]);
  });

  it('sees a claim that commits while it waits to write', async () => {
    const id = await requested(newRunner());
    const first = await claimed(id);
    const finish = await postgres.transaction(async (session) => {
      await session.execute(`UPDATE insights_ops.pipeline_runs SET attempt = attempt + 1 WHERE id = $1`, [
        id,
      ]);
      await session.execute(`UPDATE insights_ops.pipeline_steps SET rows_in = 0 WHERE run_id = $1`, [id]);
      const late = ledger.finishStep(first, 'extract', succeeded(3));
      await eventually(async () => {
        const waiting = await postgres.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          [],
          z.unknown(),
        );
        expect(waiting).toHaveLength(1);
      });
      return { late };
    });
    expect(await finish.late).toBe(false);
    expect((await ledger.find(id))?.steps[0]).toMatchObject({ status: 'queued', rowsOut: 0 });
  });

  it('leaves a queued run its turn, ends one that nobody will run, and still runs it when somebody does', async () => {
    const runner = newRunner();
    const [waiting, lost, next] = [await requested(runner), await requested(runner), await requested(runner)];
    await postgres.execute(
      `UPDATE insights_ops.pipeline_runs SET created_at = now() - interval '31 minutes' WHERE id = $1`,
      [lost],
    );
    await runner.execute(next, quiet);
    expect((await ledger.find(waiting))?.status).toBe('queued');
    const ended = await ledger.find(lost);
    expect([ended?.status, ...(stepCodes(ended) ?? [])]).toEqual([
      'failed',
      ...(Array(5).fill('run_abandoned') as string[]),
    ]);
    expect((await runner.execute(lost, quiet)).status).toBe('succeeded');
  });

  it('does not run an ended run again', async () => {
    let extracts = 0;
    const runner = newRunner(
      fakeSteps({
        extract: () => {
          extracts += 1;
          return Promise.resolve(succeeded());
        },
      }),
    );
    const id = await requested(runner);
    const first = await runner.execute(id, quiet);
    expect(await runner.execute(id, quiet)).toEqual(first);
    expect(extracts).toBe(1);
  });

  it('frees the lock of a process that was killed', async () => {
    const runner = newRunner();
    const [killed, next] = [await requested(runner), await requested(runner)];
    const child = await startChild(
      'env',
      [
        `DATABASE_URL=${stores.postgresUrl}`,
        process.execPath,
        '--import',
        './src/typescript/register.mjs',
        new URL('./endless-run.main.ts', import.meta.url).pathname,
        killed,
      ],
      /in the model step/,
    );
    expect(stepStatuses(await ledger.find(killed))?.slice(0, 2)).toEqual(['succeeded', 'running']);
    const exited = once(child.process, 'exit');
    child.process.kill('SIGKILL');
    await exited;
    expect((await runner.execute(next, quiet)).status).toBe('succeeded');
    await eventually(async () => expect((await ledger.find(killed))?.status).toBe('failed'));
    expect(stepCodes(await ledger.find(killed))?.slice(1)).toEqual(Array(4).fill('run_abandoned'));
  }, 120_000);
});
