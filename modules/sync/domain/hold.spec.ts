import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Hold, mayGo, type WouldDo } from './hold.js';

const would: WouldDo = { creates: 3, updates: 2, deletes: 50, mappingHash: 'm1' };
const hold = (state: Hold['state']): Hold => ({
  ...would,
  sync: 'prices',
  runId: 'r1',
  reason: 'deletes',
  heldAt: '2026-05-01T00:00:00Z',
  state,
  decidedBy: state === 'held' ? null : 'ana',
  decidedAt: state === 'held' ? null : '2026-05-01T01:00:00Z',
});

describe('mayGo', () => {
  it('asks a person first', () => {
    expect(mayGo(null, would)).toBe('held');
    expect(mayGo(hold('held'), would)).toBe('held');
  });

  it('does what a person decided about these rows', () => {
    expect(mayGo(hold('released'), would)).toBe('go');
    expect(mayGo(hold('rejected'), would)).toBe('rejected');
  });

  it.each(['creates', 'updates', 'deletes'] as const)('asks again about more %s', (kind) => {
    const more = { ...would, [kind]: would[kind] + 1 };
    expect(mayGo(hold('released'), more)).toBe('held');
    expect(mayGo(hold('rejected'), more)).toBe('held');
  });

  it('asks again under another mapping', () => {
    expect(mayGo(hold('released'), { ...would, mappingHash: 'm2' })).toBe('held');
  });

  it('lets what is left of a released run go', () => {
    const some = fc.record({
      creates: fc.nat(would.creates),
      updates: fc.nat(would.updates),
      deletes: fc.nat(would.deletes),
    });
    fc.assert(
      fc.property(some, (left) => expect(mayGo(hold('released'), { ...left, mappingHash: 'm1' })).toBe('go')),
    );
  });
});
