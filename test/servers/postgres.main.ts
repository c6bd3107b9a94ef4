import { z } from 'zod';
import { startEmbeddedPostgres } from '../../src/platform/embedded/embedded-postgres.js';

// Arguments: directory, port, settings as JSON. Prints the address, ends when its standard input ends.
const [dir = '', port = '0', settings = '{}'] = process.argv.slice(2);
const server = await startEmbeddedPostgres({
  dir,
  port: Number(port),
  log: (line) => console.error(line),
  settings: z.record(z.string(), z.string()).parse(JSON.parse(settings)),
});
console.log(`READY ${server.url}`);
process.stdin.resume().once('end', () => {
  void server.close().then(() => process.exit(0));
});
