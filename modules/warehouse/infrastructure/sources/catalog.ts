import { readStatement } from '../../../../src/platform/sql-file.js';
import type { SourceColumn, SourceDefinition } from '../../domain/source.js';

export interface PostgresSource extends SourceDefinition {
  /** The SELECT that reads it, and the file a platform edits when its tables differ. */
  select: string;
  selectFile: string;
}

export interface GraphSource extends SourceDefinition {
  /** Pages through the graph by key: parameters `after` and `limit`. */
  cypher: string;
  /** The rows that no page holds, because their key has no place in the order. */
  unpaged: string;
  pageKey: string;
}

const postgres = (definition: SourceDefinition): PostgresSource => ({
  ...definition,
  select: readStatement(import.meta.url, `./${definition.name}.sql`),
  selectFile: `modules/warehouse/infrastructure/sources/${definition.name}.sql`,
});
const graph = (definition: SourceDefinition & { pageKey: string }): GraphSource => ({
  ...definition,
  cypher: readStatement(import.meta.url, `../cypher/${definition.name}.cypher`),
  unpaged: readStatement(import.meta.url, `../cypher/${definition.name}_unpaged.cypher`),
});

const uuid = (name: string, nullable = false): SourceColumn => ({ name, type: 'uuid', nullable });
const text = (name: string, nullable = false): SourceColumn => ({ name, type: 'text', nullable });
const instant = (name: string, nullable = false): SourceColumn => ({ name, type: 'timestamp', nullable });
const day = (name: string, nullable = false): SourceColumn => ({ name, type: 'date', nullable });
const share = (name: string): SourceColumn => ({ name, type: 'decimal(5,4)' });

const unknownStage = (column: string) => ({
  code: 'unknown_stage',
  when: `\`${column}\` IS NOT NULL AND NOT has({stages: Array(String)}, assumeNotNull(\`${column}\`))`,
  reason: `${column} is no stage of the stages file`,
});
const COMPONENTS = [
  'semantic',
  'goal_alignment',
  'cultural_momentum',
  'historical',
  'authenticity',
  'confidence',
];

/** The Postgres sources of the contract, parents before children so that a check can look at a parent. */
export const postgresSources: readonly PostgresSource[] = [
  postgres({ name: 'tenants', key: ['id'], columns: [uuid('id'), text('name')] }),
  postgres({
    name: 'users',
    key: ['id'],
    columns: [
      uuid('id'),
      uuid('tenant_id'),
      text('email'),
      text('full_name'),
      text('slack_user_id', true),
      text('time_zone'),
      uuid('manager_id', true),
    ],
  }),
  postgres({
    name: 'entities',
    key: ['id'],
    cursor: { column: 'updated_at', kind: 'timestamp' },
    columns: [
      uuid('id'),
      uuid('tenant_id'),
      text('entity_type'),
      text('name'),
      text('industry'),
      { name: 'founded_year', type: 'integer', nullable: true },
      text('location', true),
      text('tier'),
      instant('created_at'),
      instant('updated_at'),
      instant('deleted_at', true),
    ],
    checks: [
      {
        code: 'unknown_tier',
        when: `tier NOT IN ('enterprise', 'professional', 'individual')`,
        reason: 'tier is none of enterprise, professional, individual',
      },
    ],
  }),
  postgres({
    name: 'partnerships',
    key: ['id'],
    cursor: { column: 'updated_at', kind: 'timestamp' },
    columns: [
      uuid('id'),
      uuid('tenant_id'),
      uuid('entity1_id'),
      uuid('entity2_id'),
      uuid('owner_user_id'),
      text('partnership_type'),
      text('stage'),
      { name: 'deal_value', type: 'decimal(12,2)' },
      text('currency'),
      { name: 'success_score', type: 'decimal(3,2)', nullable: true },
      day('start_date', true),
      day('end_date', true),
      instant('signed_at', true),
      instant('activated_at', true),
      instant('created_at'),
      instant('updated_at'),
      instant('deleted_at', true),
    ],
    checks: [
      { code: 'negative_money', when: 'deal_value < 0', reason: 'deal_value is negative' },
      unknownStage('stage'),
      {
        code: 'score_out_of_range',
        when: 'success_score < 0 OR success_score > 5',
        reason: 'success_score is not between 0 and 5',
      },
    ],
  }),
  postgres({
    name: 'deal_events',
    key: ['id'],
    cursor: { column: 'id', kind: 'id' },
    columns: [
      { name: 'id', type: 'bigint' },
      uuid('partnership_id'),
      text('from_stage', true),
      text('to_stage'),
      uuid('actor_entity_id', true),
      instant('occurred_at'),
    ],
    parent: { source: 'partnerships', by: 'partnership_id', column: 'created_at' },
    checks: [
      unknownStage('to_stage'),
      unknownStage('from_stage'),
      {
        code: 'event_before_deal',
        // No deal yet is no fault: the event waits at the unknown member, and is judged when its deal comes.
        when: 'occurred_at < parent.created_at - toIntervalDay(1)',
        reason: 'occurred_at is more than a day before the deal was created',
      },
    ],
  }),
  postgres({
    name: 'milestones',
    key: ['id'],
    cursor: { column: 'updated_at', kind: 'timestamp' },
    columns: [
      uuid('id'),
      uuid('partnership_id'),
      { name: 'completed', type: 'boolean' },
      instant('completed_at', true),
      day('due_date', true),
      instant('updated_at'),
    ],
  }),
  postgres({
    name: 'affinity_scores',
    key: ['id'],
    cursor: { column: 'ingested_at', kind: 'timestamp' },
    columns: [
      { name: 'id', type: 'bigint' },
      uuid('entity1_id'),
      uuid('entity2_id'),
      { name: 'affinity_score', type: 'decimal(5,2)' },
      ...COMPONENTS.map(share),
      text('recommendation_tier'),
      instant('computed_at'),
      instant('ingested_at'),
    ],
    checks: [
      {
        code: 'score_out_of_range',
        when: 'affinity_score < 0 OR affinity_score > 100',
        reason: 'affinity_score is not between 0 and 100',
      },
      ...COMPONENTS.map((name) => ({
        code: 'score_out_of_range',
        when: `${name} < 0 OR ${name} > 1`,
        reason: `${name} is not between 0 and 1`,
      })),
    ],
  }),
  postgres({
    name: 'trends',
    key: ['id'],
    cursor: { column: 'updated_at', kind: 'timestamp' },
    columns: [uuid('id'), text('name'), text('category'), text('lifecycle_stage'), instant('updated_at')],
  }),
  postgres({
    name: 'trend_metrics',
    key: ['id'],
    cursor: { column: 'id', kind: 'id' },
    columns: [
      { name: 'id', type: 'bigint' },
      uuid('trend_id'),
      share('momentum_score'),
      share('velocity'),
      { name: 'signal_count', type: 'integer' },
      { name: 'engagement_total', type: 'bigint' },
      { name: 'sentiment_avg', type: 'decimal(3,2)' },
      instant('measured_at'),
    ],
  }),
  postgres({
    name: 'user_activity',
    key: ['id'],
    cursor: { column: 'id', kind: 'id' },
    columns: [
      { name: 'id', type: 'bigint' },
      uuid('user_id'),
      text('activity_type'),
      uuid('target_entity_id', true),
      uuid('partnership_id', true),
      instant('occurred_at'),
    ],
  }),
];

export const graphSources: readonly GraphSource[] = [
  graph({
    name: 'graph_alignments',
    key: ['entity_id', 'trend_id'],
    pageKey: 'entity_id',
    columns: [
      uuid('entity_id'),
      uuid('trend_id'),
      { name: 'strength', type: 'float' },
      instant('since', true),
    ],
  }),
  graph({
    name: 'graph_affinities',
    key: ['entity1_id', 'entity2_id'],
    pageKey: 'entity1_id',
    columns: [
      uuid('entity1_id'),
      uuid('entity2_id'),
      { name: 'score', type: 'float' },
      instant('computed_at', true),
    ],
  }),
];
