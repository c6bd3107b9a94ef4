export type { StallEvidence } from './application/stall-evidence.js';
export { type BacktestReport, StallBacktest } from './application/backtest-stalls.js';
export { ComputeInsight } from './application/compute-insight.js';
export { DecideModel, type DetailedModel, type ModelView } from './application/decide-model.js';
export { type InsightReport, insightReportSchema } from './application/insight-report.js';
export { InsightReader, type OpenDealHealth, type StalledDeal } from './infrastructure/insight-reader.js';
export { createComputeInsight, ScoringInsightModule } from './scoring-insight.module.js';
export type { BenchmarkDetails } from './infrastructure/benchmark-details.js';
