import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { suggestWeights } from '../../modules/scoring-insight/domain/affinity-weights.js';
import { COMPONENTS } from '../../modules/scoring-insight/domain/components.js';
import { assessPredictiveness } from '../../modules/scoring-insight/domain/predictiveness.js';
import { rocAuc } from '../../modules/scoring-insight/domain/stats/auc.js';
import { midRanks } from '../../modules/scoring-insight/domain/stats/ranks.js';
import { assessDrift } from '../../modules/scoring-insight/domain/drift.js';
import { assessSegments, SEGMENTATIONS } from '../../modules/scoring-insight/domain/segments.js';
import { loadDefaultWeights } from '../../modules/scoring-insight/infrastructure/definitions.js';
import { ClickHouseOutcomeStore } from '../../modules/scoring-insight/infrastructure/outcome-store.js';
import { readStatement } from '../../src/platform/sql-file.js';
import { asLine, judged, type Measure, median, timed } from './measure.js';
import { openBenchStores, peakMb, residentMb } from './stores.js';

const HELP = `npm run bench:insight -- [--rows N] [--json] [--seed N]

Measures the predictiveness report over N deals (default 1,000,000) in embedded stores of its own, in a temporary folder that
is removed at the end. The goal is for the five components and confidence with all measures and their uncertainty (the
variance that knows of shared entities; there is no bootstrap). Segments, quarters and weights are measured apart.

  --rows N   deals of the row set
  --json     one JSON document on standard output instead of lines
  --seed N   other data (default 1)

It asserts nothing: a goal that is missed is a line that says so. What is measured: docs/insight.md`;

const wanted = z.object({
  rows: z.coerce.number().int().min(100).default(1_000_000),
  seed: z.coerce.number().int().nonnegative().default(1),
  json: z.boolean().default(false),
  help: z.boolean().default(false),
});

/** As many as the insight step learns from, and looks at by segment. */
const LEARNT_DEALS = 20_000;

/** The command line, or undefined when it asks for something else. */
function parsedArguments(): z.output<typeof wanted> | undefined {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    const { values } = parseArgs({ options: { rows: text, seed: text, json: flag, help: flag } });
    return wanted.parse(values);
  } catch {
    return undefined;
  }
}

const options = parsedArguments();
if (options === undefined) {
  process.stderr.write(`${HELP}\n`);
  process.exitCode = 64;
} else if (options.help) process.stdout.write(`${HELP}\n`);
else await bench(options.rows, options.seed, options.json);

async function bench(rows: number, seed: number, json: boolean): Promise<void> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const stores = await openBenchStores();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stores.close(false).finally(() => process.exit(130)));
  try {
    log(`generating ${rows.toLocaleString('en-US')} deals`);
    const dealsSql = readStatement(import.meta.url, './sql/insight/deals.sql');
    await stores.clickhouse.command(dealsSql, { rows, seed });
    const outcomes = new ClickHouseOutcomeStore(stores.clickhouse);

    log('assessing, three times');
    const idle = residentMb(process.pid);
    const { peak: enginePeak, result: runs } = await peakMb(stores.hostPid, () =>
      peakMb(process.pid, async () => [
        await cpuTimed(stores.hostPid, () => assess(outcomes)),
        await cpuTimed(stores.hostPid, () => assess(outcomes)),
        await cpuTimed(stores.hostPid, () => assess(outcomes)),
      ]),
    );
    const seconds = median(runs.result.map((run) => run.seconds));
    const report = runs.result[0]!.result;

    log('apart from that: segments and quarters');
    const perMyriad = Math.max(1, Math.floor((10_000 * LEARNT_DEALS) / rows));
    const closer = await cpuTimed(stores.hostPid, async () => {
      const segments = await outcomes.sums(SEGMENTATIONS, Math.min(10_000, perMyriad));
      assessSegments(report, segments);
      assessDrift(segments, await outcomes.scoreDistributions());
    });

    log('a naive rival: every deal read into Node and sorted');
    const rival = await timed(() => naiveRival(outcomes, rows));
    log(`learning weights from ${LEARNT_DEALS.toLocaleString('en-US')} deals`);
    const sample = await outcomes.sample('2026-01-01T00:00:00Z', LEARNT_DEALS);
    const current = loadDefaultWeights();
    const learning = await cpuTimed(stores.hostPid, () =>
      Promise.resolve(suggestWeights({ rows: sample, current })),
    );

    const measures: Measure[] = [
      judged(
        { name: `predictiveness: ${rows} deals, 6 scores with uncertainty`, value: seconds, unit: 's' },
        { under: 5 },
      ),
      {
        name: 'predictiveness: CPU of engine and service for that',
        value: median(runs.result.map((run) => run.cpuSeconds)),
        unit: 's',
      },
      judged(
        {
          name: 'predictiveness: against all deals read and sorted',
          value: seconds,
          unit: 's',
          against: { what: 'Node, AUC and Spearman only', value: rival.seconds, unit: 's' },
          ratio: seconds / rival.seconds,
        },
        { under: 1 },
      ),
      judged(
        { name: 'predictiveness: memory of the service above idle', value: runs.peak - idle, unit: 'MB' },
        { under: 300 },
      ),
      { name: 'predictiveness: highest memory of the engine', value: enginePeak, unit: 'MB' },
      { name: 'apart: segments and drift by quarter', value: closer.seconds, unit: 's' },
      { name: 'apart: CPU of engine and service for that', value: closer.cpuSeconds, unit: 's' },
      { name: `apart: weights learnt from ${sample.length} deals`, value: learning.seconds, unit: 's' },
      { name: 'apart: CPU of engine and service for that', value: learning.cpuSeconds, unit: 's' },
    ];
    const machine = {
      cpus: cpus().length,
      model: cpus()[0]?.model ?? 'unknown',
      memoryGb: Math.round(totalmem() / 2 ** 30),
      node: process.version,
    };
    const { components, n } = report;
    if (json)
      process.stdout.write(
        `${JSON.stringify({ bench: 'insight', rows, seed, machine, measures, n, areas: components.map(({ auc }) => auc), rival: rival.result }, null, 2)}\n`,
      );
    else for (const measure of measures) process.stdout.write(`${asLine(measure)}\n`);
  } finally {
    await stores.close(false);
  }
}

/**
 * `timed`, with the CPU seconds of this process and of the engine: on a machine that others use as well these say more than
 * a clock. The engine's count as 0 where the system does not tell (it has no /proc).
 */
async function cpuTimed<T>(
  enginePid: number,
  work: () => Promise<T>,
): Promise<{ seconds: number; cpuSeconds: number; result: T }> {
  const [engine, own] = [engineCpuSeconds(enginePid), process.cpuUsage()];
  const { seconds, result } = await timed(work);
  const { user, system } = process.cpuUsage(own);
  return { seconds, cpuSeconds: engineCpuSeconds(enginePid) - engine + (user + system) / 1e6, result };
}

function engineCpuSeconds(pid: number): number {
  try {
    // After the name in brackets: state, and 11 fields on the user and system time in hundredths of a second.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
  } catch {
    return 0;
  }
}

/** What the insight step does with the row set. */
async function assess(outcomes: ClickHouseOutcomeStore) {
  const { from, ...deals } = await outcomes.counts();
  const [all] = await outcomes.sums([null]);
  const to = '2025-07-05T00:00:00Z';
  const window = { from, to, scoreMaxAgeDays: 180, maturityDays: 180 };
  return assessPredictiveness({ deals, sums: all?.sums ?? {}, asOf: '2026-01-01T00:00:00Z', window });
}

/** Every deal as an object, then two sorts a component; areas and correlations without anything about shared entities. */
async function naiveRival(outcomes: ClickHouseOutcomeStore, rows: number): Promise<(number | null)[]> {
  const deals = await outcomes.sample('2026-01-01T00:00:00Z', rows);
  const labels = deals.map(({ success }) => success);
  const scored = deals.filter(({ successScore }) => successScore !== null);
  const outcomeRanks = midRanks(scored.map(({ successScore }) => successScore!));
  return COMPONENTS.map((component) => {
    const area = rocAuc(
      deals.map(({ scores }) => scores[component] ?? 0),
      labels,
    );
    const ranks = midRanks(scored.map(({ scores }) => scores[component] ?? 0));
    const products = ranks.reduce((sum, rank, i) => sum + rank * outcomeRanks[i]!, 0);
    return area === null || !Number.isFinite(products) ? null : area.auc;
  });
}
