import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../kernel/errors.js';
import { startFailure } from './start-failure.js';

describe('startFailure', () => {
  it.each([
    ['clickhouse', 'CLICKHOUSE_URL'],
    ['postgres', 'DATABASE_URL'],
    ['graph', 'NEO4J_URI'],
  ] as const)('a missing package of %s names the setting to use instead', (store, setting) => {
    for (const code of ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED']) {
      const failure = startFailure(store, Object.assign(new Error('Cannot find it'), { code }));
      expect(failure).toMatchObject({
        class: 'configuration',
        source: store,
        code: 'embedded_store_unavailable',
      });
      expect(failure.message).toContain(setting);
    }
  });

  it('any other error keeps its words', () => {
    const failure = startFailure('postgres', new Error('no space left'));
    expect(failure).toMatchObject({
      class: 'configuration',
      source: 'postgres',
      code: 'embedded_store_failed',
    });
    expect(failure.message).toContain('no space left');
  });

  it('an error that is classified stays as it is', () => {
    const known = new AppError({ class: 'bug', source: 'graph', code: 'known', message: 'known' });
    expect(startFailure('graph', known)).toBe(known);
  });
});
