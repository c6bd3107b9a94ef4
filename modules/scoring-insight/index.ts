export type { StallEvidence } from './application/stall-evidence.js';
export { type BacktestReport, StallBacktest } from './application/backtest-stalls.js';
export { ComputeInsight } from './application/compute-insight.js';
export { DecideModel, type DetailedModel, type ModelView } from './application/decide-model.js';
export { type ForecastReport, forecastReportSchema } from './application/forecast-report.js';
export { type InsightReport, insightReportSchema } from './application/insight-report.js';
export {
  type DealDetails,
  InsightReader,
  type OpenDealHealth,
  type StalledDeal,
} from './infrastructure/insight-reader.js';
export type { BadgeCount, BenchmarkCoverage, DealCount } from './infrastructure/insight-overview.js';
export type { StageTimes, StoredBacktest } from './infrastructure/stall-reports.js';
export type { ResultVersion } from './domain/result-versions.js';
export { type MissingFigures, missingFigures } from './domain/missing-figures.js';
export type { NetworkEffectsReport } from './domain/network-effects.js';
export { networkEffectsSchema } from './application/network-schema.js';
export type { ForecastFilter, OpenDealForecast } from './infrastructure/forecast-store.js';
export { createComputeInsight, ScoringInsightModule } from './scoring-insight.module.js';
export type { BenchmarkDetails } from './infrastructure/benchmark-details.js';
