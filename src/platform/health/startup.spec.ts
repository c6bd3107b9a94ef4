import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../kernel/errors.js';
import { createLogger } from '../logging/logging.js';
import { Startup } from './startup.js';

interface Line {
  level: string;
  store?: string;
  attempt?: number;
  msg: string;
  err?: { code: string };
}

function collect() {
  const lines: Line[] = [];
  const logger = createLogger('info', { write: (text) => lines.push(JSON.parse(text) as Line) });
  return { lines, logger };
}

describe('Startup', () => {
  it('tries a failing store again with a line that names it, while the others are ready', async () => {
    const { lines, logger } = collect();
    let attempts = 0;
    const flaky = () => {
      attempts += 1;
      if (attempts < 3) {
        throw new AppError({
          class: 'transient',
          source: 'flaky',
          code: 'x_unreachable',
          message: 'no answer',
        });
      }
      return Promise.resolve();
    };
    const startup = new Startup(
      [
        { name: 'good', run: () => Promise.resolve() },
        { name: 'flaky', run: async () => flaky() },
      ],
      logger,
      1,
    );
    expect(startup.pending()).toEqual(['good', 'flaky']);
    expect(await startup.run(new AbortController().signal)).toBe(true);
    expect(startup.pending()).toEqual([]);
    const told = lines.filter((line) => line.store === 'flaky');
    expect(told.map((line) => [line.level, line.attempt, line.err?.code])).toEqual([
      ['warn', 1, 'x_unreachable'],
      ['warn', 2, 'x_unreachable'],
      ['info', 3, undefined],
    ]);
  });

  it('stops trying when asked to', async () => {
    const { logger } = collect();
    const stop = new AbortController();
    const run = () => {
      stop.abort();
      return Promise.reject(new Error('down'));
    };
    const startup = new Startup([{ name: 'dead', run }], logger, 60_000);
    expect(await startup.run(stop.signal)).toBe(false);
    expect(startup.pending()).toEqual(['dead']);
  });
});
