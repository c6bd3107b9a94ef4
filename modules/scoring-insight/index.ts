export type { StallEvidence } from './application/stall-evidence.js';
export { ComputeInsight } from './application/compute-insight.js';
export { type InsightReport, insightReportSchema } from './application/insight-report.js';
export { InsightReader, type StalledDeal } from './infrastructure/insight-reader.js';
export { createComputeInsight, ScoringInsightModule } from './scoring-insight.module.js';
