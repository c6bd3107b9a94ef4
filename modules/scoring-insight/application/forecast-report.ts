import { z } from 'zod';
import { dateOf, dayOf } from '../domain/business-days.js';
import type { PipelineValue } from '../domain/forecast-pipeline.js';
import type { Forecast } from '../domain/forecast.js';
import { FEATURES } from '../domain/forecast-model.js';

const figure = z.number().nullable();
const count = z.int().nonnegative();
const day = z.iso.date();
const money = z.string().describe('a decimal number, reporting currency');

const method = z.enum(['ridge_logistic', 'stage_rate']);

const column = { mean: z.number(), deviation: z.number(), coefficient: z.number() };

const model = z.object({
  intercept: z.number(),
  numbers: z.array(z.object({ feature: z.enum(FEATURES).exclude(['stage']), ...column })),
  stages: z.array(z.object({ stage: z.string(), typicalDays: z.number(), ...column })),
  calibration: z.object({ slope: z.number(), intercept: z.number() }),
});

const rates = z.object({
  deals: count,
  pooled: z.number(),
  priorDeals: z.number().describe('how many deals the pooled chance is worth'),
  priorSource: z.enum(['fitted', 'fixed']),
  stages: z
    .array(z.object({ stage: z.string(), deals: count, rate: z.number(), chance: z.number() }))
    .describe('those with deals of ten tenants; the others have the pooled chance'),
});

const calibration = z.object({
  n: count,
  nSuccessful: count,
  bands: z.array(
    z.object({
      from: z.number(),
      to: z.number(),
      meanScore: z.number(),
      n: count,
      successes: count,
      rate: z.number(),
      low: z.number(),
      high: z.number(),
    }),
  ),
  slope: figure,
  inTheLarge: figure,
  brier: figure,
  brierSkill: figure,
  spiegelhalterZ: figure,
  spiegelhalterP: figure,
  reasons: z.array(
    z.enum([
      'no_deals',
      'single_class',
      'too_few_deals_for_bands',
      'constant_score',
      'separation',
      'no_convergence',
      'no_spread',
    ]),
  ),
});

/** What a day's first run learnt. */
const learnt = z.object({
  day,
  window: z.object({ from: day, to: day }).nullable(),
  method,
  reason: z
    .enum([
      'no_closed_deals',
      'too_few_closed_deals',
      'no_backtest',
      'skill_not_proven',
      'separation',
      'collinear',
      'no_convergence',
      'constant_features',
      'single_class',
    ])
    .nullable()
    .describe('why the rate of the stage stands in the place of the model'),
  n: count.describe('closed deals'),
  nSuccessful: count,
  looks: count.describe('looks at them while they were open'),
  rates: rates.nullable(),
  model: model.nullable(),
  skill: z
    .object({
      deals: count,
      predictions: count,
      brier: z.number(),
      baseBrier: z.number(),
      skill: figure.describe('1 - brier / baseBrier'),
      low: figure.describe('95 % limits, bootstrap over deals'),
      high: figure,
    })
    .nullable(),
  calibration: calibration.nullable(),
  shock: z.number().describe('standard deviation of the shock that the deals share, in log odds'),
  origins: z.array(
    z.object({
      day,
      deals: count,
      successes: count,
      undecided: count,
      expectedSuccesses: z.number(),
      brier: z.number(),
      baseBrier: z.number(),
      expectedValue: money,
      actualValue: money,
      valueLow: money,
      valueHigh: money,
      isCovered: z.boolean(),
    }),
  ),
  coverage: figure.describe('share of the origins whose interval held what came'),
  warnings: z.array(
    z.enum([
      'few_closed_deals',
      'past_deals_sampled',
      'shock_assumed',
      'few_origins',
      'coverage_outside_70_90',
      'many_undecided',
      'miscalibrated',
    ]),
  ),
});

const pipeline = z.object({
  deals: count,
  withoutRate: count.describe('deals without an exchange rate: they count, and bring nothing'),
  value: money.nullable(),
  expectedValue: money.nullable(),
  valueLow: money.nullable().describe('limits of the 80 % interval'),
  valueHigh: money.nullable(),
  expectedSuccesses: figure,
  successesLow: figure,
  successesMedian: figure,
  successesHigh: figure,
  replicates: count,
  reason: z.enum(['no_open_deals', 'no_chances', 'no_values']).nullable(),
}) satisfies z.ZodType<PipelineValue>;

/** The forecast of a day as it is stored and shown. */
export const forecastReportSchema = z.object({
  asOf: z.string(),
  codeVersion: z.string(),
  seed: z.int(),
  horizon: z.literal('eventual_outcome').describe('how the deals open now end, whenever they do'),
  learnt,
  pipeline,
});

export type ForecastReport = z.infer<typeof forecastReportSchema>;

/**
 * What was learnt as the report has it: days as dates, money as decimals; parsed, so that what is learnt and what was read
 * again have one text.
 */
export function learntOf(forecast: Forecast): ForecastReport['learnt'] {
  const { window, origins } = forecast;
  return learnt.parse({
    ...forecast,
    day: dateOf(forecast.day),
    window: window && { from: dateOf(window.from), to: dateOf(window.to) },
    origins: origins.map((origin) => ({
      ...origin,
      day: dateOf(origin.day),
      expectedValue: origin.expectedValue.toFixed(2),
      actualValue: origin.actualValue.toFixed(2),
      valueLow: origin.valueLow.toFixed(2),
      valueHigh: origin.valueHigh.toFixed(2),
    })),
  });
}

/** The way back. */
export function forecastOf(learnt: ForecastReport['learnt']): Forecast {
  const { window, origins } = learnt;
  return {
    ...learnt,
    day: dayOf(learnt.day),
    window: window && { from: dayOf(window.from), to: dayOf(window.to) },
    origins: origins.map((origin) => ({
      ...origin,
      day: dayOf(origin.day),
      expectedValue: Number(origin.expectedValue),
      actualValue: Number(origin.actualValue),
      valueLow: Number(origin.valueLow),
      valueHigh: Number(origin.valueHigh),
    })),
  };
}

/** Raise it when the same rows would give other figures. */
export const FORECAST_CODE_VERSION = '2';
