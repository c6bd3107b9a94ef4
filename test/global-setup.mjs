// Jest loads this file outside its own transform: the loader makes TypeScript importable here.
import '../src/typescript/register.mjs';

export default async function setup() {
  const { startTestServers } = await import('./support/test-servers.ts');
  await startTestServers();
}
