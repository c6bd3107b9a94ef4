import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import { mean, sampleStandardDeviation } from 'simple-statistics';
import { assessCalibration, type Calibration } from './calibration.js';
import { type Component, COMPONENTS, type OutcomeRow, type Weights } from './components.js';
import { rocAuc } from './stats/auc.js';
import { chiSquareTail } from './stats/chi-square.js';
import { generalDominance } from './stats/dominance.js';
import { fitFirth } from './stats/firth.js';
import { fitLogistic, logisticCovariance } from './stats/logistic.js';
import { criticalZ } from './stats/normal.js';
import { type Collinearity, collinearity, VIF_SEVERE, VIF_WARN } from './stats/vif.js';

/** Why there is no joint model. */
export type NoJointModelReason =
  'no_deals' | 'single_class' | 'all_components_constant' | 'too_few_deals_for_components' | 'no_convergence';

export type JointReason =
  | 'constant_component'
  /** An exact linear function of other components, which stand in its place. */
  | 'alias_of_others'
  | 'part_of_alias'
  | 'vif_above_5'
  | 'vif_above_10'
  /** Predicts alone, but not beside the component named in `overlapsWith`. */
  | 'overlaps'
  | 'odds_ratio_out_of_range';

/** A coefficient of the joint model with its 95% Wald limits. */
export interface JointComponent {
  component: Component;
  /** Log odds per standard deviation of the component in this sample; null when it is not in the model. */
  coefficient: number | null;
  standardError: number | null;
  low: number | null;
  high: number | null;
  p: number | null;
  /** Factor on the odds per standard deviation, and per 0.1 of the 0..1 scale. */
  oddsRatioPerSd: number | null;
  oddsRatioPerTenth: number | null;
  /** Of this sample. */
  mean: number | null;
  standardDeviation: number | null;
  /** Variance inflation factor; null where it is infinite (`reasons`) or there is no model. */
  vif: number | null;
  /** Share of McFadden's R2 (Shapley); null where separation leaves the measure undefined. */
  dominance: number | null;
  overlapsWith: Component | null;
  /** One sentence for a reader, null where there is nothing to explain. */
  explanation: string | null;
  reasons: JointReason[];
}

export interface JointModel {
  /** Deals with all five scores. */
  n: number;
  nSuccessful: number;
  /** `firth`: the classes are separated, so limits and p are Wald approximations around a penalised estimate. */
  method: 'maximum_likelihood' | 'firth' | null;
  /** Why there is no model; null when there is one. */
  reason: NoJointModelReason | null;
  intercept: number | null;
  /** For predictions: the same, under Firth the intercept refitted without the penalty. */
  interceptForPredictions: number | null;
  /** Likelihood ratio test against the intercept alone; null under Firth. */
  likelihoodRatio: { chiSquare: number; degreesOfFreedom: number; p: number } | null;
  mcFadden: number | null;
  /** Exact linear dependencies. */
  aliases: { component: Component; of: Component[] }[];
  components: JointComponent[];
}

const Z = criticalZ(0.95);
/** A standardised coefficient beyond this is separation in all but name. */
const MAX_STANDARDISED = 10;
const ALPHA = 0.05;
/** Correlation from which on two components share enough to speak of an overlap. */
const OVERLAP_CORRELATION = 0.5;

/** The components in one model, and the score that the weights in force make of them. */
export interface Together extends JointModel {
  calibration: Calibration;
}

/** The joint model of the components, and how the current score compares with what happened. */
export function assessTogether(rows: readonly OutcomeRow[], current: Weights): Together {
  const scored = rows.flatMap((row) => {
    const score = COMPONENTS.reduce((sum, c) => sum + current[c] * (row.scores[c] ?? NaN), 0);
    return Number.isFinite(score) ? [{ score, success: row.success }] : [];
  });
  const calibration = assessCalibration(
    scored.map(({ score }) => score),
    scored.map(({ success }) => success),
  );
  return { ...jointModel(rows), calibration };
}

/**
 * What each component adds beside the others: logistic regression of success on the standardised components, with
 * variance inflation and general dominance. Where classes are separated or the search does not end, Firth's penalty.
 * Deals without all five scores are left out. Never NaN or Infinity: null with a reason.
 */
export function jointModel(rows: readonly OutcomeRow[]): JointModel {
  const deals = rows.flatMap((row) => {
    const x = COMPONENTS.map((component) => row.scores[component] ?? NaN);
    return x.every(Number.isFinite) ? [{ x, success: row.success }] : [];
  });
  const y = deals.map((deal) => deal.success);
  const columns = COMPONENTS.map((_, j) => deals.map((deal) => deal.x[j]!));
  const varying = COMPONENTS.flatMap((_, j) => (columns[j]!.some((v) => v !== columns[j]![0]) ? [j] : []));
  const none = (reason: NoJointModelReason): JointModel => withoutModel(reason, columns, y, varying);

  if (deals.length === 0) return none('no_deals');
  if (y.every((success) => success === y[0])) return none('single_class');
  if (varying.length === 0) return none('all_components_constant');
  if (deals.length <= varying.length + 1) return none('too_few_deals_for_components');

  const between = collinearity(varying.map((j) => columns[j]!));
  const used = varying.filter((_, at) => !between.aliases.some((alias) => alias.column === at));
  const scales = used.map((j) => scaleOf(columns[j]!));
  const x = deals.map((deal) =>
    used.map((j, at) => (deal.x[j]! - scales[at]!.mean) / scales[at]!.standardDeviation),
  );
  const fit = fitJoint(x, y);
  if (fit === null) return none('no_convergence');

  const logLikelihood = fit.logLikelihood;
  const nullLogLikelihood = logLikelihoodOfRate(y);
  const chiSquare = logLikelihood === null ? null : Math.max(0, 2 * (logLikelihood - nullLogLikelihood));
  const dominance = logLikelihood === null ? null : dominanceOf(x, y, nullLogLikelihood);
  const figures = used.map((j, at) => ({ j, at, ...coefficientOf(fit, at, scales[at]!) }));
  return {
    n: deals.length,
    nSuccessful: y.filter(Boolean).length,
    method: fit.method,
    reason: null,
    intercept: fit.coefficients[0]!,
    interceptForPredictions: fit.interceptForPredictions,
    likelihoodRatio:
      chiSquare === null
        ? null
        : {
            chiSquare,
            degreesOfFreedom: used.length,
            p: chiSquareTail(chiSquare, used.length),
          },
    mcFadden: logLikelihood === null ? null : 1 - logLikelihood / nullLogLikelihood,
    aliases: between.aliases.map(({ column, of }) => ({
      component: COMPONENTS[varying[column]!]!,
      of: of.map((other) => COMPONENTS[varying[other]!]!),
    })),
    components: COMPONENTS.map((component, j): JointComponent => {
      const base = { ...emptyComponent(component), ...(deals.length > 1 ? scaleOf(columns[j]!) : {}) };
      const position = varying.indexOf(j);
      if (position < 0) return { ...base, reasons: ['constant_component'] };
      const figure = figures.find((each) => each.j === j);
      const collinear = describeCollinearity(between, position, varying);
      if (figure === undefined) return { ...base, ...collinear };
      const overlap =
        figure.p < ALPHA || !predictsAlone(columns[j]!, y)
          ? null
          : nearest(between, position, varying, columns[j]!, y);
      return {
        ...base,
        coefficient: figure.coefficient,
        standardError: figure.standardError,
        low: figure.low,
        high: figure.high,
        p: figure.p,
        oddsRatioPerSd: figure.oddsRatioPerSd,
        oddsRatioPerTenth: figure.oddsRatioPerTenth,
        vif: collinear.vif,
        dominance: dominance?.[figure.at] ?? null,
        overlapsWith: overlap?.component ?? null,
        explanation: overlap?.explanation ?? collinear.explanation,
        reasons: [
          ...collinear.reasons,
          ...(overlap === null ? [] : ['overlaps' as const]),
          ...(figure.oddsRatioPerSd === null || figure.oddsRatioPerTenth === null
            ? ['odds_ratio_out_of_range' as const]
            : []),
        ],
      };
    }),
  };
}

interface JointFit {
  method: 'maximum_likelihood' | 'firth';
  coefficients: number[];
  standardErrors: number[];
  interceptForPredictions: number;
  /** Null under Firth, whose likelihood is another one. */
  logLikelihood: number | null;
}

function fitJoint(x: readonly (readonly number[])[], y: readonly boolean[]): JointFit | null {
  const plain = fitLogistic({ x, y });
  if (
    plain.status === 'fitted' &&
    plain.coefficients.slice(1).every((b) => Math.abs(b) <= MAX_STANDARDISED)
  ) {
    const covariance = logisticCovariance(x, plain.coefficients);
    if (covariance !== null) {
      return {
        method: 'maximum_likelihood',
        coefficients: plain.coefficients,
        standardErrors: covariance.map((row, j) => Math.sqrt(row[j]!)),
        interceptForPredictions: plain.coefficients[0]!,
        logLikelihood: plain.logLikelihood,
      };
    }
  }
  const penalised = fitFirth(x, y);
  return penalised === null ? null : { method: 'firth', ...penalised, logLikelihood: null };
}

/** Log-likelihood of the share of successes alone, both classes present. */
function logLikelihoodOfRate(y: readonly boolean[]): number {
  const successes = y.filter(Boolean).length;
  const rate = successes / y.length;
  return successes * Math.log(rate) + (y.length - successes) * Math.log(1 - rate);
}

function dominanceOf(
  x: readonly (readonly number[])[],
  y: readonly boolean[],
  nullLogLikelihood: number,
): number[] | null {
  return generalDominance(x[0]!.length, (subset) => {
    if (subset.length === 0) return 0;
    const fit = fitLogistic({ x: x.map((row) => subset.map((j) => row[j]!)), y });
    return fit.status === 'failed' ? null : 1 - fit.logLikelihood / nullLogLikelihood;
  });
}

interface Scale {
  mean: number;
  standardDeviation: number;
}

function scaleOf(column: number[]): Scale {
  return { mean: mean(column), standardDeviation: sampleStandardDeviation(column) };
}

function coefficientOf(fit: JointFit, at: number, { standardDeviation }: Scale) {
  const coefficient = fit.coefficients[at + 1]!;
  const standardError = fit.standardErrors[at + 1]!;
  return {
    coefficient,
    standardError,
    low: coefficient - Z * standardError,
    high: coefficient + Z * standardError,
    p: 2 * normalCdf(-Math.abs(coefficient / standardError), 0, 1),
    oddsRatioPerSd: finite(Math.exp(coefficient)),
    oddsRatioPerTenth: finite(Math.exp((0.1 * coefficient) / standardDeviation)),
  };
}

function describeCollinearity(
  { vif, aliases }: Collinearity,
  position: number,
  varying: readonly number[],
): { vif: number | null; explanation: string | null; reasons: JointReason[] } {
  const factor = vif[position]!;
  const name = (at: number): Component => COMPONENTS[varying[at]!]!;
  const alias = aliases.find(({ column }) => column === position);
  if (alias !== undefined) {
    const others = alias.of.map(name).join(' and ');
    const explanation = `${name(position)} is an exact function of ${others}: it says nothing of its own.`;
    return { vif: factor, explanation, reasons: ['alias_of_others'] };
  }
  if (factor === null) return { vif: factor, explanation: null, reasons: ['part_of_alias'] };
  const reasons: JointReason[] =
    factor > VIF_SEVERE ? ['vif_above_10'] : factor > VIF_WARN ? ['vif_above_5'] : [];
  return { vif: factor, explanation: null, reasons };
}

function predictsAlone(column: readonly number[], y: readonly boolean[]): boolean {
  const area = rocAuc(column, y);
  return area !== null && (area.low > 0.5 || area.high < 0.5);
}

/** The component that shares most with this one, if it is much. */
function nearest(
  { correlation }: Collinearity,
  position: number,
  varying: readonly number[],
  column: readonly number[],
  y: readonly boolean[],
): { component: Component; explanation: string } | null {
  const [closest] = varying
    .flatMap((j, at) => (at === position ? [] : [{ j, r: correlation[position]![at]! }]))
    .sort((a, b) => Math.abs(b.r) - Math.abs(a.r));
  const area = rocAuc(column, y);
  if (closest === undefined || area === null || Math.abs(closest.r) < OVERLAP_CORRELATION) return null;
  const component = COMPONENTS[closest.j]!;
  const self = COMPONENTS[varying[position]!]!;
  return {
    component,
    explanation: `${self} predicts alone (AUC ${area.auc.toFixed(2)}) but adds no clear evidence beside the others: it overlaps with ${component} (correlation ${closest.r.toFixed(2)}).`,
  };
}

function withoutModel(
  reason: NoJointModelReason,
  columns: readonly (readonly number[])[],
  y: readonly boolean[],
  varying: readonly number[],
): JointModel {
  return {
    n: y.length,
    nSuccessful: y.filter(Boolean).length,
    method: null,
    reason,
    intercept: null,
    interceptForPredictions: null,
    likelihoodRatio: null,
    mcFadden: null,
    aliases: [],
    components: COMPONENTS.map((component, j) => ({
      ...emptyComponent(component),
      ...(y.length > 1 ? scaleOf([...columns[j]!]) : {}),
      reasons: y.length > 0 && !varying.includes(j) ? ['constant_component'] : [],
    })),
  };
}

function emptyComponent(component: Component): JointComponent {
  return {
    component,
    coefficient: null,
    standardError: null,
    low: null,
    high: null,
    p: null,
    oddsRatioPerSd: null,
    oddsRatioPerTenth: null,
    mean: null,
    standardDeviation: null,
    vif: null,
    dominance: null,
    overlapsWith: null,
    explanation: null,
    reasons: [],
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
