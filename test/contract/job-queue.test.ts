import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { z } from 'zod';
import { createLogger, LOGGER } from '../../src/platform/logging/logging.js';
import { JOB_QUEUE, type JobDefinition, type JobQueue } from '../../src/platform/queue/job-queue.js';
import { QueueModule } from '../../src/platform/queue/queue.module.js';
import { startRedis } from '../servers/redis.js';
import { deferred, eventually } from '../support/async.js';

interface Message {
  n: number;
}
interface LogLine {
  level: string;
  job?: string;
  jobId?: string;
  err?: { code: string };
}

const newJob = (): JobDefinition<Message> => ({
  name: `test.${randomUUID()}`,
  schema: z.object({ n: z.number() }),
});

const redis = await startRedis();
if ('unavailable' in redis) {
  if (process.env.CI === 'true') throw new Error(`The queue must be tested on Redis: ${redis.unavailable}.`);
  console.warn(`SKIPPED: the queue on Redis. ${redis.unavailable}.`);
}
afterAll(async () => {
  if ('stop' in redis) await redis.stop();
});

const openQueues: { queue: JobQueue; close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const { queue, close } of openQueues.splice(0)) {
    await queue.close();
    await close();
  }
});

/** A queue as the service makes it, and the lines it logs. */
async function openQueue(redisUrl: string | undefined, jobs: JobDefinition<unknown>[]) {
  const lines: LogLine[] = [];
  const logger = createLogger('info', { write: (text) => lines.push(JSON.parse(text) as LogLine) });
  @Module({})
  class Logging {}
  const module = await Test.createTestingModule({
    imports: [
      {
        module: Logging,
        global: true,
        providers: [{ provide: LOGGER, useValue: logger }],
        exports: [LOGGER],
      },
      QueueModule.register({ redisUrl, role: 'all', jobs }),
    ],
  }).compile();
  await module.init();
  const queue = module.get<JobQueue>(JOB_QUEUE);
  openQueues.push({ queue, close: () => module.close() });
  await eventually(() => queue.ping());
  return { queue, lines };
}

function contract(redisUrl: string | undefined): void {
  it('hands the payload to the handler of its name', async () => {
    const [first, second] = [newJob(), newJob()];
    const { queue } = await openQueue(redisUrl, [first, second]);
    const got = deferred<Message>();
    queue.process(first, () => Promise.reject(new Error('the other job')));
    queue.process(second, (message) => {
      got.resolve(message);
      return Promise.resolve();
    });
    queue.start();
    await queue.enqueue(second, { n: 7 }, { jobId: 'a' });
    expect(await got.promise).toEqual({ n: 7 });
  });

  it('keeps jobs until it is started', async () => {
    const job = newJob();
    const { queue } = await openQueue(redisUrl, [job]);
    await queue.enqueue(job, { n: 1 }, { jobId: 'a' });
    expect(await queue.counts(job)).toEqual({ waiting: 1, active: 0, failed: 0 });
    const got = deferred<Message>();
    queue.process(job, (message) => Promise.resolve(got.resolve(message)));
    queue.start();
    expect(await got.promise).toEqual({ n: 1 });
  });

  it('runs two enqueues with one id once', async () => {
    const job = newJob();
    const { queue } = await openQueue(redisUrl, [job]);
    const seen: number[] = [];
    const end = deferred<undefined>();
    queue.process(job, ({ n }) => {
      seen.push(n);
      if (n === 99) end.resolve(undefined);
      return Promise.resolve();
    });
    await queue.enqueue(job, { n: 1 }, { jobId: 'same' });
    await queue.enqueue(job, { n: 2 }, { jobId: 'same' });
    queue.start();
    await eventually(() => expect(seen).toEqual([1]));
    await queue.enqueue(job, { n: 3 }, { jobId: 'same' });
    await queue.enqueue(job, { n: 99 }, { jobId: 'end' });
    await end.promise;
    expect(seen).toEqual([1, 99]);
  });

  it('fails a malformed message with a log line and goes on', async () => {
    const job = newJob();
    const { queue, lines } = await openQueue(redisUrl, [job]);
    const got = deferred<Message>();
    queue.process(job, (message) => Promise.resolve(got.resolve(message)));
    queue.start();
    const anything: JobDefinition<unknown> = { name: job.name, schema: z.unknown() };
    await queue.enqueue(anything, { n: 'seven' }, { jobId: 'bad' });
    await queue.enqueue(job, { n: 7 }, { jobId: 'good' });
    expect(await got.promise).toEqual({ n: 7 });
    await eventually(async () =>
      expect(await queue.counts(job)).toEqual({ waiting: 0, active: 0, failed: 1 }),
    );
    expect(lines.filter((line) => line.level === 'error')).toEqual([
      expect.objectContaining({
        job: job.name,
        jobId: 'bad',
        err: expect.objectContaining({ code: 'job_malformed' }),
      }),
    ]);
  });

  it('fails a job whose handler throws, once, with a log line, and goes on', async () => {
    const job = newJob();
    const { queue, lines } = await openQueue(redisUrl, [job]);
    const seen: number[] = [];
    queue.process(job, ({ n }) => {
      seen.push(n);
      return n === 1 ? Promise.reject(new Error('broken')) : Promise.resolve();
    });
    queue.start();
    await queue.enqueue(job, { n: 1 }, { jobId: 'a' });
    await queue.enqueue(job, { n: 2 }, { jobId: 'b' });
    await eventually(async () => {
      expect(seen).toEqual([1, 2]);
      expect(await queue.counts(job)).toEqual({ waiting: 0, active: 0, failed: 1 });
    });
    expect(lines.filter((line) => line.level === 'error').map((line) => line.err?.code)).toEqual([
      'unexpected',
    ]);
  });

  it('takes a failed job again when it is enqueued again, once however many ask', async () => {
    const job = newJob();
    const { queue } = await openQueue(redisUrl, [job]);
    const seen: number[] = [];
    const end = deferred<undefined>();
    queue.process(job, ({ n }) => {
      seen.push(n);
      if (n === 99) end.resolve(undefined);
      return n === 1 ? Promise.reject(new Error('the database is away')) : Promise.resolve();
    });
    queue.start();
    await queue.enqueue(job, { n: 1 }, { jobId: 'same' });
    await eventually(async () =>
      expect(await queue.counts(job)).toEqual({ waiting: 0, active: 0, failed: 1 }),
    );
    await Promise.all([2, 2, 2].map((n) => queue.enqueue(job, { n }, { jobId: 'same' })));
    await eventually(async () => {
      expect(seen).toEqual([1, 2]);
      expect(await queue.counts(job)).toEqual({ waiting: 0, active: 0, failed: 0 });
    });
    // What ended well is known, and not done again.
    await queue.enqueue(job, { n: 3 }, { jobId: 'same' });
    await queue.enqueue(job, { n: 99 }, { jobId: 'end' });
    await end.promise;
    expect(seen).toEqual([1, 2, 99]);
  });

  it('runs one job of a name at a time', async () => {
    const job = newJob();
    const { queue } = await openQueue(redisUrl, [job]);
    const [started, release] = [deferred<undefined>(), deferred<undefined>()];
    const events: string[] = [];
    queue.process(job, async ({ n }) => {
      events.push(`begin ${n}`);
      started.resolve(undefined);
      if (n === 1) await release.promise;
      events.push(`end ${n}`);
    });
    await queue.enqueue(job, { n: 1 }, { jobId: 'a' });
    await queue.enqueue(job, { n: 2 }, { jobId: 'b' });
    queue.start();
    await started.promise;
    expect(await queue.counts(job)).toEqual({ waiting: 1, active: 1, failed: 0 });
    release.resolve(undefined);
    await eventually(() => expect(events).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']));
  });

  it('waits for the running job when it closes, and takes no other', async () => {
    const job = newJob();
    const { queue } = await openQueue(redisUrl, [job]);
    const [started, release] = [deferred<undefined>(), deferred<undefined>()];
    const events: string[] = [];
    queue.process(job, async ({ n }) => {
      started.resolve(undefined);
      await release.promise;
      events.push(`end ${n}`);
    });
    queue.start();
    await queue.enqueue(job, { n: 1 }, { jobId: 'a' });
    await queue.enqueue(job, { n: 2 }, { jobId: 'b' });
    await started.promise;
    const closing = queue.close().then(() => events.push('closed'));
    await expect(queue.enqueue(job, { n: 3 }, { jobId: 'c' })).rejects.toMatchObject({
      code: 'queue_closed',
      class: 'transient',
    });
    expect(events).toEqual([]);
    release.resolve(undefined);
    await closing;
    expect(events).toEqual(['end 1', 'closed']);
  });

  it('refuses a second handler, a job without one, and a job nobody declared', async () => {
    const [job, other] = [newJob(), newJob()];
    const { queue } = await openQueue(redisUrl, [job, other]);
    const handler = () => Promise.resolve();
    queue.process(job, handler);
    expect(() => queue.process(job, handler)).toThrow(
      expect.objectContaining({ code: 'job_handler_doubled' }),
    );
    expect(() => queue.verify()).toThrow(expect.objectContaining({ code: 'job_handler_missing' }));
    expect(() => queue.process(newJob(), handler)).toThrow(
      expect.objectContaining({ code: 'job_undeclared' }),
    );
    await expect(queue.enqueue(newJob(), { n: 1 }, { jobId: 'a' })).rejects.toMatchObject({
      code: 'job_undeclared',
    });
    queue.process(other, handler);
    expect(() => queue.verify()).not.toThrow();
  });
}

describe('the queue in this process', () => {
  contract(undefined);

  it('is refused where no handler can be: role api', () => {
    expect(() => QueueModule.register({ redisUrl: undefined, role: 'api', jobs: [] })).toThrow(/REDIS_URL/);
  });
});

const describeRedis = 'url' in redis ? describe : describe.skip;
describeRedis('the queue on Redis', () => {
  const url = 'url' in redis ? redis.url : '';
  contract(url);

  it('gives each job to one of two consumers', async () => {
    const job = newJob();
    const seen: string[] = [];
    const consumers = await Promise.all(['a', 'b'].map(() => openQueue(url, [job])));
    for (const { queue } of consumers) {
      queue.process(job, ({ n }) => {
        seen.push(String(n));
        return Promise.resolve();
      });
      queue.start();
    }
    const numbers = Array.from({ length: 30 }, (_, n) => n);
    const [producer] = consumers;
    for (const n of numbers) await producer?.queue.enqueue(job, { n }, { jobId: `job ${n}` });
    await eventually(async () => {
      expect(await producer?.queue.counts(job)).toEqual({ waiting: 0, active: 0, failed: 0 });
      expect(seen.length).toBeGreaterThanOrEqual(numbers.length);
    });
    expect(seen.sort((a, b) => Number(a) - Number(b))).toEqual(numbers.map(String));
  });

  it('takes a failed job again once, when several workers ask for it at the same time', async () => {
    const job = newJob();
    const workers = await Promise.all(['a', 'b', 'c'].map(() => openQueue(url, [job])));
    const [first] = workers;
    if (first === undefined) throw new Error('no worker');
    const tries = new Map<number, number>();
    first.queue.process(job, ({ n }) => {
      const attempt = (tries.get(n) ?? 0) + 1;
      tries.set(n, attempt);
      return attempt === 1 ? Promise.reject(new Error('broken')) : Promise.resolve();
    });
    first.queue.start();
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    const ask = () =>
      Promise.all(
        numbers.flatMap((n) => workers.map(({ queue }) => queue.enqueue(job, { n }, { jobId: `job ${n}` }))),
      );
    const ended = async (failed: number) =>
      await eventually(async () =>
        expect(await first.queue.counts(job)).toEqual({ waiting: 0, active: 0, failed }),
      );
    for (const n of numbers) await first.queue.enqueue(job, { n }, { jobId: `job ${n}` });
    await ended(numbers.length);
    await ask();
    await ended(0);
    expect([...tries.values()]).toEqual(numbers.map(() => 2));
  });

  it('keeps a job for a consumer that starts after its producer ended', async () => {
    const job = newJob();
    const producer = await openQueue(url, [job]);
    await producer.queue.enqueue(job, { n: 5 }, { jobId: 'a' });
    await producer.queue.close();
    const { queue } = await openQueue(url, [job]);
    const got = deferred<Message>();
    queue.process(job, (message) => Promise.resolve(got.resolve(message)));
    queue.start();
    expect(await got.promise).toEqual({ n: 5 });
  });

  it('says at once that Redis went away, with one line', async () => {
    const own = await startRedis();
    if ('unavailable' in own) throw new Error(own.unavailable);
    if (process.env.TEST_REDIS_URL) return; // not ours to stop
    const job = newJob();
    const { queue, lines } = await openQueue(own.url, [job]);
    await own.stop();
    await eventually(async () =>
      expect(await queue.ping().catch((error: unknown) => error)).toMatchObject({
        code: 'redis_unreachable',
      }),
    );
    await expect(queue.enqueue(job, { n: 1 }, { jobId: 'a' })).rejects.toMatchObject({
      code: 'redis_unreachable',
      class: 'transient',
    });
    await eventually(() =>
      expect(lines.filter((line) => line.level === 'error').map((line) => line.err?.code)).toEqual([
        'redis_unreachable',
      ]),
    );
  });
});
