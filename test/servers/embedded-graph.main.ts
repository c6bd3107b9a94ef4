import { startGraphServer } from '../../src/platform/graph/embedded/graph-server.js';

// Arguments: directory, token, port. Prints the address, ends when its standard input ends.
const [dir = '', token = '', port = '0'] = process.argv.slice(2);
const server = await startGraphServer({ dir, token, port: Number(port) });
console.log(`READY ${server.url}`);
process.stdin.resume().once('end', () => {
  void server.close().then(() => process.exit(0));
});
