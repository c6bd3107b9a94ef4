import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { AppError } from '../kernel/errors.js';
import { describeConfig, readConfig, sha256, variables } from './env.js';

function refusal(env: Record<string, string>): AppError {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('readConfig accepted it');
}

describe('readConfig', () => {
  it('fills the defaults of an empty environment', () => {
    const config = readConfig({ PATH: '/usr/bin' });
    expect(config).toMatchObject({
      PORT: 3000,
      HOST: '127.0.0.1',
      APP_ROLE: 'all',
      DATA_DIR: '.data',
      CDC: 'off',
      CDC_SLOT: 'teraffi_insights',
      REPORTING_CURRENCY: 'USD',
    });
    expect(config.DATABASE_URL).toBeUndefined();
  });

  it('takes an empty string for not set', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: '' })).toMatchObject({ PORT: 3000 });
  });

  it('parses API keys', () => {
    const key = `ops:operator:*:${sha256('secret')}`;
    expect(readConfig({ API_KEYS: key }).API_KEYS).toEqual([
      { name: 'ops', role: 'operator', tenant: '*', sha256: sha256('secret') },
    ]);
  });

  it.each([
    ['DATABASE_URL', 'mysql://root:hunter2@db/x'],
    ['CLICKHOUSE_URL', 'hunter2'],
    ['PORT', 'hunter2'],
    ['PORT', '65536'],
    ['API_KEYS', 'ops:operator:*:hunter2'],
    ['APP_ROLE', 'hunter2'],
    ['BENCHMARK_SNAPSHOT', 'hunter2'],
    ['REPORTING_CURRENCY', 'hunter2'],
    ['PIPELINE_INTERVAL_SECONDS', 'hunter2'],
  ])('refuses a malformed %s, names it and never prints its value', (name, value) => {
    const error = refusal({ [name]: value });
    expect(error).toMatchObject({ class: 'configuration', code: 'invalid_environment' });
    expect(error.message).toContain(name);
    expect(error.message).not.toContain(value);
  });

  it('names every bad variable at once', () => {
    expect(refusal({ PORT: 'x', CDC: 'yes' }).message).toMatch(/PORT.*CDC/);
  });

  it.each(['CLICKHOUSE_URI', 'DATABASE_URI', 'REDIS_URI', 'NEO4J_URL', 'SLACK_TOKEN'])(
    'refuses the misspelt %s',
    (name) => {
      expect(refusal({ [name]: 'http://localhost' }).message).toContain(
        `${name} is not a variable of this service`,
      );
    },
  );

  it('ignores what Kubernetes injects for services of the same name', () => {
    expect(() =>
      readConfig({
        NEO4J_SERVICE_HOST: '10.0.0.1',
        NEO4J_PORT: 'tcp://10.0.0.1:7687',
        CLICKHOUSE_PORT_8123_TCP: 'x',
      }),
    ).not.toThrow();
  });
});

describe('describeConfig', () => {
  it('hides the value of a secret', () => {
    const shown = describeConfig({ DATABASE_URL: 'postgres://me:hunter2@db/x', PORT: '8080' });
    expect(JSON.stringify(shown)).not.toContain('hunter2');
    expect(shown.find((variable) => variable.name === 'PORT')).toMatchObject({
      source: 'environment',
      value: '8080',
    });
  });
});

describe('.env.example', () => {
  it('lists every variable with its default and meaning, and no other', () => {
    const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
    const listed = [...text.matchAll(/^# (.+)\n# ([A-Z0-9_]+)=(.*)$/gm)].map(
      ([, meaning, name, fallback]) => ({ name, fallback, meaning }),
    );
    const declared = Object.entries<{ fallback?: string; meaning: string }>(variables).map(
      ([name, variable]) => ({
        name,
        fallback: variable.fallback ?? '',
        meaning: variable.meaning,
      }),
    );
    expect(listed).toEqual(declared);
  });
});
