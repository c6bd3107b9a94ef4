import { startEmbeddedPostgres } from '../../src/platform/embedded/embedded-postgres.js';

// Arguments: directory, port. Prints the address, ends when its standard input ends.
const [dir = '', port = '0'] = process.argv.slice(2);
const server = await startEmbeddedPostgres({ dir, port: Number(port), log: (line) => console.error(line) });
console.log(`READY ${server.url}`);
process.stdin.resume().once('end', () => {
  void server.close().then(() => process.exit(0));
});
