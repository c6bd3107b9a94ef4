// Runs TypeScript from source, from the project's root: node --import ./src/typescript/register.mjs file.ts
import * as nodeModule from 'node:module';
import * as hooks from './hooks.mjs';

// Newer Nodes run hooks where the imports are; older ones in a thread of their own.
if (nodeModule.registerHooks) nodeModule.registerHooks(hooks);
else nodeModule.register('./hooks.mjs', import.meta.url);
process.setSourceMapsEnabled(true);
