import { z } from 'zod';
import { severity } from './rule.js';
import { stallEvidence } from './signal.js';

/**
 * Why an incident ended:
 * - `moved`: the deal is in another stage visit;
 * - `closed`: the deal is won or lost;
 * - `cleared`: the signal is gone and says no more (the deal was deleted, its severity fell below the rule's).
 */
export type Resolution = 'moved' | 'closed' | 'cleared';

/** A row of insights_ops.alert_incidents. `evidence` is that of the last change of severity. */
export const incident = z.object({
  id: z.string(),
  fingerprint: z.string(),
  rule: z.string(),
  subject: z.string(),
  severity,
  state: z.enum(['firing', 'acknowledged', 'snoozed', 'resolved']),
  evidence: stallEvidence,
});
export type Incident = z.infer<typeof incident>;
