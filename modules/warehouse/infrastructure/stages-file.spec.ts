import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppError } from '../../../src/kernel/errors.js';
import { loadStages } from './stages-file.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'insights-stages-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function refusal(text: string | undefined): AppError {
  const path = join(folder, text === undefined ? 'absent.yaml' : 'stages.yaml');
  if (text !== undefined) writeFileSync(path, text);
  try {
    loadStages(path);
  } catch (error) {
    return error as AppError;
  }
  throw new Error('was accepted');
}

describe('loadStages', () => {
  it('has the reference stages unless STAGES_FILE says otherwise', () => {
    const stages = loadStages(undefined);
    expect(stages.map((stage) => stage.name)).toEqual([
      'identified',
      'contacted',
      'in_discussion',
      'proposal',
      'negotiation',
      'legal_review',
      'signed',
      'onboarding',
      'active',
      'completed',
      'declined',
      'expired',
    ]);
    expect(
      stages.filter((stage) => stage.outcome !== 'open').map((stage) => [stage.name, stage.outcome]),
    ).toEqual([
      ['completed', 'won'],
      ['declined', 'lost'],
      ['expired', 'lost'],
    ]);
  });

  it.each([
    [
      'a field of another kind',
      'stages:\n  - { name: a, order: one, category: c, outcome: open }\n',
      'stages[0].order',
    ],
    ['a field that is missing', 'stages:\n  - { name: a, order: 1, outcome: open }\n', 'stages[0].category'],
    ['no YAML', 'stages: [\n', 'line 2'],
    ['an empty file', '', 'expected object'],
    ['no file', undefined, 'cannot be read (ENOENT)'],
  ])('refuses %s: names the variable and the field, and keeps its value to itself', (_what, text, said) => {
    const error = refusal(text);
    expect(error).toMatchObject({ class: 'configuration', code: 'invalid_stages_file' });
    expect(error.message).toMatch(/^STAGES_FILE: /);
    expect(error.message).toContain(said);
    expect(error.message).not.toContain(folder);
  });
});
