import { literal } from '../../../src/kernel/sql-text.js';
import type { TextStyle } from '../domain/source.js';

const escaped = (text: string): string => text.replace(/[\\^$.|?*+()[\]{}/-]/g, '\\$&');
const MONTHS = 'jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec'.split(',');

/** What a pattern's letters match, and which part of an instant they are. */
const PARTS: Record<string, { part: string; match: string }> = {
  yyyy: { part: 'year', match: '[0-9]{4}' },
  MMM: { part: 'monthName', match: `(?i:${MONTHS.join('|')})` },
  MM: { part: 'month', match: '[0-9]{2}' },
  M: { part: 'month', match: '[0-9]{1,2}' },
  dd: { part: 'day', match: '[0-9]{2}' },
  d: { part: 'day', match: '[0-9]{1,2}' },
  HH: { part: 'hour', match: '[0-9]{2}' },
  H: { part: 'hour', match: '[0-9]{1,2}' },
  hh: { part: 'halfDayHour', match: '0[1-9]|1[0-2]' },
  h: { part: 'halfDayHour', match: '0?[1-9]|1[0-2]' },
  mm: { part: 'minute', match: '[0-9]{2}' },
  ss: { part: 'second', match: '[0-9]{2}' },
  a: { part: 'halfDay', match: '(?i:am|pm)' },
};
const TOKEN = /'(?:[^']|'')*'|yyyy|MMM|MM|M|dd|d|HH|H|hh|h|mm|ss|S+|a|[A-Za-z]+|[^A-Za-z']/g;

/** A pattern as one regular expression and the place of each part among its groups. Throws an Error that says what is wrong. */
export function compileFormat(pattern: string): { expression: string; groups: ReadonlyMap<string, number> } {
  const groups = new Map<string, number>();
  let expression = '';
  for (const [token] of pattern.matchAll(TOKEN)) {
    const known = /^S+$/.test(token) ? { part: 'fraction', match: '[0-9]{1,9}' } : PARTS[token];
    if (known) {
      if (groups.has(known.part)) throw new Error(`'${pattern}' names ${token} twice`);
      groups.set(known.part, groups.size + 1);
      expression += `(${known.match})`;
    } else if (/^[A-Za-z]/.test(token)) {
      throw new Error(`'${pattern}' has '${token}', which is no part of a date (a word stands in '...')`);
    } else {
      expression += escaped(token.startsWith("'") ? token.slice(1, -1).replaceAll("''", "'") || "'" : token);
    }
  }
  if (groups.has('month') === groups.has('monthName'))
    throw new Error(`'${pattern}' needs one month: MM, M or MMM`);
  if (!groups.has('year')) throw new Error(`'${pattern}' needs a year of four digits: yyyy`);
  if (
    groups.has('halfDayHour') !== groups.has('halfDay') ||
    (groups.has('hour') && groups.has('halfDayHour'))
  )
    throw new Error(`'${pattern}' needs HH, or hh with a`);
  return { expression: `^${expression}$`, groups };
}

/**
 * ClickHouse expression: the text of a number as the contract writes it ('1.234,50' is 1234.50), empty when it is not
 * written in the declared style. '1.5' under a decimal comma is empty, never 1.5 and never 15.
 */
export function canonicalNumber(text: string, { decimal = '.', thousands }: TextStyle): string {
  // Grouping blanks are often no plain ones, the apostrophe often a typographic one.
  const alike: Record<string, string> = { ' ': '( |\u00A0|\u202F)', "'": `('|\u2019)` };
  const group = thousands && (alike[thousands] ?? escaped(thousands));
  const whole = group ? `([0-9]{1,3}(${group}[0-9]{3})+|[0-9]+)` : '[0-9]+';
  const digits = group ? `replaceRegexpAll(${text}, ${literal(group)}, '')` : text;
  return `if(match(${text}, ${literal(`^[+-]?${whole}(${escaped(decimal)}[0-9]+)?$`)}), replaceOne(${digits}, ${literal(decimal)}, '.'), '')`;
}

/** ClickHouse expression: a day or an instant as ISO 8601 without offset, no day at all when the text is not in the pattern. */
export function canonicalDate(text: string, pattern: string): string {
  const { expression, groups } = compileFormat(pattern);
  const group = (part: string, otherwise: string): string =>
    groups.has(part) ? `extractGroups(${text}, ${literal(expression)})[${groups.get(part)}]` : otherwise;
  const two = (value: string): string => `leftPad(${value}, 2, '0')`;
  const month = groups.has('monthName')
    ? `toString(indexOf([${MONTHS.map(literal).join(', ')}], lower(${group('monthName', '')})))`
    : group('month', '');
  const halfDay = `toString(toUInt8OrZero(${group('halfDayHour', '')}) % 12 + if(lower(${group('halfDay', '')}) = 'pm', 12, 0))`;
  const hour = groups.has('halfDayHour') ? halfDay : group('hour', `'00'`);
  const day = [
    group('year', ''),
    `'-'`,
    two(month),
    `'-'`,
    groups.has('day') ? two(group('day', '')) : `'01'`,
  ];
  if (!groups.has('hour') && !groups.has('halfDayHour')) return `concat(${day.join(', ')})`;
  const time = [two(hour), `':'`, group('minute', `'00'`), `':'`, group('second', `'00'`)];
  const fraction = groups.has('fraction') ? [`'.'`, group('fraction', '')] : [];
  return `concat(${[...day, `' '`, ...time, ...fraction].join(', ')})`;
}

const INSTANT = `^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?)?`;
const OFFSET = ` ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)`;

/**
 * ClickHouse expression: the instant that a text means, NULL when it means none. A text without an offset is local time
 * of `zone`; an hour that the clocks skip there is none, one that they repeat is the first of the two.
 */
export function instantOf(text: string, { format, zone = 'UTC' }: TextStyle): string {
  const iso = format ? canonicalDate(text, format) : text;
  const instant = `parseDateTime64BestEffortOrNull(${iso}, 6, ${literal(zone)})`;
  const sameDay = `toString(toDate32OrNull(substring(${iso}, 1, 10))) = substring(${iso}, 1, 10)`;
  const sameTime = `formatDateTime(${instant}, '%Y-%m-%d %H:%i', ${literal(zone)}) = concat(substring(${iso}, 1, 10), ' ', if(length(${iso}) = 10, '00:00', substring(${iso}, 12, 5)))`;
  const local = `match(${iso}, '${INSTANT}$') AND ${sameDay} AND ${sameTime}`;
  const offset = `match(${iso}, '${INSTANT}${OFFSET}$') AND ${sameDay}`;
  return `if((${local}) OR (${offset}), ${instant}, NULL)`;
}
