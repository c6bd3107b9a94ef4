import type {
  ForecastReport,
  NetworkEffectsReport,
  OpenDealForecast,
} from '../../modules/scoring-insight/index.js';
import { barChart, fitted, grid, wrap } from './charts.js';
import { describePipeline } from './insight-forecast.js';
import { describeNetwork } from './insight-network.js';
import { money, type SectionText, words } from './insight-report-section.js';
import { percent } from './summary.js';

export interface Outlook {
  forecast: ForecastReport;
  /** Those expected to bring most. */
  deals: OpenDealForecast[];
}

/** What the open deals are worth, and which of them bring most. */
export function describeOutlook({ forecast, deals }: Outlook, width: number): SectionText {
  const { expectedValue, valueLow, valueHigh } = forecast.pipeline;
  return {
    lines: [
      ...describePipeline(forecast)
        .split('\n')
        .flatMap((line) => wrap(line, width)),
      ...(deals.length === 0
        ? []
        : [
            'Those expected to bring most (all: cli insight forecast):',
            ...fitted(width, (places) =>
              grid(
                ['deal', 'stage', 'stage\nrate', 'chance', '', 'brings'],
                deals.map((deal) => [
                  deal.partnershipId.slice(0, 8),
                  words(deal.stage),
                  percent(deal.baseRate),
                  percent(deal.chance),
                  barChart(deal.chance, 1, places),
                  deal.expectedValue === null ? '-' : money(deal.expectedValue),
                ]),
                [2, 3, 5],
              ),
            ),
          ]),
    ],
    meaning:
      expectedValue === null || valueLow === null || valueHigh === null
        ? 'the worth of the open deals cannot be told.'
        : `the open deals are expected to bring ${money(expectedValue)}, in four of five cases between ${money(valueLow)} and ${money(valueHigh)}.`,
  };
}

const LEARNING: Record<NetworkEffectsReport['learning']['verdict'], string> = {
  still_learning: 'more outcomes still go with scores that tell more',
  levelled_off: 'more outcomes no longer go with scores that tell more',
  no_gain_seen: 'no gain from more outcomes is seen',
  too_little_data: 'there are too few outcomes to see whether more of them help',
};
const DENSITY: Record<NetworkEffectsReport['density']['verdict'], string> = {
  more_with_density: 'entities match more where they have more peers',
  fewer_with_density: 'entities match less where they have more peers',
  no_association: 'matches are not shown to go with the number of peers',
  withheld: 'the figure on peers is withheld, because its placebo is not clean',
  too_little_data: 'there is too little data on peers',
};

/** Whether the market does better as it grows: associations, no effects. */
export function describeGrowth(report: NetworkEffectsReport, width: number): SectionText {
  return {
    lines: describeNetwork(report, width)
      .split('\n')
      .filter((line) => line !== ''),
    meaning: `${LEARNING[report.learning.verdict]}; ${DENSITY[report.density.verdict]}.`,
  };
}
