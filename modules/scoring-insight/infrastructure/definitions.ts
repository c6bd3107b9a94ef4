import { readStatement } from '../../../src/platform/sql-file.js';
import { type BadgeDeclaration, parseBadgeDeclarations } from '../domain/badges.js';
import { type CategoricalPredictor, parseCategories } from '../domain/categories.js';
import { parseWeights, type Weights } from '../domain/components.js';

/** Throws AppError `invalid_definition` (configuration). */
export function loadBadgeDeclarations(): BadgeDeclaration[] {
  return parseBadgeDeclarations(readStatement(import.meta.url, '../definitions/badges.yaml'));
}

/** Throws AppError `invalid_definition` (configuration). */
export function loadDefaultWeights(): Weights {
  return parseWeights(readStatement(import.meta.url, '../definitions/weights.yaml'));
}

/** Throws AppError `invalid_definition` (configuration). */
export function loadCategories(): CategoricalPredictor[] {
  return parseCategories(readStatement(import.meta.url, '../definitions/categories.yaml'));
}
