import type { Deal } from './deals.js';
import { DAY, HOUR, MINUTE, type Micros } from './format.js';
import type { Entity } from './organisations.js';
import { toComponent } from './outcomes.js';
import { pairKey } from './pairs.js';
import { at, Random } from './random.js';
import type { SeedSpec } from './spec.js';

/** One snapshot; components and confidence in ten-thousandths. */
export interface AffinityScore {
  readonly entity1: number;
  readonly entity2: number;
  readonly components: readonly number[];
  readonly confidence: number;
  readonly computedAt: Micros;
  readonly ingestedAt: Micros;
}

/** Columns instead of objects: 300,000 snapshots take some 15 MB and sort in a moment. */
export class AffinityTable {
  private readonly pairs: Uint32Array;
  private readonly values: Uint16Array;
  private readonly instants: Float64Array;
  private length = 0;

  constructor(readonly capacity: number) {
    this.pairs = new Uint32Array(capacity * 2);
    this.values = new Uint16Array(capacity * 6);
    this.instants = new Float64Array(capacity * 2);
  }

  get room(): number {
    return this.capacity - this.length;
  }

  push(score: AffinityScore): void {
    const row = this.length++;
    this.pairs.set([score.entity1, score.entity2], row * 2);
    this.values.set([...score.components, score.confidence], row * 6);
    this.instants.set([score.computedAt, score.ingestedAt], row * 2);
  }

  /** Row numbers in the order of ingestion, which is the order of the ids; equal instants keep their order. */
  ingestionOrder(): Uint32Array {
    const order = Uint32Array.from({ length: this.length }, (_, row) => row);
    return order.sort((a, b) => (this.instants[a * 2 + 1] ?? 0) - (this.instants[b * 2 + 1] ?? 0) || a - b);
  }

  row(row: number): AffinityScore {
    const values = Array.from(this.values.subarray(row * 6, row * 6 + 6));
    return {
      entity1: this.pairs[row * 2] ?? 0,
      entity2: this.pairs[row * 2 + 1] ?? 0,
      components: values.slice(0, 5),
      confidence: at(values, 5),
      computedAt: this.instants[row * 2] ?? 0,
      ingestedAt: this.instants[row * 2 + 1] ?? 0,
    };
  }
}

/** The platform's own score, an equal mix of the components, in hundredths of 0..100. */
export function equalMix(components: readonly number[]): number {
  return Math.round(components.reduce((sum, component) => sum + component, 0) / components.length);
}

export function recommendationTier(mix: number): string {
  return mix >= 6500 ? 'strong' : mix >= 5000 ? 'good' : mix >= 3500 ? 'possible' : 'weak';
}

/** Snapshots around every deal (with the decoys that a careless join would pick), then pairs without a deal. */
export function generateAffinity(
  spec: SeedSpec,
  entities: readonly Entity[],
  deals: readonly Deal[],
): AffinityTable {
  const random = new Random(spec.seed, 'affinity_scores');
  const table = new AffinityTable(spec.sizes.affinityScores);
  const partnered = new Set<number>();
  for (const deal of deals) {
    partnered.add(pairKey(deal.entity1, deal.entity2, entities.length));
    const known = Math.max(at(entities, deal.entity1).createdAt, at(entities, deal.entity2).createdAt) + HOUR;
    for (const score of scoresOfDeal(spec, random, deal, known)) table.push(score);
  }
  while (table.room > 0) {
    const entity1 = random.int(entities.length);
    const entity2 = random.int(entities.length);
    if (entity1 === entity2 || partnered.has(pairKey(entity1, entity2, entities.length))) continue;
    const known = Math.max(at(entities, entity1).createdAt, at(entities, entity2).createdAt) + HOUR;
    // Pairs that never became partners score lower: the partners were chosen.
    const levels = Array.from({ length: 5 }, () => random.normal());
    const snapshots = Math.min(table.room, 1 + random.int(8));
    for (let k = 0; k < snapshots; k++) {
      const computedAt = known + Math.floor(random.float() * (spec.base - DAY - known));
      const components = levels.map((level) => toComponent(0.9 * level + 0.44 * random.normal(), 0.45));
      table.push(snapshot(random, entity1, entity2, components, computedAt));
    }
  }
  return table;
}

/**
 * At most seven snapshots. The last usable one carries the components that drove the outcome; everything else is
 * noise or, worse, knows the outcome:
 * - older snapshots, some with the same instant as the last one and a smaller id;
 * - computed after the start, or between the first event and a late created_at;
 * - computed before the start but ingested after it.
 */
function* scoresOfDeal(spec: SeedSpec, random: Random, deal: Deal, known: Micros): Generator<AffinityScore> {
  const { startAt, scoreCase } = deal;
  const last = spec.base - HOUR;
  const [a, b] = random.chance(0.5) ? [deal.entity1, deal.entity2] : [deal.entity2, deal.entity1];
  const noise = (): number[] => deal.components.map(() => toComponent(random.normal()));
  const leaked = (): number[] =>
    deal.components.map(() =>
      Math.round(10_000 * (random.between(0.05, 0.25) + (deal.quality > 0 ? 0.7 : 0))),
    );

  if (scoreCase === 'usable') {
    const computedAt = Math.floor(random.between(Math.max(known, startAt - 150 * DAY), startAt - 12 * HOUR));
    const ingestedAt = computedAt + Math.floor(random.between(MINUTE, 6 * HOUR));
    const older = random.int(3);
    for (let k = 0; k < older; k++) {
      yield snapshot(random, b, a, noise(), Math.floor(random.between(known - 30 * MINUTE, computedAt - 1)));
    }
    if (random.chance(0.02)) {
      const confidence = 5000 + random.int(4900);
      yield {
        entity1: a,
        entity2: b,
        components: noise(),
        confidence,
        computedAt,
        ingestedAt: ingestedAt - 1,
      };
    }
    yield {
      entity1: a,
      entity2: b,
      components: deal.components,
      confidence: deal.confidence,
      computedAt,
      ingestedAt,
    };
    if (random.chance(0.1)) yield backfilled(random, a, b, leaked(), computedAt, startAt, last);
  }
  if (scoreCase === 'too_old') {
    yield snapshot(random, a, b, noise(), Math.floor(random.between(known, startAt - 190 * DAY)));
  }
  if (scoreCase === 'ingested_late') {
    yield backfilled(random, a, b, leaked(), Math.max(known, startAt - 60 * DAY), startAt, last);
  }
  if (scoreCase !== 'none' && (scoreCase === 'only_later' || random.chance(0.25))) {
    const later = Math.min(last, startAt + Math.floor(random.between(0.01, 40) * DAY));
    yield snapshot(random, a, b, leaked(), Math.max(startAt, later - 6 * HOUR));
  }
  if (scoreCase !== 'none' && startAt < deal.createdAt) {
    yield snapshot(
      random,
      a,
      b,
      leaked(),
      startAt + Math.floor(random.between(0.1, 0.9) * (deal.createdAt - startAt)),
    );
  }
}

/** Ingested within minutes to hours, as most are. */
function snapshot(
  random: Random,
  entity1: number,
  entity2: number,
  components: readonly number[],
  computedAt: Micros,
): AffinityScore {
  const ingestedAt = computedAt + Math.floor(random.between(MINUTE, HOUR));
  return { entity1, entity2, components, confidence: 5000 + random.int(4900), computedAt, ingestedAt };
}

function backfilled(
  random: Random,
  entity1: number,
  entity2: number,
  components: readonly number[],
  after: Micros,
  startAt: Micros,
  last: Micros,
): AffinityScore {
  const computedAt = Math.floor(random.between(after, startAt - HOUR));
  const ingestedAt = Math.min(last, startAt + Math.floor(random.between(0.1, 30) * DAY));
  return { entity1, entity2, components, confidence: 5000 + random.int(4900), computedAt, ingestedAt };
}
