import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** A started test server, or the reason why there is none ("java is not installed"). */
export interface Unavailable {
  unavailable: string;
}

export interface StartedChild {
  process: ChildProcess;
  /** The line that said it is ready. */
  ready: string;
  /** Ends its standard input (our children take that as the order to stop), waits, and kills it after 20 s. */
  stop(): Promise<void>;
}

export interface StartOptions {
  cwd?: string;
  /** Beside the environment of this process. */
  env?: Record<string, string>;
  timeoutMs?: number;
}

/** For servers that do not watch their standard input; this shell does, and takes the server along. */
const UNTIL_STDIN_ENDS =
  '"$@" <&- & server=$!; trap "kill $server" TERM INT; cat >&2; kill $server; wait $server';

/** `startChild` for a server that ends on SIGTERM only: it too ends with the process that started it. */
export async function startServer(
  command: string,
  args: string[],
  ready: RegExp,
  options: StartOptions = {},
): Promise<StartedChild> {
  return await startChild('sh', ['-c', UNTIL_STDIN_ENDS, command, command, ...args], ready, options);
}

/** Starts a program and resolves with the first line of its output that matches; rejects with its last lines. */
export async function startChild(
  command: string,
  args: string[],
  ready: RegExp,
  options: StartOptions = {},
): Promise<StartedChild> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined); // it may be gone already
  const tail: string[] = [];
  const exited = once(child, 'exit');
  exited.catch(() => undefined);
  const line = await new Promise<string>((resolve, reject) => {
    const fail = (why: string): void => {
      child.kill('SIGKILL');
      reject(new Error(`${command} ${why}\n${tail.join('\n')}`));
    };
    const timer = setTimeout(() => fail('was not ready in time'), options.timeoutMs ?? 90_000);
    const look = (text: string): void => {
      tail.push(text);
      if (tail.length > 30) tail.shift();
      if (!ready.test(text)) return;
      clearTimeout(timer);
      resolve(text);
    };
    createInterface(child.stdout).on('line', look);
    createInterface(child.stderr).on('line', look);
    child.once('error', (error) => fail(`did not start: ${error.message}`));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      fail(`ended with ${signal ?? code}`);
    });
  });
  return {
    process: child,
    ready: line,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
      child.stdin.end();
      await exited;
      clearTimeout(timer);
    },
  };
}

/** Whether a program can be run at all. */
export async function isInstalled(command: string, versionFlag: string): Promise<boolean> {
  const child = spawn(command, [versionFlag], { stdio: 'ignore' });
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** A port that was free a moment ago, on loopback. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Skips loudly, and in CI not at all: a missing server fails there. */
export function reportMissing(what: string, reason: string): void {
  if (process.env.CI === 'true') throw new Error(`${what}: ${reason}. In CI this may not be skipped.`);
  console.warn(`SKIPPED, ${what}: ${reason}`);
}
