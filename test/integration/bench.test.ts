import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { describeModels } from '../../modules/warehouse/index.js';

const measure = z.strictObject({
  name: z.string().min(1),
  value: z.number(),
  unit: z.string().min(1),
  against: z.strictObject({ what: z.string(), value: z.number(), unit: z.string() }).optional(),
  ratio: z.number().optional(),
  goal: z.string().optional(),
  holds: z.boolean().optional(),
});
const document = z.object({
  bench: z.literal('warehouse'),
  rows: z.number(),
  seed: z.number(),
  machine: z.object({ cpus: z.number().positive(), node: z.string() }),
  measures: z.array(measure),
  loaded: z.array(z.object({ table: z.string(), rows: z.number(), seconds: z.number() })),
  models: z.object({
    full: z.array(z.object({ model: z.string(), status: z.string(), rows: z.number() })),
    increment: z.array(z.object({ model: z.string(), mode: z.string(), written: z.number() })),
  }),
  failedTests: z.record(z.string(), z.number()),
  differing: z.array(z.string()),
});

interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

async function bench(
  name: 'warehouse' | 'insight' | 'cdc' | 'sync',
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Finished> {
  const child = spawn(
    process.execPath,
    ['--import', './src/typescript/register.mjs', `test/bench/${name}.ts`, ...args],
    { cwd: join(import.meta.dirname, '../..'), env: { ...process.env, NODE_OPTIONS: '', ...env } },
  );
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout, stderr };
}

/** Not how fast anything is: that it runs to its end, tells everything it promises, and leaves nothing behind. */
describe('bench:warehouse', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'insights-bench-test-'));
    chmodSync(folder, 0o711); // as root Postgres runs as a user of its own, who has to walk through
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('measures everything at a small size', async () => {
    const rows = 5_000;
    const { code, stdout, stderr } = await bench('warehouse', ['--rows', String(rows), '--json'], {
      TMPDIR: folder,
    });
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const found = document.parse(JSON.parse(stdout));
    expect(found.rows).toBe(rows);
    expect(found.loaded.find(({ table }) => table === 'raw_user_activity')?.rows).toBe(rows);

    const value = (name: RegExp): number[] =>
      found.measures.filter((line) => name.test(line.name)).map((line) => line.value);
    expect(value(/^extraction: .* landed$/)).toHaveLength(2);
    expect(value(/^extraction: contract checks/)).toHaveLength(2);
    expect(value(/^extraction: memory/)).toHaveLength(3);
    expect(value(/^bulk load: /)).toHaveLength(2);
    expect(value(/^storage: /)).toHaveLength(6);
    expect(value(/^query: /)).toHaveLength(
      describeModels().filter((model) => model.name.startsWith('agg_')).length,
    );

    // What does not depend on the machine must hold at any size.
    expect(found.differing).toEqual([]);
    expect(value(/incremental differs from full$/)).toEqual([0]);
    expect(value(/^queries: answers that differ/)).toEqual([0]);
    expect(found.models.full.filter((model) => model.status !== 'built')).toEqual([]);
    const activity = found.models.increment.find((model) => model.model === 'fact_user_activity');
    expect(activity).toMatchObject({ mode: 'incremental', written: 5 });
    // The TypeScript loader keeps a cache of its own there.
    expect(readdirSync(folder).filter((name) => name.startsWith('insights-'))).toEqual([]);
  }, 600_000);
});

describe('bench:insight', () => {
  it('gives the areas that reading every deal gives', async () => {
    const { code, stdout, stderr } = await bench('insight', ['--rows', '2000', '--json']);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const areas = z.array(z.number());
    const found = z.object({ n: z.literal(2000), areas, rival: areas }).parse(JSON.parse(stdout));
    expect(found.areas).toHaveLength(5);
    found.areas.forEach((area, i) => expect(area).toBeCloseTo(found.rival[i]!, 12));
  }, 120_000);
});

describe('bench:cdc', () => {
  it('follows every commit into the facts', async () => {
    const { code, stdout, stderr } = await bench('cdc', ['--rows', '200', '--commits', '3', '--json']);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const found = z.object({ bench: z.literal('cdc'), measures: z.array(measure) }).parse(JSON.parse(stdout));
    expect(found.measures.length).toBeGreaterThan(0);
  }, 180_000);
});

describe('bench:sync', () => {
  it('brings over what the limit brings, and writes nothing when nothing changed', async () => {
    const parts = 'full,changed,unchanged,latency,memory,graph,orm';
    const { code, stdout, stderr } = await bench('sync', ['--rows', '2000', '--only', parts, '--json']);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const found = z
      .object({ bench: z.literal('sync'), rows: z.literal(2000), measures: z.array(measure) })
      .parse(JSON.parse(stdout));
    const value = (name: RegExp): number[] =>
      found.measures.filter((line) => name.test(line.name)).map((line) => line.value);
    expect(value(/rows that differ from the limit$/)).toEqual([0, 0]);
    expect(value(/^nothing changed: rows written$/)).toEqual([0]);
    expect(value(/^full load: 2,000 rows x 10 columns$/)).toHaveLength(2); // psql, TypeORM
    expect(value(/^change to target, /)).toHaveLength(3);
    expect(value(/^memory above idle: /)).toHaveLength(3);
    // What was not measured is said aloud.
    expect(value(/^Neo4j: /).length === 1 || stderr.includes('NOT MEASURED: Neo4j')).toBe(true);
  }, 300_000);

  it('knows its parts', async () => {
    expect((await bench('sync', ['--only', 'everything'])).code).toBe(64);
  }, 60_000);
});

it.each(['warehouse', 'insight', 'cdc', 'sync'] as const)(
  'bench:%s says what it can do, and refuses what it cannot',
  async (name) => {
    const help = await bench(name, ['--help']);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('--rows N');
    expect((await bench(name, ['--rows', 'many'])).code).toBe(64);
  },
  60_000,
);
