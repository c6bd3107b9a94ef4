import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Gives the lease back and removes the data once the host has ended. */
export default async function teardown(): Promise<void> {
  const shared = globalThis.insightsTestStores;
  if (!shared) return;
  await shared.stores.close();
  for (let i = 0; i < 100 && existsSync(join(shared.dataDir, 'embedded.lock')); i++) await delay(100);
  rmSync(shared.dataDir, { recursive: true, force: true });
}
