import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { type BenchmarkDetails, InsightReader } from '../../modules/scoring-insight/index.js';
import { withModules } from './context.js';
import { JSON_OPTION, type JsonOption } from './options.js';
import { EXIT, print, printJson } from './output.js';

const id = (text: string): string => {
  if (!z.guid().safeParse(text).success) throw new InvalidArgumentError('The id of an entity, a UUID.');
  return text;
};

/** `insight benchmarks <entity-id>`: how one entity stands among its peers. Exit code 1 when there is no such entity. */
export function addInsightBenchmarks(insight: Command): void {
  insight
    .command('benchmarks')
    .description('how an entity stands among its peers, with its trends')
    .argument('<entity-id>', 'an entity', id)
    .option(...JSON_OPTION)
    .action(async (entityId: string, { json }: JsonOption) => {
      const benchmarks = await withModules((modules) =>
        modules.get(InsightReader).entityBenchmarks(entityId),
      );
      if (json) printJson({ entityId, benchmarks });
      else
        print(benchmarks.length > 0 ? describe(benchmarks) : `There is no entity ${entityId} with insights.`);
      if (benchmarks.length === 0) process.exitCode = EXIT.failed;
    });
}

function describe(benchmarks: readonly BenchmarkDetails[]): string {
  const name = benchmarks[0]?.entityName ?? 'unknown';
  const lines = benchmarks.flatMap((row) => [
    '',
    row.explanation,
    ...scale(row),
    ...(row.trend.explanation === null ? [] : [`  ${row.trend.explanation}`]),
  ]);
  return [`${name}, as of ${benchmarks[0]?.asOf ?? '-'}`, ...lines].join('\n');
}

const WIDTH = 48;

/**
 * One line from the lowest to the highest of the figures shown: `|` for p25, p50 and p75 of the peers, `-` between p25
 * and p75, `o` for the entity. None where the peers are withheld or all marks would fall on one place.
 */
export function scale({
  value,
  p25,
  p50,
  p75,
}: Pick<BenchmarkDetails, 'value' | 'p25' | 'p50' | 'p75'>): string[] {
  if (value === null || p25 === null || p50 === null || p75 === null) return [];
  const low = Math.min(value, p25);
  const high = Math.max(value, p75);
  if (low === high) return [];
  const place = (x: number): number => Math.round(((x - low) / (high - low)) * (WIDTH - 1));
  const line = Array.from({ length: WIDTH }, (_, at): string =>
    at > place(p25) && at < place(p75) ? '-' : ' ',
  );
  for (const quartile of [p25, p50, p75]) line[place(quartile)] = '|';
  line[place(value)] = 'o';
  return [`  [${line.join('')}]  o this entity, | p25 ${p25}  p50 ${p50}  p75 ${p75}`];
}
