import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { runCli } from '../support/cli.js';

const root = join(import.meta.dirname, '../..');
const scripts = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).scripts;

/** Arguments of a documented command; quoted ones may hold spaces. */
const words = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const commands = [...readme.matchAll(/^npm run --silent cli -- (.+)$/gm)].map((match) => match[1] ?? '');

describe('the README', () => {
  const env = { DATA_DIR: mkdtempSync(join(tmpdir(), 'insights-readme-')) };
  afterAll(() => rmSync(env.DATA_DIR, { recursive: true, force: true, maxRetries: 5, retryDelay: 1000 }));

  it('shows the commands', () => {
    expect(commands.length).toBeGreaterThanOrEqual(8);
  });

  it.each(commands)(
    'its command "cli %s" does what it says',
    async (command) => {
      const { code, stdout, stderr } = await runCli(words(command), { env });
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.trim()).not.toBe('');
      if (command.includes('--json')) JSON.parse(stdout);
    },
    180_000,
  );

  it('names only npm scripts that exist', () => {
    const named = [...readme.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map((match) => match[1] ?? '');
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});
