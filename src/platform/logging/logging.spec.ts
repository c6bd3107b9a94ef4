import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../kernel/errors.js';
import { createLogger, NestLogger } from './logging.js';

function collect() {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('info', {
    write: (text) => lines.push(JSON.parse(text) as Record<string, unknown>),
  });
  return { lines, logger };
}

describe('createLogger', () => {
  it('writes an error with class, source, code and a message without credentials', () => {
    const { lines, logger } = collect();
    const err = new AppError({
      class: 'transient',
      source: 'postgres',
      code: 'postgres_unreachable',
      message: 'postgres://app:hunter2@db does not answer',
      cause: new Error('hunter2'),
    });
    logger.error({ err }, 'failed');
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'error',
        msg: 'failed',
        err: {
          class: 'transient',
          source: 'postgres',
          code: 'postgres_unreachable',
          message: 'postgres://***@db does not answer',
        },
      }),
    ]);
  });

  it('adds the stack of what nobody expected', () => {
    const { lines, logger } = collect();
    logger.error({ err: new TypeError('x of undefined') }, 'failed');
    expect(lines[0]?.['err']).toMatchObject({
      code: 'unexpected',
      stack: expect.stringContaining('logging.spec'),
    });
  });
});

describe('NestLogger', () => {
  it('keeps start-up chatter at debug and tells a failed start not twice', () => {
    const { lines, logger } = collect();
    const nest = new NestLogger(logger);
    nest.log('Mapped {/x, GET} route', 'RouterExplorer');
    nest.error(new Error('no'), undefined, 'ExceptionHandler');
    nest.warn('odd', 'Somewhere');
    expect(lines.map(({ level, msg, context }) => [level, msg, context])).toEqual([
      ['warn', 'odd', 'Somewhere'],
    ]);
  });
});
