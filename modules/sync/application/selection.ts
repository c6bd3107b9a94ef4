import type { Selection } from './ports.js';

/** Whether every row of the model is looked at, so that what is found, or not found, holds for the whole sync. Pure. */
export function isWhole({ limit, keys, fromRun, rejected }: Selection): boolean {
  return [limit, keys, fromRun, rejected].every((one) => one === undefined);
}
