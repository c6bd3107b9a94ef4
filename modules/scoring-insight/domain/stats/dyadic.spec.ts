import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { naiveSums, type SumRow } from '../__fixtures__/naive-sums.js';
import { seeded } from '../__fixtures__/planted-deals.js';
import { NO_SUMS, type ScoreSums } from '../predictiveness-sums.js';
import { aucOf, type AucSums, deLongVariance, rocAuc } from './auc.js';
import { dyadicVariance } from './dyadic.js';

function aucSums({ positives, negatives, doubledU, placementSquares }: ScoreSums): AucSums {
  return { positives: positives.n, negatives: negatives.n, doubledU, placementSquares };
}

function variances(rows: readonly SumRow[]): { deLong: number | null; dyadic: number | null; auc: number } {
  const sums = naiveSums(rows);
  const area = aucSums(sums);
  return {
    deLong: deLongVariance(area),
    dyadic: dyadicVariance(area, sums.byEntity, sums.byPair),
    auc: aucOf(area)!.auc,
  };
}

/** The definition: every ordered pair of deals, counted once when they have an entity in common. */
function doubleSum(rows: readonly SumRow[]): number {
  const influence = influences(rows);
  const share = (a: SumRow, b: SumRow): boolean =>
    [a.entity1, a.entity2].some((entity) => entity === b.entity1 || entity === b.entity2);
  let total = 0;
  for (const [i, a] of rows.entries())
    for (const [j, b] of rows.entries()) if (share(a, b)) total += influence[i]! * influence[j]!;
  return total;
}

function influences(rows: readonly SumRow[]): number[] {
  const positives = rows.filter(({ success }) => success);
  const negatives = rows.filter(({ success }) => !success);
  const psi = (high: number, low: number): number => (high > low ? 1 : high === low ? 0.5 : 0);
  const average = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const auc = average(positives.map(({ x }) => average(negatives.map((other) => psi(x, other.x)))));
  return rows.map(({ x, success }) =>
    success
      ? (average(negatives.map((other) => psi(x, other.x))) - auc) / positives.length
      : (average(positives.map((other) => psi(other.x, x))) - auc) / negatives.length,
  );
}

const aRow = fc.record({
  x: fc.integer({ min: 0, max: 9 }),
  success: fc.boolean(),
  y: fc.constant(null),
  entity1: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  entity2: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
});
const someRows = fc.array(aRow, { minLength: 4, maxLength: 40 }).filter((rows) => {
  const positives = rows.filter(({ success }) => success).length;
  return positives >= 2 && rows.length - positives >= 2;
});

describe('dyadicVariance', () => {
  it('is the double sum over deals that share an entity, with the factor that makes psi^2 DeLong', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const { deLong, dyadic } = variances(rows);
        if (dyadic === null) return void expect(deLong).toBe(0);
        const ownSquares = influences(rows).reduce((total, value) => total + value ** 2, 0);
        expect(dyadic).toBeCloseTo((doubleSum(rows) * deLong!) / ownSquares, 9);
      }),
    );
  });

  it("is DeLong's variance when every deal has entities of its own", () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const own = rows.map((row, i) => ({ ...row, entity1: `a${i}`, entity2: `b${i}` }));
        const { deLong, dyadic } = variances(own);
        if (dyadic === null) return;
        expect(dyadic).toBe(deLong);
      }),
    );
  });

  it('is undefined without variance or with one deal in a class', () => {
    const row = { x: 1, success: true, y: null, entity1: 'a', entity2: 'b' };
    const tied = [row, row, { ...row, success: false }, { ...row, success: false }];
    const single = [
      { ...row, x: 2 },
      { ...row, success: false },
      { ...row, x: 3, success: false },
    ];
    expect(variances(tied).dyadic).toBeNull();
    expect(variances(single).dyadic).toBeNull();
  });

  it('does not depend on which side an entity stands, nor on the order of the deals', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const turned = rows.map((row) => ({ ...row, entity1: row.entity2, entity2: row.entity1 })).reverse();
        expect(variances(turned)).toEqual(variances(rows));
      }),
    );
  });

  /**
   * Deals among few entities whose qualities move both the score and the outcome of every deal they are in, without an
   * effect of the score itself: the area is one half, and its estimates scatter more than independent deals would.
   */
  function dealsAmong(entities: number, n: number, random: () => number): SumRow[] {
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const qualities = Array.from({ length: entities }, () => ({ score: normal(), outcome: normal() }));
    return Array.from({ length: n }, () => {
      const first = Math.floor(random() * entities);
      const other = Math.floor(random() * (entities - 1));
      const second = other < first ? other : other + 1;
      const [a, b] = [qualities[first]!, qualities[second]!];
      const logOdds = 0.7 * (a.outcome + b.outcome);
      return {
        x: Math.round(1000 * (Math.SQRT1_2 * normal() + 0.5 * (a.score + b.score))),
        success: random() < 1 / (1 + Math.exp(-logOdds)),
        y: null,
        entity1: `e${first}`,
        entity2: `e${second}`,
      };
    });
  }

  it('is as wide as the areas of such markets really scatter, where DeLong is too narrow', () => {
    const random = seeded(7);
    const found = Array.from({ length: 150 }, () => variances(dealsAmong(40, 400, random)));
    const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    const scatter = Math.sqrt(mean(found.map(({ auc }) => (auc - 0.5) ** 2)));
    const deLong = Math.sqrt(mean(found.map((each) => each.deLong!)));
    const dyadic = Math.sqrt(mean(found.map((each) => each.dyadic!)));
    expect(deLong / scatter).toBeLessThan(0.85);
    expect(dyadic / scatter).toBeGreaterThan(0.88);
    expect(dyadic / scatter).toBeLessThan(1.12);

    // What the product reports: never below DeLong.
    const covers = (variance: (each: (typeof found)[number]) => number): number =>
      mean(
        found.map((each) => {
          const z =
            (Math.log(each.auc / (1 - each.auc)) * each.auc * (1 - each.auc)) / Math.sqrt(variance(each));
          return Math.abs(z) < 1.96 ? 1 : 0;
        }),
      );
    expect(covers((each) => each.deLong!)).toBeLessThan(0.87);
    expect(covers((each) => Math.max(each.dyadic!, each.deLong!))).toBeGreaterThan(0.88);
  });

  // Drawing entities gives each deal the product of two counts as its weight, which scatters three times as much as one
  // count: what a deal has of its own enters three times, what entities share once.
  it('is the bootstrap of entities without the excess that this is known to have', () => {
    const random = seeded(11);
    const rows = dealsAmong(30, 600, random);
    const areas = Array.from({ length: 200 }, () => {
      const drawn = new Map<string, number>();
      for (let i = 0; i < 30; i += 1) {
        const entity = `e${Math.floor(random() * 30)}`;
        drawn.set(entity, (drawn.get(entity) ?? 0) + 1);
      }
      // A deal appears once for every pair of draws of its two entities.
      const sample = rows.flatMap((row) =>
        Array<SumRow>((drawn.get(row.entity1) ?? 0) * (drawn.get(row.entity2) ?? 0)).fill(row),
      );
      return rocAuc(
        sample.map(({ x }) => x),
        sample.map(({ success }) => success),
      )!.auc;
    });
    const mean = areas.reduce((a, b) => a + b, 0) / areas.length;
    const bootstrap = Math.sqrt(
      areas.reduce((sum, area) => sum + (area - mean) ** 2, 0) / (areas.length - 1),
    );
    const sums = naiveSums(rows);
    const own = dyadicVariance(aucSums(sums), sums.byPair, NO_SUMS.byPair)!;
    const { dyadic } = variances(rows);
    expect(bootstrap ** 2 / dyadic!).toBeGreaterThan(1.5);
    expect(Math.sqrt(dyadic! + 2 * own) / bootstrap).toBeGreaterThan(0.85);
    expect(Math.sqrt(dyadic! + 2 * own) / bootstrap).toBeLessThan(1.15);
  });
});
