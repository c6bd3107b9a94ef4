import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { variables } from '../../src/config/env.js';
import { reportMissing } from '../servers/child.js';

const path = new URL('../../docker-compose.yml', import.meta.url);
const service = z.object({
  image: z.string().optional(),
  build: z.string().optional(),
  ports: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.unknown()).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }),
});
const compose = z
  .object({ services: z.record(z.string(), service) })
  .parse(parse(readFileSync(path, 'utf8'), { merge: true }));

const version = spawnSync('docker-compose', ['version', '--short']);
if (version.error) reportMissing('docker-compose', 'docker-compose is not installed');

describe('docker-compose.yml', () => {
  it('brings up the service, a worker and every store as a server', () => {
    expect(Object.keys(compose.services).sort()).toEqual([
      'clickhouse',
      'neo4j',
      'postgres',
      'redis',
      'service',
      'worker',
    ]);
  });

  it.each(Object.entries(compose.services))(
    '%s publishes on loopback only, has a health check and a pinned version',
    (_name, each) => {
      for (const port of each.ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
      expect(each.healthcheck.test.length).toBeGreaterThan(1);
      if (each.build === undefined) expect(each.image).toMatch(/:\d+\.\d+/);
    },
  );

  it.each(['service', 'worker'])('%s is given variables that exist, and a server for every store', (name) => {
    const names = Object.keys(compose.services[name]?.environment ?? {});
    expect(names.filter((variable) => !Object.hasOwn(variables, variable))).toEqual([]);
    expect(names).toEqual(
      expect.arrayContaining(['DATABASE_URL', 'CLICKHOUSE_URL', 'NEO4J_URI', 'NEO4J_PASSWORD', 'REDIS_URL']),
    );
  });

  (version.error ? it.skip : it)('is accepted by docker-compose', () => {
    const { status, stderr } = spawnSync('docker-compose', ['-f', 'docker-compose.yml', 'config', '-q'], {
      cwd: new URL('../../', import.meta.url),
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });
});
