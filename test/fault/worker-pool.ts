import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Job } from './sync-worker.js';

const root = join(import.meta.dirname, '../..');
/** Longest that a job may take; a worker that needs longer hangs. */
const JOB_MS = 60_000;

/** A process that runs syncs. */
export class Worker {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private readonly ready: Promise<void>;

  constructor() {
    const main = join(import.meta.dirname, 'sync-worker.main.ts');
    this.child = spawn(process.execPath, ['--import', './src/typescript/register.mjs', main], {
      cwd: root,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.child.stdin?.on('error', () => undefined); // it may be gone already
    if (!this.child.stdout) throw new Error('a worker without output');
    this.lines = createInterface(this.child.stdout)[Symbol.asyncIterator]();
    this.ready = this.lines.next().then(() => undefined);
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(name);
  }

  /** What the worker says at the end: `succeeded`, `failed <code>`, `threw <why>`, `died` or `hung`. */
  async run(job: Job): Promise<string> {
    await this.ready;
    this.child.stdin?.write(`${JSON.stringify(job)}\n`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => (timer = setTimeout(() => resolve('late'), JOB_MS)));
    const line = await Promise.race([this.lines.next(), late]);
    clearTimeout(timer);
    if (line === 'late') {
      await this.end();
      return 'hung';
    }
    if (line.done === true) {
      await this.end();
      return 'died';
    }
    return line.value.replace('DONE ', '').trim();
  }

  async end(): Promise<void> {
    if (!this.alive) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}

/** Keeps workers ready, for one that is killed takes seconds to start again. */
export class WorkerPool {
  private readonly idle: Worker[];

  constructor(private readonly size: number) {
    this.idle = Array.from({ length: size }, () => new Worker());
  }

  take(): Worker {
    const worker = this.idle.shift() ?? new Worker();
    while (this.idle.length < this.size - 1) this.idle.push(new Worker());
    return worker;
  }

  giveBack(worker: Worker): void {
    if (worker.alive) this.idle.unshift(worker);
    else if (this.idle.length < this.size) this.idle.push(new Worker());
  }

  async close(): Promise<void> {
    await Promise.all(this.idle.map((worker) => worker.end()));
  }
}
