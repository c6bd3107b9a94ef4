import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { startProgram } from './cli.js';

const logLine = z.looseObject({ level: z.string(), msg: z.string().default(''), url: z.string().optional() });
export type LogLine = z.infer<typeof logLine>;

export interface RunningService {
  child: ChildProcess;
  /** http://127.0.0.1:port, as its log says. */
  url: string;
  /** Every line of its log so far. */
  log: LogLine[];
  /** Everything it wrote to standard output and standard error so far. */
  output(): string;
  /** Sends SIGTERM and resolves with the exit code; null when a signal ended it. */
  stop(): Promise<number | null>;
}

const running = new Set<ChildProcess>();

/** Starts src/main.ts on a free port and resolves when it listens; rejects with its output when it ends before. */
export async function startService(env: Record<string, string>): Promise<RunningService> {
  const child = startProgram('main', [], { PORT: '0', ...env });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const log: LogLine[] = [];
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      reject(new Error(`the service ended with ${signal ?? code} before it listened\n${output}`)),
    );
    if (child.stderr === null) throw new Error('the service has no standard error');
    createInterface({ input: child.stderr }).on('line', (text) => {
      output += `${text}\n`;
      const line = parseLine(text);
      if (line === undefined) return;
      log.push(line);
      if (line.msg === 'listening' && line.url !== undefined) resolve(line.url);
    });
  });
  return {
    child,
    url,
    log,
    output: () => output,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
  };
}

/** For afterAll: whatever a failed test left running. */
export async function killServices(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }),
  );
}

function parseLine(text: string): LogLine | undefined {
  try {
    return logLine.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

const readiness = z.object({
  status: z.enum(['ready', 'not_ready']),
  checks: z.array(
    z.object({ name: z.string(), status: z.enum(['up', 'down']), code: z.string().nullable() }),
  ),
});

/** What /health/ready says: the status code, and the code of every check that is down. */
export async function readinessOf(
  url: string,
): Promise<{ status: number; down: Record<string, string | null> }> {
  const response = await fetch(`${url}/health/ready`);
  const { checks } = readiness.parse(await response.json());
  const down = checks
    .filter((check) => check.status === 'down')
    .map((check) => [check.name, check.code] as const);
  return { status: response.status, down: Object.fromEntries(down) };
}
