import { once } from 'node:events';
import { ClickHouseCdcRecords } from '../../modules/warehouse/infrastructure/cdc/cdc-records.js';
import { RawChangeTarget } from '../../modules/warehouse/infrastructure/cdc/change-target.js';
import { RawStore } from '../../modules/warehouse/infrastructure/raw-store.js';
import { loadStages } from '../../modules/warehouse/infrastructure/stages-file.js';
import { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { Streaming } from '../support/cdc.js';

// Streams from the first byte of standard input on until it kills itself: a test has it load everything before it is needed.
// Arguments: ClickHouse, Postgres, slot, where: `<call>:<before|after>:<which time>`.
const [clickhouseUrl = '', postgresUrl = '', slot = '', where = ''] = process.argv.slice(2);
const [call, moment, times] = where.split(':');

let calls = 0;
/** The method as it is, but this process dies before or after its nth call, as SIGKILL does it: nothing is cleaned up. */
function deadly<A extends unknown[], R>(name: string, method: (...args: A) => Promise<R>) {
  return async (...args: A): Promise<R> => {
    const now = name === call && ++calls === Number(times);
    if (now && moment === 'before') process.kill(process.pid, 'SIGKILL');
    const result = await method(...args);
    if (now) process.kill(process.pid, 'SIGKILL');
    return result;
  };
}

const clickhouse = new ClickHouse(clickhouseUrl);
const records = new ClickHouseCdcRecords(clickhouse, slot);
const stageNames = loadStages(undefined).map((stage) => stage.name);
const target = new RawChangeTarget(clickhouse, new RawStore(clickhouse), stageNames, () =>
  new Date().toISOString(),
);
records.begin = deadly('begin', records.begin.bind(records));
records.confirm = deadly('confirm', records.confirm.bind(records));
target.stage = deadly('stage', target.stage.bind(target));
target.load = deadly('load', target.load.bind(target));
process.stdin.once('end', () => process.exit(0));
await once(process.stdin, 'data');
new Streaming(clickhouse, new Postgres(createDataSource(postgresUrl, [])), slot).start({
  parts: () => ({ records, target }),
});
