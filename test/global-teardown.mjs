export default async function teardown() {
  const { stopTestServers } = await import('./support/test-servers.ts');
  await stopTestServers();
}
