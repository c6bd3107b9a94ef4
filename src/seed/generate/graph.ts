import { decimalText, DAY, instantText } from './format.js';
import { equalMix } from './affinity.js';
import { pairKey } from './pairs.js';
import { at, Random } from './random.js';
import type { SeedWorld } from './world.js';

export interface GraphPart {
  readonly phase: string;
  readonly statement: 'merge_entities' | 'merge_trends' | 'merge_alignments' | 'merge_affinities';
  readonly kind: 'nodes' | 'relationships';
  readonly rows: readonly Record<string, string | number>[];
}

/** Nodes and relationships of the affinity graph, nodes first. */
export function graphParts(world: SeedWorld): GraphPart[] {
  return [
    {
      phase: 'graph entities',
      statement: 'merge_entities',
      kind: 'nodes',
      rows: world.entities.map(({ id }) => ({ id })),
    },
    {
      phase: 'graph trends',
      statement: 'merge_trends',
      kind: 'nodes',
      rows: world.trends.map(({ id }) => ({ id })),
    },
    {
      phase: 'graph alignments',
      statement: 'merge_alignments',
      kind: 'relationships',
      rows: alignments(world),
    },
    {
      phase: 'graph affinities',
      statement: 'merge_affinities',
      kind: 'relationships',
      rows: affinities(world),
    },
  ];
}

/** Each entity follows three to seven trends. */
function alignments({ spec, entities, trends }: SeedWorld): GraphPart['rows'] {
  const random = new Random(spec.seed, 'alignments');
  return entities.flatMap((entity) => {
    const chosen = new Set<number>();
    const count = 3 + random.int(5);
    while (chosen.size < count) chosen.add(random.int(trends.length));
    return [...chosen].map((trend) => ({
      entityId: entity.id,
      trendId: at(trends, trend).id,
      strength: Number(decimalText(500 + random.int(9500), 4)),
      since: instantText(
        entity.createdAt + Math.floor(random.float() * (spec.base - DAY - entity.createdAt)),
      ),
    }));
  });
}

/** The newest snapshot of the most recently scored pairs. */
function affinities({ spec, entities, affinity }: SeedWorld): GraphPart['rows'] {
  const rows: Record<string, string | number>[] = [];
  const seen = new Set<number>();
  for (const row of affinity.ingestionOrder().reverse()) {
    if (rows.length >= spec.sizes.graphAffinities) break;
    const { entity1, entity2, components, computedAt } = affinity.row(row);
    const key = pairKey(entity1, entity2, entities.length);
    if (seen.has(key)) continue;
    seen.add(key);
    rows.push({
      entity1Id: at(entities, entity1).id,
      entity2Id: at(entities, entity2).id,
      score: Number(decimalText(equalMix(components), 2)),
      computedAt: instantText(computedAt),
    });
  }
  return rows;
}
