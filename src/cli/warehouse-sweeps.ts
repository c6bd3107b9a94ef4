import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { Sweeps } from '../../modules/warehouse/index.js';
import { withStores } from './context.js';
import { JSON_OPTION, type JsonOption } from './options.js';
import { print, printJson, table, thousands } from './output.js';

/** `warehouse sweeps`: deletions that were held back, and their release. */
export function addSweeps(warehouse: Command): void {
  warehouse
    .command('sweeps')
    .description('sources that lack so many rows that their deletion waits for a person')
    .option('--release <source>', 'let the next run delete what this source lacks, up to the number held')
    .option(...JSON_OPTION)
    .action(async ({ json, release }: JsonOption & { release?: string }) => {
      const sweeps = await withStores(async ({ clickhouse }) => {
        const log = new Sweeps(clickhouse);
        return release === undefined
          ? await log.list()
          : [await log.release(release, `cli:${userInfo().username}`, new Date().toISOString())];
      });
      if (json) printJson({ sweeps });
      else if (sweeps.length === 0) print('No source is held.');
      else
        print(
          table(
            ['source', 'status', 'since', 'rows in the warehouse', 'no longer in the source', 'released by'],
            sweeps.map((sweep) => [
              sweep.source,
              sweep.status,
              sweep.since,
              thousands(sweep.live),
              thousands(sweep.missing),
              sweep.releasedBy ?? '',
            ]),
            [3, 4],
          ),
        );
    });
}
