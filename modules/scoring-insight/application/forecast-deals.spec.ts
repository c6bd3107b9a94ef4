import { describe, expect, it } from '@jest/globals';
import { LAST_DAY, plantedPastDeals } from '../domain/__fixtures__/forecast-deals.js';
import { dateOf } from '../domain/business-days.js';
import type { PastDeal } from '../domain/forecast-deals.js';
import { learnForecast } from '../domain/forecast.js';
import { forecastDeals } from './forecast-deals.js';
import { forecastOf, type ForecastReport } from './forecast-report.js';
import type { ForecastStore } from './ports.js';

const AS_OF = `${dateOf(LAST_DAY + 40)}T12:00:00.000Z`;

/** Keeps the report of the one day, as the tables do. */
class FakeForecastStore implements ForecastStore {
  past: PastDeal[] = [];
  private report: ForecastReport | null = null;

  pastDeals() {
    return Promise.resolve({ deals: this.past, candidates: this.past.length });
  }
  openDeals() {
    return Promise.resolve([]);
  }
  learntOn() {
    return Promise.resolve(this.report && forecastOf(this.report.learnt));
  }
  saveReport(report: ForecastReport) {
    this.report = report;
    return Promise.resolve(1);
  }
  replaceDeals() {
    return Promise.resolve(0);
  }
}

describe('forecastDeals', () => {
  it('learns once a day', async () => {
    const forecasts = new FakeForecastStore();
    forecasts.past = plantedPastDeals(40, 4, 1);
    const first = await forecastDeals({ forecasts }, AS_OF);
    forecasts.past = plantedPastDeals(60, 4, 2);
    const second = await forecastDeals({ forecasts }, AS_OF);
    expect([first.learnt, second.learnt]).toEqual([true, false]);
    expect(second.report.learnt).toEqual(first.report.learnt);
  });

  it('learns again while the day has learnt from nothing, as on an empty warehouse', async () => {
    const forecasts = new FakeForecastStore();
    const empty = await forecastDeals({ forecasts }, AS_OF);
    expect(empty.report.learnt).toMatchObject({ n: 0, reason: 'no_closed_deals' });
    forecasts.past = plantedPastDeals(40, 4, 1);
    const filled = await forecastDeals({ forecasts }, AS_OF);
    expect(filled.learnt).toBe(true);
    expect(filled.report.learnt.n).toBe(learnForecast(forecasts.past, LAST_DAY + 40).n);
    expect(filled.report.learnt.n).toBeGreaterThan(20);
  });
});
