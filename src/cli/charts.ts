import Table from 'cli-table3';

/** Small text charts and tables of a report. Pure: what they draw follows from what they are given. */

/** Where a number lies on a line of `width` places from `from` to `to`; numbers beyond stand at the ends. */
function placeOn(value: number, from: number, to: number, width: number): number {
  const share = to === from ? 0 : (value - from) / (to - from);
  return Math.round(Math.min(1, Math.max(0, share)) * (width - 1));
}

export interface Interval {
  point: number | null;
  low: number | null;
  high: number | null;
}

/**
 * An interval on a scale: `├──●──┤`, `│` where the reference is (it gives way to the others). Of an unknown interval only
 * the point, of an unknown point nothing but the reference.
 */
export function intervalChart(
  { point, low, high }: Interval,
  { from, to, reference }: { from: number; to: number; reference: number },
  width: number,
): string {
  const line = Array.from({ length: width }, (): string => ' ');
  const at = (value: number): number => placeOn(value, from, to, width);
  line[at(reference)] = '│';
  if (low !== null && high !== null) {
    line.fill('─', at(low), at(high) + 1);
    line[at(low)] = '├';
    line[at(high)] = '┤';
  }
  if (point !== null) line[at(point)] = '●';
  return line.join('').trimEnd();
}

/** A bar of a share of `most`; empty where the value is unknown, a sliver where it is small and above zero. */
export function barChart(value: number | null, most: number, width: number): string {
  if (value === null || value <= 0 || most <= 0) return '';
  const eighths = Math.max(1, Math.round(Math.min(1, value / most) * width * 8));
  const rest = eighths % 8;
  return '█'.repeat(Math.floor(eighths / 8)) + (rest === 0 ? '' : ' ▏▎▍▌▋▊▉'.charAt(rest));
}

/** Median, P75 and P90 on one line from zero: `█` up to the first, `▒` to the second, `░` to the third; an unknown one is left out. */
export function percentileChart(
  { median, p75, p90 }: { median: number | null; p75: number | null; p90: number | null },
  most: number,
  width: number,
): string {
  const end = (value: number | null): number =>
    value === null || most <= 0 ? 0 : Math.round(Math.min(1, value / most) * width);
  const first = end(median);
  const second = Math.max(0, end(p75) - first);
  const third = Math.max(0, end(p90) - first - second);
  return '█'.repeat(first) + '▒'.repeat(second) + '░'.repeat(third);
}

/** A table without lines, two blanks between columns. A head breaks at its line ends. */
export function grid(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  rightAligned: readonly number[] = [],
): string[] {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, index) => (rightAligned.includes(index) ? 'right' : 'left')),
    chars: noLines,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

/** Places of a chart: fewer show nothing, more tell no more. */
const LEAST_PLACES = 9;
const MOST_PLACES = 40;

/**
 * Lines of a table whose charts take what the other columns leave of the width.
 * @param draw the lines for so many places per chart
 */
export function fitted(width: number, draw: (places: number) => string[], charts = 1): string[] {
  const used = Math.max(0, ...draw(LEAST_PLACES).map((line) => line.length));
  const spare = Math.max(0, Math.floor((width - used) / charts));
  return draw(Math.min(MOST_PLACES, LEAST_PLACES + spare));
}

/** A text in lines of at most `width` places, broken at blanks; a longer word keeps a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
