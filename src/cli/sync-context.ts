import { userInfo } from 'node:os';
import { selectSyncs, type SyncDefinition, type Syncs, SYNCS } from '../../modules/sync/index.js';
import { AppError } from '../kernel/errors.js';
import type { OnProgress } from '../kernel/progress.js';
import { STORES } from '../platform/platform.module.js';
import type { Stores } from '../platform/stores.js';
import { withModules } from './context.js';
import { progressDisplay } from './output.js';

/** Who decides and asks on the command line. */
export const user = (): string => `cli:${userInfo().username}`;

/** The syncs on migrated stores, closed when `work` ends. */
export async function withSyncs<T>(work: (syncs: Syncs) => Promise<T>): Promise<T> {
  return await withModules(async (modules) => {
    await modules.get<Stores>(STORES).migrate();
    return await work(modules.get<Syncs>(SYNCS));
  });
}

/** As `withSyncs`, for work that takes a while: progress on standard error, and Ctrl-C asks it to stop. */
export async function withSyncsAtWork<T>(
  work: (syncs: Syncs, asked: { signal: AbortSignal; onProgress: OnProgress }) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const cancel = () => stop.abort(cancelled());
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, cancel);
  const progress = progressDisplay();
  try {
    return await withSyncs((syncs) => work(syncs, { signal: stop.signal, onProgress: progress.report }));
  } finally {
    progress.stop();
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, cancel);
  }
}

/** The sync of a name. Throws `sync_unknown`. */
export function oneSync({ definitions }: Syncs, name: string): SyncDefinition {
  const [definition] = selectSyncs(definitions, [name]);
  if (definition === undefined) throw new Error('a selection that fits none throws');
  return definition;
}

const cancelled = () =>
  new AppError({
    class: 'rejected',
    source: 'sync',
    code: 'cancelled',
    message: 'Stopped by the person who started it. What was confirmed stays; the next run does the rest.',
  });
