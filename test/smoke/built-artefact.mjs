// Starts dist/src/main.js as production would and asks it how it is: several faults of a build pass the compiler and
// every test that runs from source (a missing asset, a wrong relative path).
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const DEADLINE_MS = 120_000;
const EXIT_MS = 30_000;

const dataDir = mkdtempSync(join(tmpdir(), 'insights-smoke-'));
const { PATH, HOME } = process.env;
const env = { PATH, HOME, DATA_DIR: dataDir, PORT: '0', PIPELINE_INTERVAL_SECONDS: '0' };

function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(stdout) : reject(new Error(`${args.join(' ')} exited with ${code}`)),
    );
  });
}

async function main() {
  JSON.parse(await run(['dist/src/cli.js', 'seed', '--scale', '0.02', '--json']));
  const result = JSON.parse(await run(['dist/src/cli.js', 'run', '--json']));
  if (result.status !== 'succeeded') throw new Error(`the run ended ${result.status}`);

  const child = spawn(process.execPath, ['dist/src/main.js'], { env, stdio: ['ignore', 'inherit', 'pipe'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  let log = '';
  child.stderr.on('data', (chunk) => (log += chunk));
  const end = Date.now() + DEADLINE_MS;
  let ready = false;
  while (!ready && Date.now() < end && child.exitCode === null) {
    const url = /"url":"(http:[^"]+)"/.exec(log)?.[1];
    ready =
      url !== undefined &&
      (await fetch(`${url}/health/ready`).then(
        (answer) => answer.ok,
        () => false,
      ));
    if (!ready) await delay(200);
  }
  if (!ready) throw new Error(`the built service did not get ready:\n${log}`);
  child.kill('SIGTERM');
  const code = await Promise.race([exited, delay(EXIT_MS, 'still running')]);
  if (code !== 0) throw new Error(`after SIGTERM the built service is or exited ${code}:\n${log}`);
  console.log('The built artefact seeds, runs, gets ready and stops.');
}

try {
  await main();
} finally {
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 1000 });
}
