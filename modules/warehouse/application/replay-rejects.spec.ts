import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/kernel/errors.js';
import { type RejectReplay, ReplayRejects } from './replay-rejects.js';

const stays = (reasonCode: string, count: number) => ({ reasonCode, reason: reasonCode, count });
const asked = { by: 'ops', now: '2026-07-01T00:00:00Z' };
const failure = (kind: 'bug' | 'transient') =>
  new AppError({ class: kind, source: 'clickhouse', code: `code_${kind}`, message: 'no' });

/** Rejects of the sources a, b and c; `calls` tells what was done to which. */
function fake(overrides: Partial<RejectReplay> = {}) {
  const calls: string[] = [];
  const rejects: RejectReplay = {
    sources: ['a', 'b', 'c', 'd'],
    waiting: () => Promise.resolve(['a', 'b', 'c']),
    judge: (source) => {
      calls.push(`judge ${source}`);
      return Promise.resolve({ passing: source === 'c' ? 0 : 2, failing: [stays('odd', 3)] });
    },
    apply: (source, { by }) => {
      calls.push(`apply ${source} for ${by}`);
      return Promise.resolve(1);
    },
    discard: (source) => {
      calls.push(`discard ${source}`);
      return Promise.resolve();
    },
    ...overrides,
  };
  return { calls, rejects };
}
const alone = <T>(work: (lost: AbortSignal) => Promise<T>): Promise<T> => work(new AbortController().signal);
const never = () => Promise.reject(new Error('asked for the lock'));

describe('ReplayRejects', () => {
  it('judges and applies source by source, and adds up', async () => {
    const { calls, rejects } = fake();
    const report = await new ReplayRejects(rejects, alone).execute({}, asked);
    expect(report).toMatchObject({ dryRun: false, replayed: 4, rejected: 9 });
    expect(report.sources.map(({ source, loaded }) => [source, loaded])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 0],
    ]);
    expect(calls).toEqual([
      'judge a',
      'apply a for ops',
      'discard a',
      'judge b',
      'apply b for ops',
      'discard b',
      'judge c',
      'discard c',
    ]);
  });

  it('applies nothing in a dry run, which waits for nobody', async () => {
    const { calls, rejects } = fake();
    const report = await new ReplayRejects(rejects, never).execute({}, { ...asked, dryRun: true });
    expect(report).toMatchObject({ dryRun: true, replayed: 4, rejected: 9 });
    expect(calls.filter((call) => call.startsWith('apply'))).toEqual([]);
  });

  it('does nothing while a run is in progress', async () => {
    const { calls, rejects } = fake();
    const replay = new ReplayRejects(rejects, () => Promise.resolve(null));
    await expect(replay.execute({}, asked)).rejects.toMatchObject({
      class: 'transient',
      code: 'run_in_progress',
    });
    expect(calls).toEqual([]);
  });

  it('refuses a source that is not declared', async () => {
    const replay = new ReplayRejects(fake().rejects, never);
    await expect(replay.execute({ source: 'e' }, asked)).rejects.toMatchObject({
      code: 'source_unknown',
      message: 'There is no source e. Sources: a, b, c, d.',
    });
  });

  it('reports a source that fails and goes on; a store that is down ends it', async () => {
    const failing = (kind: 'bug' | 'transient') =>
      fake({ apply: (source) => (source === 'a' ? Promise.reject(failure(kind)) : Promise.resolve(2)) })
        .rejects;
    const report = await new ReplayRejects(failing('bug'), alone).execute({}, asked);
    expect(report.sources[0]).toMatchObject({
      source: 'a',
      replayed: 0,
      error: { class: 'bug', code: 'code_bug' },
    });
    expect(report.replayed).toBe(2);
    await expect(new ReplayRejects(failing('transient'), alone).execute({}, asked)).rejects.toMatchObject({
      class: 'transient',
    });
  });

  it('stops before the next source when it is alone no longer', async () => {
    const lost = new AbortController();
    const { calls, rejects } = fake({
      apply: () => {
        lost.abort(failure('transient'));
        return Promise.resolve(1);
      },
    });
    const replay = new ReplayRejects(rejects, (work) => work(lost.signal));
    await expect(replay.execute({}, asked)).rejects.toMatchObject({ code: 'code_transient' });
    expect(calls).toEqual(['judge a', 'discard a']);
  });
});
