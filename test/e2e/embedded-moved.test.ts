import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { z } from 'zod';
import { freePort } from '../servers/child.js';
import { killServices, readinessOf, startService } from '../support/service.js';
import { eventually } from '../support/async.js';

const dataDir = mkdtempSync(join(tmpdir(), 'insights-moved-'));
const state = z.looseObject({ pid: z.number(), ports: z.looseObject({ postgres: z.number() }) });

afterAll(async () => {
  await killServices();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 500 });
});

it('ends with a fatal line when its embedded stores come back on another port', async () => {
  const service = await startService({ DATA_DIR: dataDir, PIPELINE_INTERVAL_SECONDS: '0' });
  await eventually(async () => expect((await readinessOf(service.url)).status).toBe(200), 120_000);

  // As if somebody had taken the port meanwhile: the host that starts next reads another one.
  const path = join(dataDir, 'embedded.json');
  const known = state.parse(JSON.parse(readFileSync(path, 'utf8')));
  known.ports.postgres = await freePort();
  writeFileSync(path, JSON.stringify(known));
  const exited = once(service.child, 'exit');
  process.kill(known.pid, 'SIGKILL');

  expect(await exited).toEqual([1, null]);
  const told = service.log.filter((line) => line.store === 'embedded');
  expect(told.map(({ level, code }) => [level, code])).toEqual([
    ['warn', undefined],
    ['warn', undefined],
    ['fatal', 'embedded_host_moved'],
  ]);
  expect(told[0]?.msg).toBe('the embedded host is gone; starting it again');
}, 240_000);
