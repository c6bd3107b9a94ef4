import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { readConfig } from '../../src/config/env.js';
import { openStores } from '../../src/platform/stores.js';
import { runCli, runJson } from '../support/cli.js';
import { dump, emptyOf, messages } from '../support/dump.js';

const SEED = ['--seed', '7', '--scale', '0.12', '--as-of', '2026-11-20T06:00:00Z'];
const AS_OF = '2026-11-20T12:00:00Z';

/** One place in each step, as the progress names it: extract, model, insight, sync to each kind of target, alert. */
const PHASES = [
  'affinity_scores',
  'graph_affinities',
  'fact_partnerships',
  'benchmarks',
  'forecast',
  'network effects',
  'sync entity_benchmarks',
  'sync pair_success',
  'rules',
];

const world = (name: string): { DATA_DIR: string } => ({
  DATA_DIR: mkdtempSync(join(tmpdir(), `insights-${name}-`)),
});

async function state(env: {
  DATA_DIR: string;
}): Promise<{ tables: Record<string, string>; messages: unknown[] }> {
  const stores = await openStores(readConfig(env));
  try {
    return { tables: await dump(stores), messages: await messages(stores) };
  } finally {
    await stores.close();
  }
}

describe('killing a run at any moment', () => {
  const undisturbed = world('undisturbed');
  const disturbed = world('killed');
  let expected: Awaited<ReturnType<typeof state>>;

  beforeAll(async () => {
    await runJson(['seed', ...SEED], undisturbed);
    await runJson(['run', '--as-of', AS_OF], undisturbed);
    expected = await state(undisturbed);
    await runJson(['seed', ...SEED], disturbed);
  }, 240_000);

  afterAll(() => {
    for (const { DATA_DIR } of [undisturbed, disturbed])
      rmSync(DATA_DIR, { recursive: true, force: true, maxRetries: 5, retryDelay: 1000 });
  });

  it('fills every layer when it is not disturbed', () => {
    expect(emptyOf(expected.tables)).toEqual([]);
    expect(expected.messages.length).toBeGreaterThan(0);
  });

  it.each(PHASES)(
    'is taken up again after kill -9 at "%s"',
    async (phase) => {
      let reached = false;
      const { code } = await runCli(['run', '--as-of', AS_OF], {
        env: disturbed,
        onLine: (line, child) => {
          if (line.trim() !== phase) return;
          reached = true;
          child.kill('SIGKILL');
        },
      });
      expect(reached).toBe(true);
      expect(code).toBeNull();
    },
    120_000,
  );

  it('is taken up again after kill -9 of the embedded stores', async () => {
    let killed = false;
    await runCli(['run', '--as-of', AS_OF], {
      env: disturbed,
      onLine: (line) => {
        if (line.trim() !== 'fact_affinity_scores') return;
        const { pid } = z
          .object({ pid: z.number() })
          .parse(JSON.parse(readFileSync(join(disturbed.DATA_DIR, 'embedded.json'), 'utf8')));
        process.kill(pid, 'SIGKILL');
        killed = true;
      },
    });
    expect(killed).toBe(true);
  }, 120_000);

  it('ends with the same tables, the same graph and no message twice', async () => {
    const run = z.object({ status: z.string() }).parse(await runJson(['run', '--as-of', AS_OF], disturbed));
    expect(run.status).toBe('succeeded');
    expect(await state(disturbed)).toEqual(expected);
  }, 120_000);

  it('writes nothing and sends nothing when it runs once more', async () => {
    const run = z
      .object({
        status: z.string(),
        syncs: z.array(
          z.object({ name: z.string(), inserted: z.number(), updated: z.number(), deleted: z.number() }),
        ),
        alerts: z.object({ opened: z.number(), sent: z.number(), stored: z.number() }),
      })
      .parse(await runJson(['run', '--as-of', AS_OF], disturbed));
    expect(run.status).toBe('succeeded');
    expect(run.syncs.length).toBe(6);
    for (const sync of run.syncs) expect(sync).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
    expect(run.alerts).toEqual({ opened: 0, sent: 0, stored: 0 });
    expect(await state(disturbed)).toEqual(expected);
  }, 120_000);
});
