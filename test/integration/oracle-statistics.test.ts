import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { findOracle, INSTALL, runOracle } from '../oracle/python.js';
import { type Figures, type Question, questions } from '../oracle/statistics-questions.js';

jest.setTimeout(120_000);

const python = findOracle('scipy.stats', 'statsmodels.api', 'sklearn.metrics');
// A person's machine may do without the libraries; on a build machine their absence fails.
const skipsOracle = python === null && process.env.CI !== 'true';
if (skipsOracle)
  console.warn(
    `SKIPPED the statistics oracle: no Python with scipy, statsmodels and scikit-learn. Install them: ${INSTALL}`,
  );

const asked = questions();
const answers = z.array(z.record(z.string(), z.union([z.number(), z.array(z.number())])));

/** Places where two answers differ: relatively, numbers below 1 absolutely, but for p-values, which may be tiny. */
function differences({ found, isOptimum }: Question, expected: Figures): string[] {
  const tolerance = isOptimum ? 1e-6 : 1e-9;
  const names = [...new Set([...Object.keys(found), ...Object.keys(expected)])];
  return names.flatMap((name) => {
    const ours = [found[name] ?? []].flat();
    const theirs = [expected[name] ?? []].flat();
    if (ours.length !== theirs.length) return [`${name}: ${ours.length} numbers, not ${theirs.length}`];
    const floor = /p$/i.test(name) ? 1e-300 : 1;
    return ours.flatMap((value, at) => {
      const other = theirs[at]!;
      const isEqual = Math.abs(value - other) <= tolerance * Math.max(floor, Math.abs(other));
      return isEqual ? [] : [`${name}[${at}]: ${value}, not ${other}`];
    });
  });
}

(skipsOracle ? describe.skip : describe)('the statistics of scipy, statsmodels and scikit-learn', () => {
  const folder = mkdtempSync(join(tmpdir(), 'insights-oracle-'));
  let expected: Figures[];

  beforeAll(async () => {
    if (python === null) throw new Error(`The oracle needs a Python with its libraries: ${INSTALL}`);
    const file = join(folder, 'questions.json');
    writeFileSync(file, JSON.stringify(asked.map(({ kind, input }) => ({ kind, input }))));
    expected = await runOracle(python, 'random_inputs.py', [file], answers);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([...new Set(asked.map(({ kind }) => kind))])('%s', (kind) => {
    const wrong = asked.flatMap((question, at) =>
      question.kind === kind
        ? differences(question, expected[at] ?? {}).map((line) => `${question.about}: ${line}`)
        : [],
    );
    expect(wrong).toEqual([]);
  });
});
