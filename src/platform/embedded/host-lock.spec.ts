import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { acquireHostLock, hostLockHolder } from './host-lock.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'host-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const leave = (content: string): void => writeFileSync(join(dir, 'embedded.lock'), content);

describe('host lock', () => {
  it('is held once, and free again after its release', () => {
    expect(hostLockHolder(dir)).toBeUndefined();
    const release = acquireHostLock(dir);
    expect(hostLockHolder(dir)).toBe(process.pid);
    expect(acquireHostLock(dir)).toBeUndefined();
    release?.();
    expect(hostLockHolder(dir)).toBeUndefined();
    expect(acquireHostLock(dir)).toBeDefined();
  });

  it.each([
    ['a process that is gone', JSON.stringify({ pid: 2 ** 22 - 1, startedAt: '1' })],
    [
      'another process that bore a living number before',
      JSON.stringify({ pid: process.pid, startedAt: '1' }),
    ],
    ['nobody (the file is damaged)', '{"pid":'],
  ])('left by %s is taken over and leaves no litter', (_, content) => {
    leave(content);
    expect(hostLockHolder(dir)).toBeUndefined();
    expect(acquireHostLock(dir)).toBeDefined();
    expect(hostLockHolder(dir)).toBe(process.pid);
    expect(readdirSync(dir)).toEqual(['embedded.lock']);
  });
});
