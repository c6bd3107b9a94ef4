import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { describeModels } from '../../../modules/warehouse/index.js';
import type { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import { judged, type Measure, median, quantile, timed } from '../measure.js';

const folder = new URL('../sql/query/', import.meta.url);
const RUNS = 20;
const FACT_RUNS = 3;
const P95_MS = 200;
/** A question to the facts that takes longer is not asked again. */
const LONG_SECONDS = 20;
const anyRow = z.record(z.string(), z.unknown());

/**
 * One dashboard question an aggregate (query/<model>.sql), 20 times, beside the same question over the facts
 * (query/<model>.facts.sql), whose answer must be the same to the last digit.
 */
export async function queries(clickhouse: ClickHouse, log: (line: string) => void): Promise<Measure[]> {
  const measures: Measure[] = [];
  const missing: string[] = [];
  const disagreeing: string[] = [];
  for (const { name } of describeModels().filter((model) => model.name.startsWith('agg_'))) {
    const [ask, askFacts] = [read(`${name}.sql`), read(`${name}.facts.sql`)];
    if (ask === undefined || askFacts === undefined) {
      missing.push(name);
      continue;
    }
    const aggregate = await asked(clickhouse, ask, RUNS);
    const facts = await asked(clickhouse, askFacts, FACT_RUNS);
    if (aggregate.answer === '[]' || aggregate.answer !== facts.answer) disagreeing.push(name);
    const p95 = 1000 * quantile(aggregate.seconds, 0.95);
    const overFacts = 1000 * median(facts.seconds);
    measures.push({
      ...judged({ name: `query: ${name}, p95 of ${RUNS}`, value: p95, unit: 'ms' }, { under: P95_MS }),
      against: { what: 'over the facts, median', value: overFacts, unit: 'ms' },
      ratio: (1000 * median(aggregate.seconds)) / overFacts,
    });
    log(`${name}: p95 ${p95.toFixed(1)} ms, facts ${overFacts.toFixed(0)} ms`);
  }
  if (missing.length > 0) log(`no question in test/bench/sql/query for ${missing.join(', ')}`);
  if (disagreeing.length > 0) log(`other answers from the facts, or none at all: ${disagreeing.join(', ')}`);
  const counts = [
    { name: 'queries: answers that differ from the facts', value: disagreeing.length, unit: 'queries' },
    { name: 'queries: aggregates without a question', value: missing.length, unit: 'models' },
  ];
  return [...measures, ...counts.map((line) => judged(line, { atMost: 0 }))];
}

async function asked(
  clickhouse: ClickHouse,
  query: string,
  runs: number,
): Promise<{ seconds: number[]; answer: string }> {
  const seconds: number[] = [];
  let answer = '';
  for (let run = 0; run < runs; run++) {
    const found = await timed(() => clickhouse.rows(query, {}, anyRow));
    seconds.push(found.seconds);
    answer = JSON.stringify(found.result);
    if (found.seconds > LONG_SECONDS) break;
  }
  return { seconds, answer };
}

function read(file: string): string | undefined {
  const path = new URL(file, folder);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
