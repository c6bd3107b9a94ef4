import { describe, expect, it } from '@jest/globals';
import { parseSyncDefinition } from './parse-definition.js';
import { selectSyncs } from './select-syncs.js';

const sync = (name: string, tags: string[]) =>
  parseSyncDefinition(
    JSON.stringify({
      name,
      tags,
      model: 'insight_deal_health',
      mode: 'upsert',
      key: ['id'],
      target: { kind: 'postgres', table: 'insights.deal_health' },
      mapping: { id: 'uuid', severity: 'text' },
    }),
    `${name}.yaml`,
  );
const all = [
  sync('entity_badges', ['product']),
  sync('entity_success', ['graph']),
  sync('pair_success', ['graph']),
];
const picked = (names: string[], selectors: string[] = []) =>
  selectSyncs(all, names, selectors).map(({ name }) => name);

describe('selectSyncs', () => {
  it('takes all, some by name, by tag or by pattern, each once and in their order', () => {
    expect(picked([])).toEqual(['entity_badges', 'entity_success', 'pair_success']);
    expect(picked(['pair_success', 'entity_badges'])).toEqual(['entity_badges', 'pair_success']);
    expect(picked([], ['tag:graph'])).toEqual(['entity_success', 'pair_success']);
    expect(picked([], ['entity_*', 'tag:graph'])).toEqual([
      'entity_badges',
      'entity_success',
      'pair_success',
    ]);
    expect(picked([], ['*_suc*ess'])).toEqual(['entity_success', 'pair_success']);
  });

  it.each(['badges', 'tag:none', 'x*', '*ss*ss', 'pair_success_'])('refuses %s, which fits none', (name) => {
    expect(() => picked([name])).toThrow(expect.objectContaining({ code: 'sync_unknown' }));
  });
});
