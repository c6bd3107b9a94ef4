import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { suggestWeights } from '../../modules/scoring-insight/domain/affinity-weights.js';
import { COMPONENTS } from '../../modules/scoring-insight/domain/components.js';
import { assessPredictiveness } from '../../modules/scoring-insight/domain/predictiveness.js';
import { rocAuc } from '../../modules/scoring-insight/domain/stats/auc.js';
import { midRanks } from '../../modules/scoring-insight/domain/stats/ranks.js';
import { loadDefaultWeights } from '../../modules/scoring-insight/infrastructure/definitions.js';
import { ClickHouseOutcomeStore } from '../../modules/scoring-insight/infrastructure/outcome-store.js';
import { readStatement } from '../../src/platform/sql-file.js';
import { asLine, judged, type Measure, median, timed } from './measure.js';
import { openBenchStores, peakMb, residentMb } from './stores.js';

const HELP = `npm run bench:insight -- [--rows N] [--json] [--seed N]

Measures the predictiveness report over N deals (default 1,000,000) with five components and confidence, in embedded stores of
its own, in a temporary folder that is removed at the end.

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

/** As many as the insight step learns from. */
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
        await timed(() => assess(outcomes)),
        await timed(() => assess(outcomes)),
        await timed(() => assess(outcomes)),
      ]),
    );
    const seconds = median(runs.result.map((run) => run.seconds));

    log('a naive rival: every deal read into Node and sorted');
    const rival = await timed(() => naiveRival(outcomes, rows));
    log(`learning weights from ${LEARNT_DEALS.toLocaleString('en-US')} deals`);
    const sample = await outcomes.sample('2026-01-01T00:00:00Z', LEARNT_DEALS);
    const current = loadDefaultWeights();
    const learning = await timed(() => Promise.resolve(suggestWeights({ rows: sample, current })));

    const measures: Measure[] = [
      judged({ name: `predictiveness: ${rows} deals, 6 scores`, value: seconds, unit: 's' }, { under: 5 }),
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
      { name: `weights: learnt from ${sample.length} deals`, value: learning.seconds, unit: 's' },
    ];
    const machine = {
      cpus: cpus().length,
      model: cpus()[0]?.model ?? 'unknown',
      memoryGb: Math.round(totalmem() / 2 ** 30),
      node: process.version,
    };
    const { components, n } = runs.result[0]!.result;
    if (json)
      process.stdout.write(
        `${JSON.stringify({ bench: 'insight', rows, seed, machine, measures, n, areas: components.map(({ auc }) => auc), rival: rival.result }, null, 2)}\n`,
      );
    else for (const measure of measures) process.stdout.write(`${asLine(measure)}\n`);
  } finally {
    await stores.close(false);
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
