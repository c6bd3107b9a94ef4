import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { STEP_NAMES, type StepName, type StepStatus } from './run.js';
import { blockerOf, foldRunStatus, type StepResult } from './run-rules.js';

type Ending = { status: 'succeeded' | 'partial' | 'held' | 'failed' | 'cancelled'; usable: boolean };

/** A run as the runner makes it: each step ends as told unless a rule skips it. */
function play(endings: Record<StepName, Ending>): StepResult[] {
  const results: StepResult[] = [];
  for (const name of STEP_NAMES) {
    if (results.some((result) => result.status === 'cancelled')) {
      results.push({ name, status: 'cancelled', usable: false });
    } else if (blockerOf(name, results) !== null) {
      results.push({ name, status: 'skipped', usable: false });
    } else {
      results.push({ name, ...endings[name] });
    }
  }
  return results;
}

const good: Ending = { status: 'succeeded', usable: false };
const bad: Ending = { status: 'failed', usable: false };
const allGood: Record<StepName, Ending> = {
  extract: good,
  model: good,
  insight: good,
  sync: good,
  alert: good,
};
const statuses = (results: StepResult[]): StepStatus[] => results.map((result) => result.status);

describe('which steps run', () => {
  it('skips everything behind a failed extract', () => {
    expect(statuses(play({ ...allGood, extract: bad }))).toEqual([
      'failed',
      'skipped',
      'skipped',
      'skipped',
      'skipped',
    ]);
  });

  it('goes on behind an extract that failed for one source only', () => {
    const results = play({ ...allGood, extract: { status: 'failed', usable: true } });
    expect(statuses(results)).toEqual(['failed', 'succeeded', 'succeeded', 'succeeded', 'succeeded']);
    expect(foldRunStatus(results)).toBe('partial');
  });

  it('skips sync and alert behind a failed insight', () => {
    const results = play({ ...allGood, insight: bad });
    expect(statuses(results)).toEqual(['succeeded', 'succeeded', 'failed', 'skipped', 'skipped']);
    expect(foldRunStatus(results)).toBe('failed');
  });

  it('alerts although sync failed', () => {
    const results = play({ ...allGood, sync: bad });
    expect(statuses(results)).toEqual(['succeeded', 'succeeded', 'succeeded', 'failed', 'succeeded']);
    expect(foldRunStatus(results)).toBe('partial');
  });
});

describe('the status of a run', () => {
  it.each<[Partial<Record<StepName, Ending>>, string]>([
    [{}, 'succeeded'],
    [{ model: { status: 'partial', usable: false } }, 'partial'],
    [{ sync: { status: 'held', usable: false } }, 'held'],
    [{ model: { status: 'partial', usable: false }, sync: { status: 'held', usable: false } }, 'held'],
    [{ alert: bad }, 'partial'],
    [{ sync: bad, alert: bad }, 'failed'],
    [{ model: bad }, 'failed'],
    [{ insight: { status: 'cancelled', usable: false } }, 'cancelled'],
  ])('%j folds to %s', (endings, expected) => {
    expect(foldRunStatus(play({ ...allGood, ...endings }))).toBe(expected);
  });

  const ending = fc.record({
    status: fc.constantFrom<Ending['status']>('succeeded', 'partial', 'held', 'failed', 'cancelled'),
    usable: fc.boolean(),
  });
  const anyRun = fc
    .record({ extract: ending, model: ending, insight: ending, sync: ending, alert: ending })
    .map(play);

  it('says succeeded exactly when every step did', () => {
    fc.assert(
      fc.property(anyRun, (results) => {
        const all = results.every((result) => result.status === 'succeeded');
        expect(foldRunStatus(results) === 'succeeded').toBe(all);
      }),
    );
  });

  it('says cancelled exactly when a step was, and failed only when neither sync nor alert delivered', () => {
    fc.assert(
      fc.property(anyRun, (results) => {
        const status = foldRunStatus(results);
        expect(status === 'cancelled').toBe(results.some((result) => result.status === 'cancelled'));
        if (status !== 'failed') return;
        const outward = results.filter((result) => result.name === 'sync' || result.name === 'alert');
        expect(outward.every((result) => ['failed', 'skipped'].includes(result.status))).toBe(true);
      }),
    );
  });

  it('never gets better when a step turns from succeeded to failed', () => {
    const rank = { succeeded: 0, held: 1, partial: 1, failed: 2, cancelled: 3, queued: 9, running: 9 };
    fc.assert(
      fc.property(anyRun, fc.constantFrom(...STEP_NAMES), (results, name) => {
        const worse = results.map((result) =>
          result.name === name && result.status === 'succeeded' ? { ...result, ...bad } : result,
        );
        expect(rank[foldRunStatus(worse)]).toBeGreaterThanOrEqual(rank[foldRunStatus(results)]);
      }),
    );
  });
});
