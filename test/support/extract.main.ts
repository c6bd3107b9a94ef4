// One extraction of the named sources in a process of its own, which kills itself (-9) right before its Nth call to ClickHouse.
// Arguments: ClickHouse URL, Postgres URL, sources (comma), N (0 = never). Exit 0: it came to its end.
import { randomUUID } from 'node:crypto';
import { ExtractSources } from '../../modules/warehouse/application/extract-sources.js';
import { withPostgresSnapshot } from '../../modules/warehouse/infrastructure/postgres-reader.js';
import { RawStore } from '../../modules/warehouse/infrastructure/raw-store.js';
import { postgresSources } from '../../modules/warehouse/infrastructure/sources/catalog.js';
import { Sweeps } from '../../modules/warehouse/infrastructure/sweeps.js';
import { loadStages } from '../../modules/warehouse/index.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';

const [clickhouseUrl = '', postgresUrl = '', names = '', nth = '0'] = process.argv.slice(2);

const DOORS = new Set<PropertyKey>(['rows', 'row', 'command', 'insertBytes', 'insertRows']);
let calls = 0;
const clickhouse = new ClickHouse(clickhouseUrl);
const mortal = new Proxy(clickhouse, {
  get(target, name) {
    const member: unknown = Reflect.get(target, name);
    if (typeof member !== 'function') return member;
    return (...parameters: unknown[]): unknown => {
      if (DOORS.has(name) && ++calls === Number(nth)) process.kill(process.pid, 'SIGKILL');
      return Reflect.apply(member, target, parameters);
    };
  },
});
const postgres = new Postgres(createDataSource(postgresUrl, []));
const step = new ExtractSources(
  new RawStore(mortal),
  (work) =>
    withPostgresSnapshot(
      postgres,
      postgresSources.filter(({ name }) => names.split(',').includes(name)),
      { seconds: 0, ids: 5000 },
      work,
    ),
  loadStages(undefined).map(({ name }) => name),
  { log: new Sweeps(mortal), intervalSeconds: 0.000001, signal: () => Promise.resolve() },
);
const outcome = await step.execute({
  runId: randomUUID(),
  asOf: '2026-06-17T12:00:00Z',
  signal: new AbortController().signal,
  onProgress: () => undefined,
});
await Promise.all([clickhouse.close(), postgres.close()]);
process.exitCode = outcome.status === 'succeeded' ? 0 : 1;
