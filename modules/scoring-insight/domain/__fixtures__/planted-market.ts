import type { SegmentMonth } from '../network-density.js';
import { seeded } from './planted-deals.js';

/**
 * A market of segments that grow and shrink by chance, with months and segments of different liveliness and luck that
 * lasts for some months in a segment. The same rows for the same arguments.
 * @param elasticity percent of the rate of matches per 1% more peers
 * @param attraction how strongly a segment's luck brings it new members in the months after
 */
export function plantedMarket(
  { segments = 24, months = 24, elasticity = 0, attraction = 0 },
  seed: number,
): SegmentMonth[] {
  const random = seeded(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const ofMonth = Array.from({ length: months }, () => 0.2 * normal());
  return Array.from({ length: segments }, (_, number) => {
    let size = 20 + 60 * random();
    let luck = 0;
    const liveliness = 0.3 * normal();
    return ofMonth.map((mood, at): SegmentMonth => {
      size = Math.max(5, size * Math.exp(0.12 * normal() + attraction * luck));
      luck = 0.6 * luck + 0.1 * normal();
      const active = Math.round(size);
      const density = elasticity * Math.log((active - 1) / 40);
      const rate = 0.5 * Math.exp(liveliness + mood + luck + density);
      return { segment: `segment ${number}`, month: 600 + at, active, begun: poisson(active * rate, random) };
    });
  }).flat();
}

/** Arrivals of a process of unit rate before `mean`. */
function poisson(mean: number, random: () => number): number {
  let arrivals = 0;
  for (let at = -Math.log(1 - random()); at < mean; at -= Math.log(1 - random())) arrivals += 1;
  return arrivals;
}
