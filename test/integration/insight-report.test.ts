import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { market } from '../factories/insight-market.js';
import { type InsightWorld, loadWorld } from '../factories/insight-world.js';
import { runCli, runJson } from '../support/cli.js';
import { runInsight } from '../support/insight-run.js';
import { insightStores, type InsightStores } from '../support/insight-stores.js';

jest.setTimeout(120_000);

/** The sections that the steps of a run fill, and the one that a person asks for. */
const OF_RUN = [
  'data',
  'components',
  'together',
  'weights',
  'segments',
  'drift',
  'selection',
  'categories',
  'benchmarks',
  'badges',
  'stage-time',
  'deals',
  'forecast',
  'network-effects',
];
const document = z.object({
  sections: z.array(
    z.object({ name: z.string(), computedBy: z.string(), reason: z.string().nullable(), data: z.unknown() }),
  ),
});

let stores: InsightStores;
let env: Record<string, string>;
const report = (...args: string[]) => runCli(['insight', 'report', ...args], { env });
const sections = async (...args: string[]) =>
  document.parse(await runJson(['insight', 'report', ...args], env)).sections;

beforeAll(async () => {
  stores = await insightStores();
  env = {
    CLICKHOUSE_URL: stores.clickhouseUrl,
    DATABASE_URL: stores.postgresUrl,
    DATA_DIR: join(stores.dataDir, 'cli'),
    LOG_LEVEL: 'silent',
  };
}, 120_000);
afterAll(async () => {
  await stores.close();
});

/** The market whose past deals were negotiated for up to a month before they ended. */
function negotiatedMarket(): InsightWorld {
  const world = market();
  const events = world.events?.flatMap((event, index) => {
    const began = Date.parse(event.at);
    const ended = new Date(began + (1 + (index % 30)) * 86_400_000).toISOString();
    return [
      { ...event, id: 2 * index, to: 'negotiation' },
      { ...event, id: 2 * index + 1, at: ended, visit: 2 },
    ];
  });
  return { ...world, events: events ?? [] };
}

describe('cli insight report', () => {
  it('says of every section how to compute it, and fails, before anything is', async () => {
    const { code, stdout } = await report();
    expect(code).toBe(1);
    expect(stdout.match(/^== .+ ==\nNot computed yet. To compute it: cli run$/gm)).toHaveLength(
      OF_RUN.length + 1,
    );
    expect(stdout).toContain('Not computed yet. To compute it: cli insight backtest');
  });

  it('tells all that is stored, on 80 columns without colours, each section with its meaning', async () => {
    await loadWorld(stores.clickhouse, negotiatedMarket());
    await runInsight(stores);
    await runJson(['insight', 'backtest'], env);
    const { code, stdout } = await report();
    expect(code).toBe(0);
    const told = stdout.trimEnd().split('\n\n');
    for (const text of told) expect(text).toMatch(/^== .+ ==\n([^]*\n)?Means: [^]*\.$/);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).not.toMatch(/NaN|Infinity|undefined|null|\[object|\u001b/);
    expect(stdout).toMatch(/^authenticity +0\.\d\d +0\.\d\d-0\.\d\d +│ +├─+●─+┤ +< 0\.001 +predicts$/m);
    expect(stdout).toMatch(/^negotiation +\d+ +\d+\.\d +\d+\.\d +\d+\.\d +\d+ +history +█+▒+░+$/m);
    expect(stdout).toMatch(/^critical +\d/m);

    const all = await sections();
    expect(all.map(({ name, reason }) => [name, reason])).toEqual([
      ...OF_RUN.map((name) => [name, null]),
      ['backtest', null],
      ['results', null],
    ]);
    expect(z.array(z.object({ part: z.string() })).parse(all.at(-1)?.data)).toHaveLength(6);
    expect(told).toHaveLength(all.length);
    expect(all[0]?.data).toMatchObject({ n: 240, excluded: { open: 4 } });
  });

  it('shows the sections asked for, in the order of the report, and knows no others', async () => {
    expect((await sections('--section', 'deals', '--section', 'data')).map(({ name }) => name)).toEqual([
      'data',
      'deals',
    ]);
    const { code, stderr } = await report('--section', 'weather');
    expect(code).toBe(64);
    expect(stderr).toContain('One of data, components,');
  });
});
