import { z } from 'zod';
import { severity } from './rule.js';

/** What the producer of a `deal_stalled` signal tells about the deal. Money is a decimal string. */
export const stallEvidence = z.object({
  partnershipId: z.string().min(1),
  tenantId: z.string().min(1),
  stage: z.string().min(1),
  /** Which visit of this stage it is: with the stage it names one stage visit of the deal. */
  stageVisit: z.number().int().nonnegative(),
  enteredStageAt: z.string().refine((text) => Number.isFinite(Date.parse(text)), { error: 'no instant' }),
  daysInStage: z.number().int().nonnegative(),
  thresholdDays: z.number().int().nonnegative(),
  thresholdSource: z.string(),
  /** 0..100 among visits to the same stage, and 0..1; absent on signals of before there were any. */
  stagePercentile: z.number().min(0).max(100).nullish(),
  chance30d: z.number().min(0).max(1).nullish(),
  dealValue: z.string().regex(/^-?\d+(\.\d+)?$/),
  currency: z.string(),
  // A deal may be extracted before its owner: the message then has nobody to go to, the incident still opens.
  ownerUserId: z.string().nullable(),
  ownerName: z.string().nullable(),
  ownerSlackUserId: z.string().nullable(),
  ownerTimeZone: z.string().nullable(),
  partners: z.tuple([z.string().nullable(), z.string().nullable()]),
  /** On a cleared signal: how the deal's present stage counts; absent when the deal is gone. */
  outcome: z.enum(['open', 'won', 'lost']).optional(),
});
export type StallEvidence = z.infer<typeof stallEvidence>;

/** A row of insights_ops.signals as it arrives; the evidence is the producer's and is parsed apart. */
export const signalRow = z.object({
  subject: z.string().min(1),
  severity,
  state: z.enum(['active', 'cleared']),
  evidence: z.unknown(),
});

export type Signal = Omit<z.infer<typeof signalRow>, 'evidence'> & { evidence: StallEvidence };

/** One signal that nobody can act on, and why; its neighbours go on. */
export interface UnreadableSignal {
  subject: string;
  reason: string;
}

/** Signals with readable evidence, and those without: a malformed one never stops its neighbours. */
export function readSignals(rows: readonly z.infer<typeof signalRow>[]): {
  signals: Signal[];
  unreadable: UnreadableSignal[];
} {
  const signals: Signal[] = [];
  const unreadable: UnreadableSignal[] = [];
  for (const row of rows) {
    const evidence = stallEvidence.safeParse(row.evidence);
    if (evidence.success) signals.push({ ...row, evidence: evidence.data });
    else
      unreadable.push({
        subject: row.subject,
        reason: `evidence.${evidence.error.issues[0]?.path.join('.')}`,
      });
  }
  return { signals, unreadable };
}
