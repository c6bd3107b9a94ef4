import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { seeded } from './__fixtures__/planted-deals.js';
import { type Badge, decideBadges, parseBadgeDeclarations } from './badges.js';
import { hazenPercentile } from './stats/hazen.js';

const declarations = parseBadgeDeclarations(
  readFileSync(new URL('../definitions/badges.yaml', import.meta.url), 'utf8'),
);
const ENTITIES = 300;
const MONTHS = 24;
const REVIEW_MONTHS = 3;

/**
 * Monthly snapshots of entities whose true standing never changes: a normal figure each (sd 1) and noise around it that
 * remembers (autoregressive, from one month to the next by `memory`).
 * @returns how many badges were held on average, and how often one came or went, or changed its level, in a year
 */
function simulate(memory: number, noise: number, { reviewed }: { reviewed: boolean }) {
  const random = seeded(20260617);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const truth = Array.from({ length: ENTITIES }, normal);
  let error = truth.map(() => noise * normal());
  const badges = declarations.slice(0, 1).map((each) => (reviewed ? each : { ...each, review_days: 0 }));
  const past: number[][] = [];
  let current: Badge[] = [];
  let held = 0;
  let flips = 0;
  let changes = 0;
  for (let month = 0; month < MONTHS; month += 1) {
    error = error.map((each) => memory * each + noise * Math.sqrt(1 - memory ** 2) * normal());
    const figures = truth.map((each, i) => each + error[i]!);
    const ascending = [...figures].sort((a, b) => a - b);
    const percentiles = figures.map((each) => hazenPercentile(ascending, each));
    past.push(percentiles);
    const reviewedMonths = reviewed ? past.slice(-1 - REVIEW_MONTHS) : [percentiles];
    const lows = new Map(
      percentiles.map((_, i) => [`e${i}`, Math.min(...reviewedMonths.map((each) => each[i]!))]),
    );
    const rows = percentiles.map((percentile, i) => ({
      entityId: `e${i}`,
      tenantId: 't',
      metric: 'success_rate' as const,
      value: 0.5,
      n: 20,
      percentile,
      topPercent: 100 - percentile,
      // The evidence is never in doubt here: what flips, flips by noise.
      floorPercentile: 100,
      cohort: 'brand|*|*',
      cohortLevel: 'platform' as const,
      cohortN: ENTITIES,
      snapshotN: 20,
    }));
    const asOf = new Date(Date.UTC(2024, month, 1)).toISOString();
    const decision = decideBadges(current, rows, badges, asOf, new Map([['top_performer', lows]]));
    current = decision.current;
    held += current.length / MONTHS;
    if (month === 0) continue;
    changes += decision.events.length;
    flips += decision.events.filter(
      ({ fromLevel, toLevel }) => fromLevel === null || toLevel === null,
    ).length;
  }
  const years = (MONTHS - 1) / 12;
  return { held, flips: flips / held / years, changes: changes / held / years };
}

describe('badges of stable entities', () => {
  it.each([
    [0.7, 0.5],
    [0.8, 0.5],
    [0.9, 0.7],
  ])(
    'come, go or change level at most three times a badge and year (memory %d, noise %d)',
    (memory, noise) => {
      const shipped = simulate(memory, noise, { reviewed: true });
      const unreviewed = simulate(memory, noise, { reviewed: false });
      console.info(
        `memory ${memory}, noise ${noise}: ${shipped.held.toFixed(0)} badges held, each comes or goes ` +
          `${shipped.flips.toFixed(2)} times a year and changes ${shipped.changes.toFixed(2)} times with its levels ` +
          `(without the review period ${unreviewed.flips.toFixed(2)} and ${unreviewed.changes.toFixed(2)})`,
      );
      expect(shipped.changes).toBeLessThanOrEqual(3);
      expect(shipped.flips).toBeLessThan(unreviewed.flips);
    },
  );
});
