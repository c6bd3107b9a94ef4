import { DateTime } from 'luxon';

/** `1234567.5` and `USD` as `1,234,567.50 USD`: digits are moved as text, never through a float. */
export function formatMoney(amount: string, currency: string): string {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)0*(\d+)(?:\.(\d*))?$/.exec(amount) ?? [];
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${sign}${grouped}.${fraction.padEnd(2, '0')} ${currency}`;
}

/** An instant as the calendar day it is in the zone, `12 Oct 2026`; UTC where the zone is absent or unknown. */
export function formatDay(instant: string, zone: string | null): string {
  const utc = DateTime.fromISO(instant, { zone: 'utc', locale: 'en-US' });
  const local = utc.setZone(zone ?? 'utc');
  return (local.isValid ? local : utc).toFormat('d LLL yyyy');
}
