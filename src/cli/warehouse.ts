import type { Command } from 'commander';
import { listRejects } from '../../modules/warehouse/index.js';
import { withStores } from './context.js';
import { count, JSON_OPTION, type JsonOption } from './options.js';
import { print, printJson, table } from './output.js';

/** The commands of the warehouse, one file a topic. */
export function addWarehouse(program: Command): void {
  const warehouse = program.command('warehouse').description('the data in ClickHouse');
  warehouse
    .command('rejects')
    .description('rows that broke the source contract, newest first, with the reason')
    .option('--source <name>', 'only this source')
    .option('--reason <code>', 'only this reason code')
    .option('--limit <number>', 'how many', count, 50)
    .option(...JSON_OPTION)
    .action(async ({ json, ...filter }: JsonOption & { source?: string; reason?: string; limit: number }) => {
      const rejects = await withStores(({ clickhouse }) => listRejects(clickhouse, filter));
      if (json) printJson({ rejects });
      else
        print(
          table(
            ['source', 'record', 'code', 'reason'],
            rejects.map((r) => [r.source, r.recordKey, r.reasonCode, r.reason]),
          ),
        );
    });
}
