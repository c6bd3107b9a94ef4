import { Decimal } from 'decimal.js';
import { dateOf, dayOf } from '../domain/business-days.js';
import { type Forecast, forecastDeal, forecastPipeline, learnForecast } from '../domain/forecast.js';
import { HISTORY_DAYS, MATURITY_DAYS, MAX_PAST_DEALS } from '../domain/forecast-deals.js';
import { SEED } from '../domain/forecast-pipeline.js';
import { FORECAST_CODE_VERSION, type ForecastReport, learntOf } from './forecast-report.js';
import type { ForecastRow, ForecastStore, OpenDealState } from './ports.js';

export interface ForecastDealsParts {
  forecasts: ForecastStore;
}

/**
 * The chance of success of every open deal and what they will bring together. What the past teaches is learnt by the first run
 * of a day (UTC), from how things stood at its beginning; the day's other runs apply it to the deals of their time.
 * A day that has learnt from nothing is learnt again: its first run may have met a warehouse that was still empty.
 */
export async function forecastDeals(
  { forecasts }: ForecastDealsParts,
  asOf: string,
): Promise<{ report: ForecastReport; learnt: boolean; rowsIn: number; rowsOut: number }> {
  const day = dayOf(asOf);
  const kept = await forecasts.learntOn(asOf);
  const known = kept !== null && kept.n > 0 ? kept : null;
  const { forecast, rowsIn } = known ? { forecast: known, rowsIn: 0 } : await learn(forecasts, day);
  const open = await forecasts.openDeals(asOf);
  const rows = open.map((deal) => rowOf(forecast, deal));
  const report: ForecastReport = {
    asOf,
    codeVersion: FORECAST_CODE_VERSION,
    seed: SEED,
    horizon: 'eventual_outcome',
    learnt: learntOf(forecast),
    pipeline: forecastPipeline(
      forecast,
      rows.map(({ chance, valueReporting }) => ({ chance, value: valueReporting })),
    ),
  };
  // What was learnt first: a run that is killed in between finds it again.
  const saved = await forecasts.saveReport(report);
  const written = await forecasts.replaceDeals(rows, { asOf, modelDay: dateOf(forecast.day) });
  return { report, learnt: known === null, rowsIn: rowsIn + open.length, rowsOut: saved + written };
}

async function learn(forecasts: ForecastStore, day: number): Promise<{ forecast: Forecast; rowsIn: number }> {
  const toDay = day - MATURITY_DAYS;
  const { deals, candidates } = await forecasts.pastDeals({
    fromDay: toDay - HISTORY_DAYS,
    toDay,
    deals: MAX_PAST_DEALS,
  });
  return { forecast: learnForecast(deals, day, candidates > MAX_PAST_DEALS), rowsIn: deals.length };
}

function rowOf(forecast: Forecast, deal: OpenDealState): ForecastRow {
  const found = forecastDeal(forecast, deal);
  const expectedValue =
    found.chance === null || deal.valueReporting === null
      ? null
      : new Decimal(deal.valueReporting).times(found.chance).toFixed(2, Decimal.ROUND_HALF_UP);
  return { ...deal, ...found, expectedValue };
}
