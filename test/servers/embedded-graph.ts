import { join } from 'node:path';
import { startChild } from './child.js';

export interface EmbeddedGraphServer {
  url: string;
  token: string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** The embedded graph in a process of its own, so that a test can kill it. */
export async function startEmbeddedGraph(dir: string, port = 0): Promise<EmbeddedGraphServer> {
  const token = 'test-token';
  const root = join(import.meta.dirname, '../..');
  const main = join(import.meta.dirname, 'embedded-graph.main.ts');
  const args = ['--import', './src/typescript/register.mjs', main, dir, token, String(port)];
  const child = await startChild(process.execPath, args, /^READY /, { cwd: root });
  return {
    url: child.ready.replace('READY ', ''),
    token,
    kill: async () => {
      child.process.kill('SIGKILL');
      await child.stop();
    },
    stop: () => child.stop(),
  };
}
