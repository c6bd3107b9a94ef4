import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../kernel/errors.js';
import { HealthChecks } from './health.js';

const unreachable = new AppError({ class: 'transient', source: 'x', code: 'x_unreachable', message: 'no' });

describe('HealthChecks', () => {
  it('names each store with the code of its error', async () => {
    const checks = new HealthChecks([
      { name: 'a', ping: () => Promise.resolve() },
      { name: 'b', ping: () => Promise.reject(unreachable) },
      { name: 'c', ping: () => Promise.reject(new Error('secret')) },
    ]);
    expect(await checks.check()).toEqual([
      { name: 'a', status: 'up', code: null },
      { name: 'b', status: 'down', code: 'x_unreachable' },
      { name: 'c', status: 'down', code: 'unexpected' },
    ]);
  });

  it('gives up on a store that hangs, and asks it once however often it is probed', async () => {
    let asked = 0;
    let answer: () => void = () => undefined;
    const hanging = new Promise<void>((resolve) => (answer = resolve));
    const ping = () => {
      asked += 1;
      return asked === 1 ? hanging : Promise.resolve();
    };
    const checks = new HealthChecks([{ name: 'slow', ping }], 10);
    expect(await checks.check()).toEqual([{ name: 'slow', status: 'down', code: 'timeout' }]);
    expect(await checks.check()).toEqual([{ name: 'slow', status: 'down', code: 'timeout' }]);
    expect(asked).toBe(1);
    answer();
    await hanging;
    await checks.check();
    expect(await checks.check()).toEqual([{ name: 'slow', status: 'up', code: null }]);
    expect(asked).toBeGreaterThan(1);
  });
});
