import { COMPONENT_TRUTH, INTERCEPT } from './effects.js';
import { at, type Random } from './random.js';

export interface Outcome {
  /** In the order of COMPONENT_TRUTH, ten-thousandths. */
  readonly components: readonly number[];
  readonly confidence: number;
  /** Linear predictor plus logistic noise. */
  readonly quality: number;
  /** quality > 0, so that P(success) is the logistic function of the linear predictor. */
  readonly success: boolean;
}

const COMPONENT_MEAN = 0.55;
const COMPONENT_SPREAD = 0.17;
const CULTURAL_MOMENTUM = COMPONENT_TRUTH.findIndex(({ component }) => component === 'cultural_momentum');

/** Draws the last usable score of each deal and, from it, how the deal turns out. */
export class Outcomes {
  private readonly culture: EvenSpread;
  private readonly sureness: EvenSpread;

  constructor(private readonly random: Random) {
    this.culture = new EvenSpread(random, Math.sqrt(1.25) - 0.5);
    this.sureness = new EvenSpread(random, Math.SQRT2 - 1);
  }

  /** `forced` fixes the outcome of a planted deal; `counts` says whether the statistics will see the deal. */
  draw(forced: boolean | null, counts: boolean): Outcome {
    const { random } = this;
    const components = COMPONENT_TRUTH.map(() => toComponent(random.normal()));
    components[1] = toComponent(0.25 * standardise(at(components, 0)) + 0.97 * random.normal());
    const drawn = INTERCEPT + linearPredictor(components) + random.logistic();
    const quality = forced === null ? drawn : forced ? Math.abs(drawn) : -Math.abs(drawn);
    const success = quality > 0;
    const share = (spread: EvenSpread): number => (counts ? spread.next(success) : random.float());
    components[CULTURAL_MOMENTUM] = Math.round(1500 + 8000 * share(this.culture));
    const confidence = Math.round(5000 + 4900 * share(this.sureness));
    return { components, confidence, quality, success };
  }

  /**
   * Hundredths of a point; 350 and above exactly for the successes. Most lost deals have none, and one won deal in
   * thirty (never a planted one: its label would be missing).
   */
  successScore(quality: number, won: boolean, planted: boolean): number | null {
    const missing = this.random.chance(won ? 0.03 : 0.75);
    if (missing && !(planted && won)) return null;
    if (quality > 0) return 350 + Math.floor(149 * (1 - Math.exp(-quality / 1.5)));
    return Math.max(20, 349 + Math.ceil(55 * quality));
  }
}

/** A standard normal draw as a component in ten-thousandths, inside 0.01 .. 0.99. */
export function toComponent(z: number, mean = COMPONENT_MEAN): number {
  return Math.round(10_000 * Math.min(0.99, Math.max(0.01, mean + COMPONENT_SPREAD * z)));
}

function standardise(component: number): number {
  return (component / 10_000 - COMPONENT_MEAN) / COMPONENT_SPREAD;
}

function linearPredictor(components: readonly number[]): number {
  return COMPONENT_TRUTH.reduce(
    (sum, { coefficient }, index) => sum + coefficient * standardise(at(components, index)),
    0,
  );
}

/**
 * Positions in [0, 1) that run through the interval evenly (steps of an irrational number) within each outcome: what
 * has no effect then shows none by chance, whatever the seed.
 */
class EvenSpread {
  private succeeded: number;
  private failed: number;

  constructor(
    random: Random,
    private readonly step: number,
  ) {
    this.succeeded = random.float();
    this.failed = random.float();
  }

  next(success: boolean): number {
    if (success) return (this.succeeded = (this.succeeded + this.step) % 1);
    return (this.failed = (this.failed + this.step) % 1);
  }
}
