import { readdirSync } from 'node:fs';
import { z } from 'zod';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { DataTest, Model } from '../application/ports.js';

const model = (name: string, sources: readonly string[], dependsOn: readonly string[] = []): Model => ({
  name,
  sources,
  dependsOn,
  select: readStatement(import.meta.url, `./models/${name}.sql`),
});

/** All models in build order: every model stands after what it depends on. */
export const models: readonly Model[] = [
  model('dim_date', []),
  model('dim_deal_stage', []),
  model('dim_user', ['users']),
  model('dim_entity', ['entities']),
  model('dim_trend', ['trends']),
  model('fact_affinity_scores', ['affinity_scores'], ['dim_entity']),
  model('fact_deal_events', ['deal_events', 'partnerships'], ['dim_deal_stage', 'dim_entity']),
  model(
    'fact_partnerships',
    ['partnerships', 'milestones', 'fx_rates'],
    ['dim_deal_stage', 'dim_entity', 'dim_user', 'fact_deal_events'],
  ),
  model('fact_trend_metrics', ['trend_metrics', 'graph_alignments'], ['dim_trend', 'dim_entity']),
  model('fact_user_activity', ['user_activity', 'partnerships'], ['dim_user', 'dim_entity']),
  model('agg_daily_partnership_metrics', [], ['fact_partnerships', 'fact_deal_events', 'dim_deal_stage']),
  model('agg_stage_time', [], ['fact_deal_events', 'fact_partnerships']),
  model('agg_activity', [], ['fact_user_activity']),
  model('agg_trend_momentum', [], ['fact_trend_metrics']),
  model('agg_unit_economics', ['unit_economics'], ['agg_daily_partnership_metrics', 'dim_date']),
];

const header = /^-- (?<severity>warn|error) \| (?<model>\w+) \| (?<rule>.+)$/m;
const parsedHeader = z.object({ severity: z.enum(['warn', 'error']), model: z.string(), rule: z.string() });

/** All data tests, one file each; the first line of a file is its severity, model and rule. */
export const dataTests: readonly DataTest[] = readdirSync(new URL('./data-tests/', import.meta.url))
  .filter((file) => file.endsWith('.sql'))
  .sort()
  .map((file) => {
    const select = readStatement(import.meta.url, `./data-tests/${file}`);
    return {
      name: file.replace(/\.sql$/, ''),
      select,
      ...parsedHeader.parse({ ...header.exec(select)?.groups }),
    };
  });
