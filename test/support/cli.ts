import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '../..');
const LOADER = ['--import', './src/typescript/register.mjs'];

export interface CliResult {
  /** Exit code, or null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  env: Record<string, string>;
  /** Called with each line of standard error as it comes; may kill the child. */
  onLine?: (line: string, child: ChildProcess) => void;
}

/** Only what a machine has, none of the stores a developer's shell may point at. */
function environment(env: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, HOME, LANG, TMPDIR } = process.env;
  return { PATH, HOME, LANG, TMPDIR, ...env };
}

/** Starts one of our programs from source. */
export function startProgram(
  program: 'cli' | 'main' | 'demo',
  args: readonly string[],
  env: Record<string, string>,
): ChildProcess {
  return spawn(process.execPath, [...LOADER, `src/${program}.ts`, ...args], {
    cwd: root,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs one command to its end. */
export async function runCli(args: readonly string[], { env, onLine }: CliOptions): Promise<CliResult> {
  const child = startProgram('cli', args, env);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      stderr += `${line}\n`;
      onLine?.(line, child);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout, stderr };
}

/** Runs one --json command that must succeed, and parses its document. */
export async function runJson(args: readonly string[], env: Record<string, string>): Promise<unknown> {
  const { code, stdout, stderr } = await runCli([...args, '--json'], { env });
  if (code !== 0) throw new Error(`cli ${args.join(' ')} exited with ${code}\n${stderr}\n${stdout}`);
  return JSON.parse(stdout) as unknown;
}
