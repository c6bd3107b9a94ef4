/** The seeded product as a pure function of (seed, UTC day of asOf, scale). */
export { seedSpec, type SeedSpec } from './generate/spec.js';
export { generateWorld, type SeedWorld } from './generate/world.js';
export { productTables, type SeedTable } from './generate/tables.js';
export { graphParts, type GraphPart } from './generate/graph.js';
export { fxRatesCsv, unitEconomicsCsv } from './generate/external.js';
