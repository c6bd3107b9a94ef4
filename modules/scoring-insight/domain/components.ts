import { z } from 'zod';
import { parseDefinition } from './definition.js';

/** The components of the affinity score, in the order in which every report lists them. */
export const COMPONENTS = [
  'semantic',
  'goal_alignment',
  'cultural_momentum',
  'historical',
  'authenticity',
] as const;

export type Component = (typeof COMPONENTS)[number];

/** A weight per component: none negative, sum 1. */
export type Weights = Record<Component, number>;

/** A past deal with the affinity scores that were known before it began. */
export interface OutcomeRow {
  entity1Id: string;
  entity2Id: string;
  /** The label: won with a success score of at least 3.5. */
  success: boolean;
  /** 0..5; null for a lost deal that nobody scored. */
  successScore: number | null;
  /** 0..1 each; null where unknown. */
  scores: Record<Component, number | null>;
  /** 0..1: how much data stood behind the scores. Not a component. */
  confidence: number | null;
}

/** What a ladder of sample sizes allows: below the first step no verdict, below the second no weights. */
export const MIN_DEALS_FOR_VERDICT = 30;
export const MIN_DEALS_FOR_WEIGHTS = 100;
export const MIN_DEALS_PER_CLASS = 10;

/** An area above this is more likely a score that saw the outcome than a score that foresaw it. */
export const SUSPICIOUS_AUC = 0.9;

const weight = z.number().min(0).max(1);

const weightsSchema = z
  .strictObject({
    semantic: weight,
    goal_alignment: weight,
    cultural_momentum: weight,
    historical: weight,
    authenticity: weight,
  })
  .refine((weights) => Math.abs(COMPONENTS.reduce((sum, c) => sum + weights[c], 0) - 1) < 1e-6, {
    message: 'weights must sum to 1',
  });

/**
 * Parses the text of definitions/weights.yaml.
 * @throws AppError `invalid_definition` (configuration)
 */
export function parseWeights(text: string): Weights {
  return parseDefinition('weights.yaml', text, weightsSchema);
}
