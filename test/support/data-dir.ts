import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { isRunning } from '../../src/platform/embedded/process-identity.js';

/**
 * Removes a DATA_DIR once the host of its embedded stores has ended, which it does soon after the last lease: a Postgres
 * whose files vanish beneath it could no longer be found and stopped.
 */
export async function removeDataDir(dataDir: string): Promise<void> {
  const pid = hostPid(dataDir);
  for (let tries = 0; pid !== undefined && tries < 600 && isRunning(pid); tries++) await delay(50);
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 });
}

function hostPid(dataDir: string): number | undefined {
  try {
    const state: unknown = JSON.parse(readFileSync(join(dataDir, 'embedded.json'), 'utf8'));
    return z.object({ pid: z.number() }).parse(state).pid;
  } catch {
    return undefined; // no store of it was ever embedded
  }
}
