import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/**
 * Bytes in buffers that something still holds. What waits for the collector does not count: how much that is depends
 * on the machine's load.
 */
export function heldBufferBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** Resident bytes of this process after a collection. */
export function residentBytes(): number {
  collectGarbage();
  return process.memoryUsage().rss;
}
