import { createHash, randomUUID } from 'node:crypto';
import { linkSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode } from '../error-code.js';
import { processStartedAt } from './process-identity.js';

const ownerSchema = z.object({ pid: z.number().int().positive(), startedAt: z.string() });
type Owner = z.infer<typeof ownerSchema>;

/** How long a breaker of a stale lock may take before it is itself taken for dead; it needs microseconds. */
const BREAK_TIMEOUT_MS = 10_000;

/**
 * The one-host-per-directory lock: the file `embedded.lock` names its owner by pid and start time, for as long as
 * the owner lives. Every step is a `link` (atomic, fails when the name exists), so a reader never sees half a file.
 *
 * Returns the release function, or undefined when a live process holds the lock.
 */
export function acquireHostLock(dataDir: string): (() => void) | undefined {
  const path = lockPath(dataDir);
  const startedAt = processStartedAt(process.pid);
  if (startedAt === undefined) throw new Error('this process cannot read its own start time');
  const candidate = `${path}.${process.pid}.${randomUUID()}`;
  writeFileSync(candidate, JSON.stringify({ pid: process.pid, startedAt } satisfies Owner), { mode: 0o600 });
  try {
    for (;;) {
      if (tryLink(candidate, path)) return () => unlinkIfThere(path);
      const held = readOwner(path);
      if (held === undefined) continue;
      if (isAlive(held.owner)) return undefined;
      breakStaleLock(path, held.text);
    }
  } finally {
    unlinkIfThere(candidate);
  }
}

/** The pid of the live process that holds the lock, or undefined. */
export function hostLockHolder(dataDir: string): number | undefined {
  const held = readOwner(lockPath(dataDir));
  return held !== undefined && isAlive(held.owner) ? held.owner?.pid : undefined;
}

/**
 * Removes a lock whose owner is dead. Two processes may both have seen the dead owner, and the slower one must not
 * remove the lock the faster one has taken since: the right to remove is a second link, named after the dead owner,
 * and it is used only if what was linked is still the lock that was judged.
 */
function breakStaleLock(path: string, judged: string): void {
  const grave = `${path}.stale-${createHash('sha256').update(judged).digest('hex').slice(0, 16)}`;
  if (!tryLink(path, grave)) {
    try {
      if (Date.now() - statSync(grave).ctimeMs > BREAK_TIMEOUT_MS) unlinkIfThere(grave);
    } catch {
      // The other breaker is done, or the lock itself has gone: look again.
    }
    return;
  }
  try {
    if (readFileSync(grave, 'utf8') === judged) unlinkIfThere(path);
  } finally {
    unlinkIfThere(grave);
  }
}

function lockPath(dataDir: string): string {
  return join(dataDir, 'embedded.lock');
}

function readOwner(path: string): { text: string; owner: Owner | undefined } | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return { text, owner: ownerSchema.parse(JSON.parse(text)) };
  } catch {
    // Not written by this code (every lock appears whole), so nobody alive stands behind it.
    return { text, owner: undefined };
  }
}

function isAlive(owner: Owner | undefined): boolean {
  return owner !== undefined && processStartedAt(owner.pid) === owner.startedAt;
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST' || errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
