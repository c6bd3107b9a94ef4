import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { z } from 'zod';

const VENV = 'node_modules/.cache/oracle';
export const INSTALL = `python3 -m venv ${VENV} && ${VENV}/bin/pip install scipy==1.17.1 statsmodels==0.14.6 pandas==2.3.3 scikit-learn==1.8.0 && export ORACLE_PYTHON="$PWD/${VENV}/bin/python"`;

/** The Python that computes our figures a second time: ORACLE_PYTHON, else python3. Null where it lacks one of the modules. */
export function findOracle(...modules: [string, ...string[]]): string | null {
  const python = process.env.ORACLE_PYTHON || 'python3';
  const { status } = spawnSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' });
  return status === 0 ? python : null;
}

/** The parsed JSON that a script of this folder prints. */
export async function runOracle<T>(
  python: string,
  script: string,
  args: readonly string[],
  schema: z.ZodType<T>,
): Promise<T> {
  const path = join(import.meta.dirname, script);
  const { stdout } = await promisify(execFile)(python, ['-B', path, ...args], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return schema.parse(JSON.parse(stdout));
}
