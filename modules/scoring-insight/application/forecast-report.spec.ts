import { describe, expect, it } from '@jest/globals';
import { LAST_DAY, plantedPastDeals } from '../domain/__fixtures__/forecast-deals.js';
import { learnForecast } from '../domain/forecast.js';
import { forecastOf, forecastReportSchema, learntOf } from './forecast-report.js';

describe('learntOf', () => {
  it.each<[string, number]>([
    ['a model', 3_000],
    ['rates alone', 40],
    ['nothing', 0],
  ])('writes %s the same after it was read again: a run that is taken up ends in the same text', (_, n) => {
    const learnt = learntOf(learnForecast(plantedPastDeals(n, 4, 1), LAST_DAY + 40));
    const text = JSON.stringify(learnt);
    const read = forecastReportSchema.shape.learnt.parse(JSON.parse(text));
    expect(JSON.stringify(learntOf(forecastOf(read)))).toBe(text);
  });
});
