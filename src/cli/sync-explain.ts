import type { Command } from 'commander';
import type { Explanation } from '../../modules/sync/index.js';
import { JSON_OPTION, type JsonOption } from './options.js';
import { print, printJson, table } from './output.js';
import { oneSync, withSyncs } from './sync-context.js';

/** `sync explain`. */
export function addSyncExplain(sync: Command): void {
  sync
    .command('explain <name> <key...>')
    .description('why one row was, will be or will not be sent; the key as one value for each key column')
    .option(...JSON_OPTION)
    .action(async (name: string, key: string[], { json }: JsonOption) => {
      const found = await withSyncs((syncs) => syncs.explain.explain(oneSync(syncs, name), key));
      if (json) printJson(found);
      else print(describeExplanation(found));
    });
}

/** The sentence first, then what it rests on. Pure. */
export function describeExplanation(found: Explanation): string {
  const { sentence, model, state, reject, lastChange, target } = found;
  const mapped = model?.rows[0]?.mapped ?? {};
  const columns = [...new Set([...Object.keys(mapped), ...Object.keys(target ?? {})])];
  const show = (texts: Record<string, string | null> | null | undefined, column: string): string =>
    texts === null || texts === undefined ? '' : (texts[column] ?? 'null');
  const facts = [
    ['row hash now', model?.rowHash ?? 'not in the model'],
    [
      'confirmed',
      state === null ? 'never' : `${state.rowHash} by run ${state.confirmedRun} at ${state.confirmedAt}`,
    ],
    ['last change', lastChange === null ? 'none' : `${lastChange.op} by run ${lastChange.runId}`],
    [
      'last refusal',
      reject === null
        ? 'none'
        : `${reject.errorCode}, ${reject.attempts} attempts${reject.resolvedAt === null ? '' : ', resolved'}: ${reject.error}`,
    ],
  ];
  return [
    sentence,
    ...(columns.length === 0
      ? []
      : [
          table(
            ['column', 'model', 'target'],
            columns.map((column) => [
              column,
              show(model === null ? null : mapped, column),
              target === undefined ? 'cannot be read' : show(target, column),
            ]),
          ),
        ]),
    table(['about', 'what is known'], facts),
  ].join('\n');
}
