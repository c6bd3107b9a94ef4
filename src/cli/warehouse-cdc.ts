import type { Command } from 'commander';
import { createSlotMonitor } from '../../modules/warehouse/index.js';
import { readConfig } from '../config/env.js';
import { withStores } from './context.js';
import { JSON_OPTION, type JsonOption } from './options.js';
import { print, printJson, table, thousands } from './output.js';

/** `warehouse cdc`: what change data capture does. */
export function addCdc(warehouse: Command): void {
  warehouse
    .command('cdc')
    .description('change data capture: slot, lag, last batch, and why sources were read whole again')
    .option(...JSON_OPTION)
    .action(async ({ json }: JsonOption) => {
      const config = readConfig(process.env);
      const status = await withStores(({ clickhouse, postgres }) =>
        createSlotMonitor(clickhouse, postgres, { slot: config.CDC_SLOT, stageNames: [] }).status(),
      );
      if (json) return printJson({ cdc: { mode: config.CDC, ...status } });
      const { lag, lastBatch } = status;
      print(
        [
          `CDC=${config.CDC}, slot ${status.slot}: ${lag ? `${thousands(lag.bytes)} bytes behind, nothing confirmed for ${Math.round(lag.seconds)} s${lag.endangered ? ', Postgres may drop its log' : ''}` : 'there is none'}`,
          `streamed: ${status.streamed.join(', ') || 'nothing'}`,
          `last batch: ${lastBatch ? `${thousands(lastBatch.rows)} rows, committed ${lastBatch.committedAt ?? '-'}, landed ${lastBatch.at}` : 'none'}`,
        ].join('\n'),
      );
      if (status.handOvers.length > 0)
        print(
          table(
            ['read whole at', 'reason', 'sources'],
            status.handOvers.map(({ at, reason, sources }) => [at, reason, sources]),
            [2],
          ),
        );
    });
}
