import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/**
 * `<dataDir>/embedded.json`: where the host listens and what opens it. Nothing here is precious: a lost or unreadable
 * file costs new ports and secrets at the next start, never data.
 */
const stateSchema = z.object({
  version: z.literal(1),
  /** The host that wrote this last; it may be gone. */
  pid: z.number().int().positive(),
  token: z.string().min(32),
  clickhousePassword: z.string().min(32),
  /** Kept when the host stops, so that URLs held by long-lived clients stay valid over a restart. */
  ports: z.object({
    control: z.number().int().positive(),
    clickhouse: z.number().int().positive().optional(),
    postgres: z.number().int().positive().optional(),
    graph: z.number().int().positive().optional(),
  }),
});
export type HostState = z.infer<typeof stateSchema>;

export function readState(dataDir: string): HostState | undefined {
  try {
    return stateSchema.parse(JSON.parse(readFileSync(statePath(dataDir), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Only the holder of the host lock may call this. The rename keeps readers from ever seeing half a file. */
export function writeState(dataDir: string, state: HostState): void {
  const draft = `${statePath(dataDir)}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(state, null, 2) + '\n', { mode: 0o600 });
  renameSync(draft, statePath(dataDir));
}

function statePath(dataDir: string): string {
  return join(dataDir, 'embedded.json');
}
