import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/kernel/errors.js';
import { blocked, failed, finished, overall, type SyncStatus } from './outcome.js';

const sync = { name: 'health', target: 'postgres' };
const nothing = { inserted: 0, updated: 0, deleted: 0, unchanged: 0, held: 0, heldReason: '' };

describe('finished', () => {
  it.each<[SyncStatus, Partial<typeof nothing>, number]>([
    ['succeeded', {}, 0],
    ['succeeded', { inserted: 3 }, 0],
    ['partial', { inserted: 3 }, 1],
    ['partial', {}, 1],
    ['succeeded', { unchanged: 3, held: 1 }, 0],
    ['held', { held: 1 }, 0],
  ])('is %s for %j and %d refused', (status, written, reject) => {
    expect(finished(sync, { ...nothing, ...written }, { reject, remapped: 0 }).status).toBe(status);
  });

  it('says why rows were sent again, held and refused', () => {
    const written = { ...nothing, updated: 9, held: 2, heldReason: 'missing_node' };
    expect(finished(sync, written, { reject: 1, remapped: 4 })).toEqual({
      ...sync,
      status: 'partial',
      inserted: 0,
      updated: 9,
      deleted: 0,
      unchanged: 0,
      failed: 1,
      held: 2,
      reason: 'mapping_changed: 4, missing_node: 2, rejected: 1',
    });
  });
});

describe('blocked', () => {
  it('holds the whole sync and names the cause', () => {
    expect(blocked(sync, 'fact_deal_events failed data test x')).toEqual({
      ...sync,
      status: 'held',
      inserted: 0,
      updated: 0,
      deleted: 0,
      unchanged: 0,
      failed: 0,
      held: 0,
      reason: 'upstream_blocked: fact_deal_events failed data test x',
      error: {
        class: 'rejected',
        code: 'upstream_blocked',
        message: 'Sync health is held: fact_deal_events failed data test x.',
      },
    });
  });
});

describe('failed', () => {
  const error = new AppError({
    class: 'transient',
    source: 'postgres',
    code: 'postgres_unreachable',
    message: 'gone',
  });

  it('counts every changed row as still to be sent', () => {
    const counts = { insert: 1, update: 2, delete: 4, unchanged: 8, reject: 16, remapped: 2 };
    expect(failed(sync, counts, error)).toMatchObject({
      status: 'failed',
      inserted: 0,
      unchanged: 8,
      failed: 23,
      reason: 'postgres_unreachable',
    });
  });

  it('knows no counts when the difference itself failed', () => {
    expect(failed(sync, undefined, error)).toMatchObject({
      status: 'failed',
      unchanged: 0,
      failed: 0,
      error: { class: 'transient' },
    });
  });
});

describe('overall', () => {
  it.each<[SyncStatus, SyncStatus[]]>([
    ['succeeded', []],
    ['succeeded', ['succeeded', 'succeeded']],
    ['failed', ['failed', 'failed']],
    ['held', ['held']],
    ['partial', ['succeeded', 'failed']],
    ['partial', ['held', 'succeeded']],
  ])('is %s for %j', (status, statuses) => {
    expect(overall(statuses.map((each) => ({ status: each })))).toBe(status);
  });
});
