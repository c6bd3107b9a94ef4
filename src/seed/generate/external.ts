import { CURRENCIES, CURRENCY_WITHOUT_RATE, FX_START } from './catalog.js';
import { dateText, DAY, decimalText } from './format.js';
import { Random } from './random.js';
import { HISTORY_DAYS, type SeedSpec } from './spec.js';

/** `date,currency,rate`: one line per day and currency over the whole history; one currency has no rates. */
export function fxRatesCsv(spec: SeedSpec): string {
  const random = new Random(spec.seed, 'fx_rates');
  const rates = CURRENCIES.filter(([currency]) => currency !== CURRENCY_WITHOUT_RATE).map(([currency]) => ({
    currency,
    units: FX_START[currency]?.rate ?? 0,
  }));
  const lines = ['date,currency,rate'];
  for (let day = HISTORY_DAYS + 30; day >= 0; day--) {
    for (const rate of rates) {
      if (rate.currency !== 'USD') rate.units = Math.round(rate.units * (1 + 0.003 * random.normal()));
      lines.push(`${dateText(spec.base - day * DAY)},${rate.currency},${decimalText(rate.units, 8)}`);
    }
  }
  return lines.join('\n') + '\n';
}

/** `month,acquisition_cost,revenue,gross_margin,currency`: the last 24 whole months; the margin is a share of revenue. */
export function unitEconomicsCsv(spec: SeedSpec): string {
  const random = new Random(spec.seed, 'unit_economics');
  const now = new Date(spec.base / 1000);
  const lines = ['month,acquisition_cost,revenue,gross_margin,currency'];
  for (let back = 24; back >= 1; back--) {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1))
      .toISOString()
      .slice(0, 7);
    const cost = Math.round(9_000_000 * spec.scale * (1 + 0.1 * random.normal()));
    const revenue = Math.round(
      21_000_000 * spec.scale * (1 + (24 - back) / 30) * (1 + 0.08 * random.normal()),
    );
    const margin = 68_000_000 + random.int(8_000_000);
    lines.push(`${month},${decimalText(cost, 2)},${decimalText(revenue, 2)},${decimalText(margin, 8)},USD`);
  }
  return lines.join('\n') + '\n';
}
