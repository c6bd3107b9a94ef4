import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sha256 } from '../../../src/config/env.js';
import { ApiKeys, readOrCreateApiKey } from './api-keys.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'api-keys-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('readOrCreateApiKey', () => {
  it('makes a key once, for its owner only, and leaves nothing else behind', () => {
    const folder = join(dir, 'new');
    const key = readOrCreateApiKey(folder);
    expect(Buffer.from(key, 'base64url')).toHaveLength(32);
    expect(readOrCreateApiKey(folder)).toBe(key);
    expect(readdirSync(folder)).toEqual(['api-key']);
    expect(statSync(join(folder, 'api-key')).mode & 0o777).toBe(0o600);
  });

  it('does not take an empty file for a key', () => {
    writeFileSync(join(dir, 'api-key'), '\n');
    expect(readOrCreateApiKey(dir)).toHaveLength(43);
  });
});

describe('ApiKeys', () => {
  const keys = new ApiKeys([
    { name: 'a', role: 'viewer', tenant: '*', sha256: sha256('one') },
    { name: 'b', role: 'admin', tenant: '00000000-0000-0000-0000-00000000000b', sha256: sha256('two') },
  ]);

  it('knows a caller by its key, not by its hash', () => {
    expect(keys.find('two')).toEqual({
      name: 'b',
      role: 'admin',
      tenant: '00000000-0000-0000-0000-00000000000b',
    });
    expect(keys.find('three')).toBeUndefined();
    expect(keys.find(sha256('one'))).toBeUndefined();
    expect(keys.find('')).toBeUndefined();
  });
});
