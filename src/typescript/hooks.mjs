// Compiles a TypeScript file once for as long as it stays as it is. Ready-made loaders load the whole TypeScript compiler to read
// tsconfig.json and compile every file at every start, which is half of what a short command costs.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const cache = new URL('../../node_modules/.cache/typescript/', import.meta.url);

/** As tsconfig.json and jest.config.js have it. */
const options = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
  swcrc: false,
  configFile: false,
};
const settings = `${JSON.stringify(options)} ${require('@swc/core/package.json').version}`;

/** An import of './x.js' in TypeScript means x.ts. */
export function resolve(specifier, context, next) {
  if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts')) {
    const url = new URL(`${specifier.slice(0, -3)}.ts`, context.parentURL);
    if (existsSync(url)) return { url: url.href, format: 'module', shortCircuit: true };
  }
  return next(specifier, context);
}

export function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  return { format: 'module', source: compiled(fileURLToPath(url)), shortCircuit: true };
}

function compiled(filename) {
  const text = readFileSync(filename, 'utf8');
  const key = createHash('sha256').update(`${settings}\n${filename}\n${text}`).digest('hex');
  const kept = new URL(`${key}.js`, cache);
  if (existsSync(kept)) return readFileSync(kept, 'utf8');
  const { code } = require('@swc/core').transformSync(text, { ...options, filename });
  try {
    mkdirSync(cache, { recursive: true });
    const draft = new URL(`${randomUUID()}.draft`, cache);
    writeFileSync(draft, code);
    renameSync(draft, kept);
  } catch {
    // A folder that cannot be written costs time only.
  }
  return code;
}
