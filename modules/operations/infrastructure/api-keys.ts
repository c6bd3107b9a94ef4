import { randomBytes, timingSafeEqual } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiKey, type Config, sha256 } from '../../../src/config/env.js';
import { errorCode } from '../../../src/platform/error-code.js';

/** Who calls: the key's name, role and tenant (`*`: all). */
export type Caller = Omit<ApiKey, 'sha256'>;

const NAME = 'api-key';

/**
 * The one admin key of an installation without API_KEYS: made once, kept in DATA_DIR/api-key (readable by its owner
 * only) and reused. Two processes that start at once agree: the file appears whole, by link(2), or not at all.
 */
export function readOrCreateApiKey(dataDir: string): string {
  const path = join(dataDir, NAME);
  const existing = readIfPresent(path);
  if (existing !== undefined) return existing;
  mkdirSync(dataDir, { recursive: true });
  const draft = join(dataDir, `${NAME}.${randomBytes(6).toString('hex')}`);
  writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(path, 'utf8').trim();
}

function readIfPresent(path: string): string | undefined {
  try {
    const key = readFileSync(path, 'utf8').trim();
    if (key !== '') return key;
    rmSync(path); // an empty file would be a key anybody knows
    return undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The keys that may call. Only their hashes are kept. */
export class ApiKeys {
  private readonly keys: readonly { caller: Caller; hash: Buffer }[];

  constructor(keys: readonly ApiKey[]) {
    this.keys = keys.map(({ sha256: hash, ...caller }) => ({ caller, hash: Buffer.from(hash, 'hex') }));
  }

  static fromConfig(config: Pick<Config, 'API_KEYS' | 'DATA_DIR'>): ApiKeys {
    if (config.API_KEYS !== undefined && config.API_KEYS.length > 0) return new ApiKeys(config.API_KEYS);
    const key = readOrCreateApiKey(config.DATA_DIR);
    return new ApiKeys([{ name: 'local', role: 'admin', tenant: '*', sha256: sha256(key) }]);
  }

  /** The caller a key belongs to. Every hash is compared, in constant time, so that an answer's delay tells nothing. */
  find(key: string): Caller | undefined {
    const hash = Buffer.from(sha256(key), 'hex');
    let found: Caller | undefined;
    for (const candidate of this.keys) {
      if (timingSafeEqual(candidate.hash, hash)) found = candidate.caller;
    }
    return found;
  }
}
