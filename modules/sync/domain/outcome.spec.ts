import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/kernel/errors.js';
import {
  blocked,
  type ChangeCounts,
  type Delivered,
  failed,
  finished,
  overall,
  type SyncStatus,
} from './outcome.js';

const sync = { name: 'health', target: 'postgres' };
const counts: ChangeCounts = {
  insert: 3,
  update: 0,
  delete: 0,
  unchanged: 5,
  reject: 0,
  remapped: 0,
  requested: 0,
  model: 8,
  confirmed: 5,
};
const nothing: Delivered = { inserted: 0, updated: 0, deleted: 0, unchanged: 0, waiting: {}, refused: {} };
const error = new AppError({
  class: 'transient',
  source: 'postgres',
  code: 'postgres_unreachable',
  message: 'gone',
});
const cancelled = new AppError({ class: 'transient', source: 'sync', code: 'cancelled', message: 'by ann' });

describe('finished', () => {
  it.each<[SyncStatus, Partial<Delivered>, Partial<ChangeCounts>]>([
    ['succeeded', {}, { insert: 0 }],
    ['succeeded', { inserted: 3 }, {}],
    ['succeeded', { unchanged: 3 }, {}],
    ['partial', { inserted: 3 }, { reject: 1 }],
    ['partial', { inserted: 2, refused: { postgres_23514: 1 } }, {}],
    ['partial', { refused: { postgres_23514: 3 } }, {}],
    ['succeeded', { inserted: 2, waiting: { missing_node: 1 } }, {}],
    ['succeeded', { waiting: { missing_node: 3 } }, {}],
    ['held', { waiting: { missing_node: 3 } }, { unchanged: 0 }],
    ['failed', { stopped: error }, {}],
    ['partial', { inserted: 1, stopped: error }, {}],
    ['cancelled', { inserted: 1, stopped: cancelled }, {}],
  ])('is %s for %j of %j', (status, delivered, changed) => {
    expect(finished(sync, { ...nothing, ...delivered }, { ...counts, ...changed }, {}).status).toBe(status);
  });

  it('says why rows were sent again, held, refused and not reached', () => {
    const delivered = {
      ...nothing,
      updated: 9,
      waiting: { missing_node: 2 },
      refused: { postgres_23514: 1 },
      stopped: error,
    };
    const changed = { ...counts, insert: 3, update: 13, reject: 1, remapped: 4 };
    expect(finished(sync, delivered, changed, { send: 7 })).toEqual({
      ...sync,
      status: 'partial',
      inserted: 0,
      updated: 9,
      deleted: 0,
      unchanged: 5,
      failed: 6,
      held: 2,
      reason: 'mapping_changed: 4, missing_node: 2, rejected: 1, postgres_23514: 1, postgres_unreachable: 4',
      error: { class: 'transient', code: 'postgres_unreachable', message: 'gone' },
      timings: { send: 7 },
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
      timings: {},
    });
  });
});

describe('failed', () => {
  it('counts every changed row as still to be sent', () => {
    const changed = { ...counts, insert: 1, update: 2, delete: 4, unchanged: 8, reject: 16 };
    expect(failed(sync, changed, error)).toMatchObject({
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
    ['succeeded', ['skipped', 'succeeded']],
    ['succeeded', ['skipped']],
  ])('is %s for %j', (status, statuses) => {
    expect(overall(statuses.map((each) => ({ status: each })))).toBe(status);
  });
});
