import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** For each rule a file that breaks it: where it stands and what it imports. Every import resolves to a planted file. */
const VIOLATIONS: [rule: string, file: string, imports: string][] = [
  ['no-circular', 'src/platform/a.ts', './b.js'],
  ['kernel-imports-nothing', 'src/kernel/bad.ts', '../config/env.js'],
  ['domain-is-pure', 'modules/sync/domain/bad.ts', '../application/use-case.js'],
  ['domain-does-no-io', 'modules/sync/domain/reads.ts', 'node:fs'],
  ['application-uses-ports', 'modules/sync/application/bad.ts', '../infrastructure/adapter.js'],
  ['cross-module-through-barrel', 'modules/sync/application/deep.ts', '../../warehouse/domain/inner.js'],
  ['warehouse-knows-no-module', 'modules/warehouse/application/bad.ts', '../../sync/index.js'],
  ['insight-knows-warehouse-only', 'modules/scoring-insight/application/bad.ts', '../../sync/index.js'],
  ['sync-below-operations', 'modules/sync/application/up.ts', '../../operations/index.js'],
  ['alerting-below-operations', 'modules/alerting/application/up.ts', '../../sync/index.js'],
  ['drivers-only-in-infrastructure', 'modules/sync/application/driver.ts', 'pg'],
  ['migrations-stand-alone', 'migrations/postgres/bad.ts', '../../src/config/env.js'],
  ['platform-knows-no-module', 'src/platform/up.ts', '../../modules/sync/index.js'],
];

const INNOCENT = [
  'src/config/env.ts',
  'modules/sync/application/use-case.ts',
  'modules/sync/infrastructure/adapter.ts',
  'modules/sync/index.ts',
  'modules/operations/index.ts',
  'modules/warehouse/domain/inner.ts',
];

const report = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

describe('the dependency rules', () => {
  const planted = mkdtempSync(join(tmpdir(), 'insights-deps-'));
  let violations: z.infer<typeof report>['summary']['violations'];

  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(planted, file)), { recursive: true });
    writeFileSync(join(planted, file), text);
  };

  beforeAll(() => {
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json'])
      cpSync(join(root, file), join(planted, file));
    write('package.json', '{"type":"module","dependencies":{"pg":"1"}}');
    write('node_modules/pg/package.json', '{"name":"pg","version":"1.0.0","main":"index.js"}');
    write('node_modules/pg/index.js', 'module.exports = {};');
    for (const file of INNOCENT) write(file, 'export const x = 1;\n');
    for (const [, file, imports] of VIOLATIONS)
      write(file, `import * as y from '${imports}';\nexport const x = y;\n`);
    write('src/platform/b.ts', `import * as y from './a.js';\nexport const x = y;\n`);
    const { stdout } = spawnSync(
      process.execPath,
      [
        join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
        'src',
        'modules',
        'migrations',
        '--config',
        '.dependency-cruiser.cjs',
        '--output-type',
        'json',
      ],
      { cwd: planted, encoding: 'utf8' },
    );
    violations = report.parse(JSON.parse(stdout)).summary.violations;
  }, 60_000);

  afterAll(() => rmSync(planted, { recursive: true, force: true }));

  it.each(VIOLATIONS)('%s catches %s importing %s', (rule, file) => {
    expect(
      violations.filter((violation) => violation.from === file).map((violation) => violation.rule.name),
    ).toContain(rule);
  });

  it('leave the innocent files alone', () => {
    expect(violations.filter((violation) => INNOCENT.includes(violation.from))).toEqual([]);
  });
});
