import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { errorCode } from '../error-code.js';

/**
 * What tells one life of a pid from the next: the time the process began, as the system prints it, or undefined
 * when no such process runs. A zombie counts as gone: where nothing reaps orphans (many containers) it would
 * otherwise look alive for ever.
 */
export function processStartedAt(pid: number): string | undefined {
  if (!exists(pid)) return undefined;
  if (process.platform !== 'linux') return ps(pid, 'lstart');
  try {
    // The second field is the command in parentheses and may itself hold spaces and parentheses.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

export function isRunning(pid: number): boolean {
  return processStartedAt(pid) !== undefined;
}

/** The command line of a running process, its arguments joined by spaces; undefined when it cannot be read. */
export function commandLine(pid: number): string | undefined {
  if (process.platform !== 'linux') return ps(pid, 'command');
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

function ps(pid: number, column: string): string | undefined {
  try {
    // A fixed zone and locale: host and client compare what they printed, and may run under different ones.
    const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C' };
    return (
      execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8', env }).trim() ||
      undefined
    );
  } catch {
    return undefined;
  }
}
