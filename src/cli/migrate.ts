import type { Command } from 'commander';
import { withStores } from './context.js';
import { JSON_OPTION, type JsonOption } from './options.js';
import { print, printJson } from './output.js';

/** The command that brings the schemas of the three stores up to date. */
export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('bring the schemas of Postgres, ClickHouse and the graph up to date')
    .option('--dry-run', 'print the ClickHouse statements that would run, and change nothing')
    .option('--all', 'with --dry-run: also those applied before, for a server that joined a cluster')
    .option(...JSON_OPTION)
    .action(async ({ json, dryRun, all }: JsonOption & { dryRun?: boolean; all?: boolean }) => {
      if (all && !dryRun) program.error('--all goes with --dry-run.');
      if (dryRun) {
        const planned = await withStores((stores) => stores.planClickHouse({ all: all ?? false }));
        if (json) printJson({ planned });
        else
          print(
            planned
              .map(({ name, statements }) =>
                [`-- ${name}`, ...statements.map((sql) => `${sql};`)].join('\n\n'),
              )
              .join('\n\n') || '-- Nothing to do in ClickHouse.',
          );
        return;
      }
      const applied = await withStores((stores) => stores.migrate());
      if (json) printJson({ applied });
      else
        print(
          applied.length > 0 ? `Applied ${applied.join(', ')}` : 'Nothing to do: every schema is up to date.',
        );
    });
}
