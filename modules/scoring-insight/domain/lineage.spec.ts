import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { INSIGHT_PARTS, leftOutBy } from './lineage.js';

const infrastructure = new URL('../infrastructure/', import.meta.url);
/** Statements that answer a person's question, or keep a person's decision, and compute nothing. */
const ANSWERS = [
  'active-stalls',
  'deal-health',
  'forecast-deals',
  'forecast-latest',
  'deal-health-counts',
  'deal-health-details',
  'badge-counts',
  'benchmark-coverage',
  'latest-stage-times',
  'latest-stall-backtest',
  'result-versions',
  'lock-model-decisions',
  'model-decisions',
  'network-latest',
  'past-visits',
  'entity-benchmark-details',
  'predictiveness-latest',
  'top-badges',
];

const tablesIn = (text: string, prefixes: string): string[] => [
  ...new Set(text.replace(/--[^\n]*/g, '').match(new RegExp(`\\b(?:${prefixes})_[a-z0-9_]+`, 'g'))),
];
const statement = (name: string): string => readFileSync(new URL(`sql/${name}.sql`, infrastructure), 'utf8');
const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();

describe('what the insight parts declare', () => {
  it('covers every statement once', () => {
    const files = readdirSync(new URL('sql/', infrastructure)).map((file) => file.replace(/\.sql$/, ''));
    const declared = [...INSIGHT_PARTS.flatMap((part) => part.statements), ...ANSWERS];
    expect([...declared].sort()).toEqual(files.sort());
  });

  for (const part of INSIGHT_PARTS) {
    it(`is what the statements of ${part.name} read`, () => {
      const text = part.statements.map(statement).join('\n');
      expect(sorted(tablesIn(text, 'dim|fact|agg'))).toEqual(sorted(part.reads));
      const own = new Set([
        ...part.writes,
        ...INSIGHT_PARTS.filter(({ name }) => part.after.includes(name)).flatMap(({ writes }) => writes),
      ]);
      expect(tablesIn(text, 'insight').filter((table) => !own.has(table))).toEqual([]);
    });
  }

  it('is all there is: no code names a table of the star schema', () => {
    const code = readdirSync(infrastructure).filter((file) => /(?<!\.spec)\.ts$/.test(file));
    const named = code.flatMap((file) =>
      tablesIn(readFileSync(new URL(file, infrastructure), 'utf8'), 'dim|fact|agg'),
    );
    expect(named).toEqual([]);
  });

  it('gives every insight table one writer, and puts each part behind those it goes on from', () => {
    const written = INSIGHT_PARTS.flatMap(({ writes }) => writes);
    expect(sorted(written)).toEqual([...written].sort());
    const names = INSIGHT_PARTS.map(({ name }) => name);
    for (const [index, { after }] of INSIGHT_PARTS.entries())
      for (const earlier of after) expect(names.indexOf(earlier)).toBeLessThan(index);
  });
});

describe('leftOutBy', () => {
  const partsLeftOut = (...models: string[]) =>
    leftOutBy(new Map(models.map((model) => [model, `${model} failed`]))).map(({ part }) => part);

  it('leaves out nothing for a model that no part reads', () => {
    expect(partsLeftOut('agg_unit_economics')).toEqual([]);
  });

  it('leaves out exactly the parts that read a model, and what goes on from them', () => {
    expect(partsLeftOut('fact_affinity_scores')).toEqual(['predictiveness', 'network_effects', 'forecast']);
    expect(partsLeftOut('fact_user_activity')).toEqual([
      'benchmarks',
      'badges',
      'benchmark_trends',
      'entity_success',
      'forecast',
    ]);
    expect(partsLeftOut('fact_deal_events')).toEqual([
      'predictiveness',
      'benchmark_trends',
      'pair_success',
      'network_effects',
      'deal_health',
      'forecast',
    ]);
    expect(partsLeftOut('dim_user')).toEqual(['deal_health', 'forecast']);
    expect(partsLeftOut('dim_entity')).toEqual(INSIGHT_PARTS.map(({ name }) => name));
  });

  it('names tables and causes, each cause once', () => {
    const cause = 'dim_entity failed data test dim_entity_one_current';
    const blocked = new Map([
      ['dim_entity', cause],
      ['fact_partnerships', cause],
      ['fact_user_activity', 'fact_user_activity could not be built'],
    ]);
    expect(leftOutBy(blocked).find(({ part }) => part === 'badges')).toEqual({
      part: 'badges',
      tables: ['insight_entity_badges', 'insight_badge_history'],
      reason: `${cause}; fact_user_activity could not be built`,
    });
  });
});
