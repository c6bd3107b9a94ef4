import type { Command } from 'commander';
import { WarehouseStatus } from '../../modules/warehouse/index.js';
import { withModules } from './context.js';
import { JSON_OPTION, type JsonOption } from './options.js';
import { print, printJson, table, thousands } from './output.js';

/** `warehouse tests`: what the data tests found. */
export function addTests(warehouse: Command): void {
  warehouse
    .command('tests')
    .description('what each data test found when it last ran, errors first')
    .option('--failing', 'only those that fail')
    .option(...JSON_OPTION)
    .action(async ({ json, failing }: JsonOption & { failing?: boolean }) => {
      const tests = await withModules((modules) =>
        modules.get(WarehouseStatus).tests({ failing: failing ?? false }),
      );
      if (json) printJson({ tests });
      else if (tests.length === 0)
        print(failing ? 'No data test fails.' : 'No data test has run yet. Start a run: cli run');
      else
        print(
          table(
            ['model', 'test', 'severity', 'failures', 'first records', 'rule', 'when'],
            tests.map((found) => [
              found.model,
              found.test,
              found.severity,
              thousands(found.failures),
              found.sample.join('\n'),
              found.rule,
              found.recordedAt.slice(0, 19),
            ]),
            [3],
          ),
        );
    });
}
