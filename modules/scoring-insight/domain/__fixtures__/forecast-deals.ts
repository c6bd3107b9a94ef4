import type { PastDeal } from '../forecast-deals.js';
import { SNAPSHOT_DAYS } from '../forecast-deals.js';
import { SeededRandom } from '../stats/seeded-random.js';

/** A Monday of the snapshot grid in 2025. */
export const FIRST_DAY = 20_094;
/** Two years on, also one of the grid. */
export const LAST_DAY = FIRST_DAY + 52 * SNAPSHOT_DAYS;

/**
 * Deals of 20 tenants that begin evenly over two years and last 20 to 120 days, the second half of them in stage "late". Their
 * success depends on the first component and on nothing else.
 * @param effect log odds by unit of the first component, which is uniform on 0..1
 */
export function plantedPastDeals(n: number, effect: number, seed: number): PastDeal[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: n }, (_, i) => {
    const begun = FIRST_DAY + Math.floor(((LAST_DAY - FIRST_DAY) * i) / n);
    const lasts = 20 + Math.floor(100 * random.uniform());
    const scores = Array.from({ length: 5 }, () => random.uniform());
    const success = random.uniform() < 1 / (1 + Math.exp(-effect * (scores[0]! - 0.5)));
    const halfway = Math.floor(lasts / 2);
    const snapshots: PastDeal['snapshots'][number][] = [];
    const first = begun + ((SNAPSHOT_DAYS - ((begun - FIRST_DAY) % SNAPSHOT_DAYS)) % SNAPSHOT_DAYS);
    for (let day = first; day <= begun + lasts; day += SNAPSHOT_DAYS) {
      const isLate = day - begun > halfway;
      const stageDays = day - begun - (isLate ? halfway : 0);
      snapshots.push({ day, stage: isLate ? 'late' : 'early', stageDays, quietDays: stageDays % 7 });
    }
    const value = Math.round(1_000_000 * random.uniform()) / 100;
    return { tenantId: `tenant ${i % 20}`, success, closedDay: begun + lasts, value, scores, snapshots };
  });
}
