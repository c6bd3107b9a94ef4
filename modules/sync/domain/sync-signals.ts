import type { Hold } from './hold.js';
import type { SyncOutcome } from './outcome.js';

/** What alert rules are told about a sync; the subject is its name. */
export interface SyncSignal {
  kind: 'held_sync' | 'failed_sync';
  subject: string;
  severity: 'warn' | 'critical';
  evidence: Record<string, unknown>;
}
type Kind = SyncSignal['kind'];

/**
 * What the end of a run changes: signals to raise, and kinds to clear. A hold that a person rejected is no news. A run
 * that was skipped or cancelled says nothing about the sync. Pure.
 */
export function signalsOf(
  runId: string,
  outcome: Pick<SyncOutcome, 'name' | 'target' | 'reason' | 'failed' | 'held' | 'error'> & { status: string },
  hold: Hold | null,
): { raise: SyncSignal[]; clear: Kind[] } {
  const { name: subject, target, status, reason, failed, held, error } = outcome;
  const about = { runId, target, status, reason };
  if (status === 'succeeded') return { raise: [], clear: ['held_sync', 'failed_sync'] };
  if (status === 'partial') {
    const evidence = { ...about, failed };
    return {
      raise: [{ kind: 'failed_sync', subject, severity: 'warn', evidence }],
      clear: ['held_sync'],
    };
  }
  if (status === 'failed') {
    const evidence = { ...about, failed, ...(error ? { class: error.class, code: error.code } : {}) };
    return { raise: [{ kind: 'failed_sync', subject, severity: 'critical', evidence }], clear: [] };
  }
  if (status !== 'held') return { raise: [], clear: [] };
  if (hold?.state === 'rejected') return { raise: [], clear: ['held_sync'] };
  const evidence = {
    ...about,
    held,
    ...(hold ? { creates: hold.creates, updates: hold.updates, deletes: hold.deletes } : {}),
  };
  return { raise: [{ kind: 'held_sync', subject, severity: 'warn', evidence }], clear: [] };
}
