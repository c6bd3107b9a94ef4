import { setTimeout } from 'node:timers/promises';
import type { Wait } from '../application/deliver-outbox.js';

/** Waits on the process's clock; an abort ends the wait early and is no error. */
export const pause: Wait = async (milliseconds, signal) => {
  await setTimeout(milliseconds, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
};
