import { startClickHouseHost } from '../../src/platform/clickhouse/embedded/clickhouse-host.js';

// Arguments: directory, port, password. Prints the address, ends when its standard input ends.
const [dir = '', port = '0', password = ''] = process.argv.slice(2);
const server = await startClickHouseHost({ dir, port: Number(port), username: 'default', password });
console.log(`READY ${server.url}`);
process.stdin.resume().once('end', () => {
  void server.close().then(() => process.exit(0));
});
