import { setTimeout as delay } from 'node:timers/promises';
import { definitionOf, type FaultWorld } from './fault-world.js';
import { type FaultProxy, startFaultProxy } from './fault-proxy.js';
import { type Fault, type Link, LINKS, rowsOf, type Scenario, scenarioOf } from './scenario.js';
import { type Job, runOnce } from './sync-worker.js';
import type { Worker, WorkerPool } from './worker-pool.js';

/** Clean runs until one writes nothing; more would mean that it never settles. */
const MOST_RUNS = 6;
/** A stopped worker may hold the very row that the next one waits for: after this it goes on. */
const MOST_STOPPED_MS = 8_000;

export interface SeedResult {
  seed: number;
  /** The scenario in words. */
  what: string;
  /** False: the run ended before the chunk that the fault waited for. */
  struck: boolean;
  problems: string[];
}

/** One seed from empty tables to the last check. */
export async function runSeed(world: FaultWorld, pool: WorkerPool, seed: number): Promise<SeedResult> {
  const scenario = scenarioOf(seed);
  const { kind, fault, models, batchSize } = scenario;
  const proxies = await openProxies(world, kind === 'webhook' ? world.receiver.url : world.job('').graphUrl);
  const definition = definitionOf(seed, kind, batchSize, proxies.target.url);
  const problems: string[] = [];
  let struck = false;
  let said = '';
  try {
    await world.prepare(seed, models[0].length);
    await world.setModel(seed, rowsOf(seed, models[0]));
    problems.push(...(await settle(world, definition)));
    await world.setModel(seed, rowsOf(seed, models[1]));
    world.receiver.plan(...scenario.receiver);
    const disturbed = await disturb(world, pool, seed, scenario, definition, proxies);
    ({ struck, said } = disturbed);
    problems.push(...disturbed.problems);
    world.receiver.forgetPlans();
    await world.setModel(seed, rowsOf(seed, models[2]));
    problems.push(...(await settle(world, definition)));
    problems.push(...(await world.problems(seed, scenario)));
  } catch (error) {
    problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    await Promise.all(LINKS.map((link) => proxies[link].close()));
    await world.forget(seed);
  }
  const rows = `${models[0].length} rows in batches of ${batchSize}`;
  const what = `${kind}, ${rows}: ${fault.action} at chunk ${fault.chunk} of ${fault.link}; the worker: ${said}`;
  return { seed, what, struck, problems };
}

type Proxies = Record<Link, FaultProxy>;

async function openProxies(world: FaultWorld, target: string): Promise<Proxies> {
  const { postgresUrl, clickhouseUrl } = world.job('');
  return {
    postgres: await startFaultProxy(new URL(postgresUrl)),
    clickhouse: await startFaultProxy(new URL(clickhouseUrl)),
    target: await startFaultProxy(new URL(target)),
  };
}

/** Runs until one has nothing to write. */
async function settle(world: FaultWorld, definition: string): Promise<string[]> {
  const seen: string[] = [];
  for (let run = 0; run < MOST_RUNS; run++) {
    const { status, inserted, updated, deleted, error, reason } = await runOnce(world.syncs(definition));
    if (status === 'succeeded' && inserted + updated + deleted === 0) return [];
    seen.push(`${status} +${inserted} ~${updated} -${deleted} ${reason} ${error?.message ?? ''}`.trim());
  }
  return [`no run had nothing to do:\n  ${seen.join('\n  ')}`];
}

/** The run that the fault strikes. */
async function disturb(
  world: FaultWorld,
  pool: WorkerPool,
  seed: number,
  { kind, fault, models }: Scenario,
  definition: string,
  proxies: Proxies,
): Promise<{ struck: boolean; said: string; problems: string[] }> {
  const worker = pool.take();
  const direct = world.job(definition);
  const job: Job = { ...direct, postgresUrl: proxies.postgres.url, clickhouseUrl: proxies.clickhouse.url };
  if (kind === 'graph') job.graphUrl = proxies.target.url.replace(/\/$/, '');
  let meanwhile: Promise<string[]> | undefined;
  const link = fault.link === 'target' && kind === 'postgres' ? 'postgres' : fault.link;
  const proxy = proxies[link];
  proxy.arm(fault.chunk, () => {
    meanwhile = strike(fault.action, {
      world,
      pool,
      worker,
      proxy,
      definition,
      direct,
      change: () => world.setModel(seed, rowsOf(seed, models[2])),
    });
    return !['kill', 'cut', 'down'].includes(fault.action);
  });
  const said = await worker.run(job);
  proxy.arm(Infinity, () => true);
  proxy.up();
  const problems = (await meanwhile) ?? [];
  if (said === 'hung' || (said === 'died' && !(meanwhile && fault.action === 'kill')))
    problems.push(`the worker ${said}`);
  pool.giveBack(worker);
  return { struck: meanwhile !== undefined, said, problems };
}

interface Struck {
  world: FaultWorld;
  pool: WorkerPool;
  worker: Worker;
  proxy: FaultProxy;
  definition: string;
  direct: Job;
  change: () => Promise<void>;
}

/** Does what the action says; resolves with what went wrong meanwhile, when all that it began has ended. */
async function strike(action: Fault['action'], struck: Struck): Promise<string[]> {
  const { world, pool, worker, proxy, definition, direct } = struck;
  switch (action) {
    case 'kill':
      worker.signal('SIGKILL');
      return [];
    case 'cut':
    case 'down':
      proxy.cut(action === 'down');
      return [];
    case 'cancel':
      await world
        .syncs(definition)
        .controls.cancel(`${nameOf(definition)}`, { by: 'fault harness', now: new Date().toISOString() });
      return [];
    case 'replay':
      await runOnce(world.syncs(definition), { full: true });
      return [];
    case 'second': {
      const other = pool.take();
      const said = await other.run(direct);
      pool.giveBack(other);
      return said === 'hung' || said === 'died' ? [`the second worker ${said}`] : [];
    }
    case 'stop': {
      worker.signal('SIGSTOP');
      await struck.change();
      const run = runOnce(world.syncs(definition));
      await Promise.race([run, delay(MOST_STOPPED_MS)]);
      worker.signal('SIGCONT');
      await run;
      return [];
    }
  }
}

const nameOf = (definition: string): string => /^name: (\w+)$/m.exec(definition)?.[1] ?? '';
