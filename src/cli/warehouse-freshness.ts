import type { Command } from 'commander';
import { WarehouseStatus } from '../../modules/warehouse/index.js';
import { withModules } from './context.js';
import { JSON_OPTION, type JsonOption } from './options.js';
import { EXIT, print, printJson, table } from './output.js';

/** `warehouse freshness`: how old the data is. Exit code 2 when something is stale. */
export function addFreshness(warehouse: Command): void {
  warehouse
    .command('freshness')
    .description(
      'how old the data of each source and model is, against its objective; exit code 2 when stale',
    )
    .option(...JSON_OPTION)
    .action(async ({ json }: JsonOption) => {
      const freshness = await withModules((modules) =>
        modules.get(WarehouseStatus).freshness(new Date().toISOString()),
      );
      if (json) printJson({ freshness });
      else
        print(
          table(
            ['', 'name', 'age', 'objective', 'status', 'why'],
            freshness.map(({ kind, name, ageSeconds, objectiveSeconds, status, why }) => [
              kind,
              name,
              ageSeconds === null ? '-' : inWords(ageSeconds),
              inWords(objectiveSeconds),
              status,
              why,
            ]),
            [2, 3],
          ),
        );
      if (freshness.some(({ status }) => status === 'stale')) process.exitCode = EXIT.partial;
    });
}

/** 45 s, 12 min, 3.5 h, 2.1 d. */
function inWords(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86_400).toFixed(1)} d`;
}
