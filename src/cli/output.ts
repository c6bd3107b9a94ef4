import { type Bar, Presets, SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import type { OnProgress } from '../kernel/progress.js';

/** Exit codes of the command line; `partial` covers held runs too. */
export const EXIT = { succeeded: 0, failed: 1, partial: 2, usage: 64 } as const;

/** The one JSON document of a --json call. Nothing else goes to standard output then. */
export function printJson(document: unknown): void {
  process.stdout.write(
    `${JSON.stringify(document, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value), 2)}\n`,
  );
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Progress, notes and errors: standard error, so that standard output stays the result. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  rightAligned: readonly number[] = [],
): string {
  const grid = new Table({
    head: [...head],
    colAligns: head.map((_, index) => (rightAligned.includes(index) ? 'right' : 'left')),
    style: {
      head: process.stdout.isTTY ? ['cyan'] : [],
      border: process.stdout.isTTY ? ['grey'] : [],
      compact: true,
    },
  });
  for (const row of rows) grid.push([...row]);
  return grid.toString();
}

export const thousands = (value: number): string => value.toLocaleString('en-US');

/**
 * Progress of long work on standard error: a bar on a terminal, one plain line per phase elsewhere.
 * `report` is handed to the work; `stop` ends the display.
 */
export function progressDisplay(stream: NodeJS.WriteStream = process.stderr): {
  report: OnProgress;
  stop(): void;
} {
  let phase = '';
  if (!stream.isTTY) {
    return {
      report: (progress) => {
        if (progress.phase === phase) return;
        phase = progress.phase;
        stream.write(`  ${phase}\n`);
      },
      stop: () => undefined,
    };
  }
  const bar: Bar & SingleBar = new SingleBar(
    { format: '  {phase} {bar} {value}{of}', clearOnComplete: true, hideCursor: true, stream, barsize: 24 },
    Presets.shades_classic,
  );
  let started = false;
  return {
    report: ({ phase: name, done, total }) => {
      const payload = { phase: name.padEnd(28), of: total === undefined ? '' : `/${total}` };
      if (!started) bar.start(total ?? Math.max(done, 1), done, payload);
      else {
        bar.setTotal(total ?? Math.max(done, 1));
        bar.update(done, payload);
      }
      started = true;
    },
    stop: () => bar.stop(),
  };
}
