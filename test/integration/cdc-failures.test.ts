import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { migrations } from '../../migrations/postgres/index.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { putMarket, uuidOf } from '../factories/product-rows.js';
import { eventually } from '../support/async.js';
import { doubled, rawNow, sourceNow, Streaming } from '../support/cdc.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(240_000);

/** Where the processes die that stream one after the other in the first test; the one of the second test. */
const PLACES = [
  'stage:after:1',
  'begin:before:1',
  'begin:after:1',
  'load:after:1',
  'load:after:2',
  'confirm:after:1',
];
const TWIN = 'load:after:2';

let world: Warehouse;
let cdc: Streaming;
let mortals: Mortal[];
/** One slot for all tests: each goes on where the last one left it. */
beforeAll(async () => {
  world = await Warehouse.open();
  const ledger = new Postgres(createDataSource(world.stores.postgresUrl, migrations));
  await ledger.migrate();
  await ledger.close();
  await putMarket(world.postgres);
  await world.put('partnerships', {});
  cdc = new Streaming(world.clickhouse, world.postgres, `cdc_${randomBytes(6).toString('hex')}`);
  // They load while the first whole read goes on, and wait for their turn.
  mortals = [...PLACES, TWIN].map((where) => new Mortal(where));
  cdc.start();
  await cdc.caughtUp(150_000);
  await eventually(() => expect(cdc.reasons).toEqual(['first']));
  await cdc.stop();
});
afterAll(async () => {
  for (const one of mortals) one.end();
  await cdc.remove();
  await world.close();
});
beforeEach(() => {
  cdc.reasons.length = 0;
  cdc.logged.length = 0;
});
afterEach(() => cdc.stop());

/** A process that streams from go() on and kills itself at a place, as SIGKILL does it: nothing is cleaned up. */
class Mortal {
  private readonly child: ChildProcess;
  private readonly exit: Promise<unknown[]>;

  constructor(readonly where: string) {
    this.child = spawn(
      process.execPath,
      [
        '--import',
        './src/typescript/register.mjs',
        join(import.meta.dirname, 'cdc.main.ts'),
        world.stores.clickhouseUrl,
        world.stores.postgresUrl,
        cdc.slot,
        where,
      ],
      { stdio: ['pipe', 'inherit', 'inherit'] },
    );
    this.exit = once(this.child, 'exit');
  }

  go(): void {
    this.child.stdin?.write('go\n');
  }

  async died(): Promise<void> {
    const [code, signal] = await this.exit;
    expect({ where: this.where, code, signal }).toEqual({ where: this.where, code: null, signal: 'SIGKILL' });
  }

  end(): void {
    this.child.kill('SIGKILL');
  }
}

const sql = (...statements: string[]) =>
  world.postgres.transaction(async (session) => {
    for (const statement of statements) await session.execute(statement);
  });
async function expectSame(...names: string[]): Promise<void> {
  for (const name of names) {
    expect([name, await rawNow(world.clickhouse, name)]).toEqual([
      name,
      await sourceNow(world.postgres, name),
    ]);
    expect([name, await doubled(world.clickhouse, name)]).toEqual([name, []]);
  }
}
const MILESTONE = `INSERT INTO product.milestones VALUES`;
const milestone = (n: number) =>
  `('${uuidOf(`m${n}`)}', '${uuidOf('deal')}', false, NULL, NULL, '2026-01-01Z')`;
/** Sets the tier of an entity. */
const tier = (name: string, to: string) =>
  `UPDATE product.entities SET tier = '${to}' WHERE id = '${uuidOf(name)}'`;
const tiers = (name: string) =>
  world.list(`SELECT tier FROM raw_entities WHERE id = {id: UUID} ORDER BY _version_at, _extracted_at`, {
    id: uuidOf(name),
  });
/** The server process that sends the log to whoever streams; null when nobody does. */
const sender = async (): Promise<number | null> => {
  const [row] = await world.postgres.query(
    `SELECT active_pid FROM pg_replication_slots WHERE slot_name = $1`,
    [cdc.slot],
    z.object({ active_pid: z.number().nullable() }),
  );
  return row?.active_pid ?? null;
};

describe('killed between two steps', () => {
  it('loads every version once, wherever it was killed', async () => {
    for (const [n, one] of mortals.slice(0, PLACES.length).entries()) {
      await sql(
        // A, B and A again: the last hash alone would not tell a replay.
        tier('Acme', 'professional'),
        tier('Acme', 'individual'),
        tier('Acme', 'professional'),
        `${MILESTONE} ${milestone(n)}`,
        `UPDATE product.milestones SET completed = NOT completed WHERE id = '${uuidOf('m0')}'`,
      );
      await sql(tier('Acme', 'enterprise'));
      one.go();
      await one.died();
    }
    cdc.start();
    await cdc.caughtUp();
    await expectSame('entities', 'milestones');
    expect(await tiers('Acme')).toEqual([
      'enterprise',
      ...PLACES.flatMap(() => ['professional', 'individual', 'professional', 'enterprise']),
    ]);
    expect(cdc.reasons).toEqual([]);
  });
});

describe('two processes on one slot', () => {
  it('stream one at a time: the second waits, says so, and takes over when the first is killed', async () => {
    await world.put('entities', { id: uuidOf('Shared'), name: 'Shared' });
    const twin = mortals.at(-1);
    twin?.go();
    const sending = await eventually(async () => {
      const pid = await sender();
      expect(pid).not.toBeNull();
      return pid;
    }, 30_000);
    cdc.start();
    const said = () => cdc.logged.map(({ msg }) => msg);
    const waits = 'another process streams; waiting to take over';
    await eventually(() => expect(said()).toEqual([waits]));

    await cdc.caughtUp();
    expect(await tiers('Shared')).toEqual(['enterprise']);
    expect({ said: said(), sending: await sender() }).toEqual({ said: [waits], sending });

    // It dies with these versions in raw, which nobody has confirmed.
    await sql(tier('Shared', 'individual'), tier('Shared', 'enterprise'), tier('Shared', 'individual'));
    await twin?.died();
    await sql(tier('Shared', 'professional'));
    await cdc.caughtUp();
    expect(said().slice(0, 2)).toEqual([waits, 'the other process streams no more; taking over']);
    expect(await tiers('Shared')).toEqual([
      'enterprise',
      'individual',
      'enterprise',
      'individual',
      'professional',
    ]);
    await expectSame('entities', 'milestones', 'partnerships');
    expect(cdc.reasons).toEqual([]);
  });
});

describe('a stream that cannot go on', () => {
  it.each([
    [
      'slot_missing',
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1`,
    ],
    ['slot_ahead', `SELECT pg_replication_slot_advance($1, pg_current_wal_lsn())`],
    ['publication_changed', ''],
  ])('reads everything again for %s, and sees what was deleted meanwhile', async (reason, statement) => {
    const [kept, deleted] = [uuidOf(`kept ${reason}`), uuidOf(`deleted ${reason}`)];
    await world.put('milestones', { id: kept }, { id: deleted });
    cdc.start();
    await cdc.caughtUp();
    await cdc.stop();
    const { handOvers: before } = await cdc.monitor.status();
    await sql(`DELETE FROM product.milestones WHERE id = '${deleted}'`);
    if (statement) await eventually(() => world.postgres.execute(statement, [cdc.slot]));
    else await world.postgres.execute(`DROP PUBLICATION ${cdc.slot}`);
    cdc.start();
    await eventually(() => expect(cdc.reasons).toEqual([reason]), 60_000);
    await cdc.caughtUp();
    await expectSame('milestones', 'partnerships', 'entities');
    const { handOvers } = await cdc.monitor.status();
    expect(handOvers.map((one) => one.reason)).toEqual([reason, ...before.map((one) => one.reason)]);
  });

  it('stops the source whose column is gone, and it alone', async () => {
    cdc.start();
    await cdc.caughtUp();
    expect(cdc.reasons).toEqual([]);
    await sql(
      `ALTER TABLE product.trends ADD COLUMN more text`,
      `UPDATE product.entities SET tier = 'individual'`,
    );
    await world.put('trends', {});
    await cdc.caughtUp();
    await expectSame('trends', 'entities');
    try {
      await sql('ALTER TABLE product.trends RENAME COLUMN category TO kind');
      await sql(
        `UPDATE product.trends SET name = 'unseen'`,
        `UPDATE product.entities SET tier = 'professional'`,
      );
      await cdc.caughtUp();
      expect((await cdc.monitor.status()).streamed).not.toContain('trends');
      await expectSame('entities');
    } finally {
      await sql(
        'ALTER TABLE product.trends RENAME COLUMN kind TO category',
        'ALTER TABLE product.trends DROP COLUMN more',
      );
    }
    await cdc.stop();
    cdc.start();
    await eventually(() => expect(cdc.reasons).toEqual(['sources_changed']), 60_000);
    await cdc.caughtUp();
    await expectSame('trends', 'entities');
  });
});

describe('the hand-over under writers', () => {
  it('has no gap and no double row', async () => {
    await eventually(() => world.postgres.execute(`SELECT pg_drop_replication_slot($1)`, [cdc.slot]));
    const writing = new AbortController();
    let commits = 0;
    const writer = async (who: number): Promise<void> => {
      for (let n = 0; !writing.signal.aborted; n++, commits++)
        await sql(
          `${MILESTONE} ('${uuidOf(`w${who}-${n}`)}', '${uuidOf('deal')}', false, NULL, NULL, now())`,
          `UPDATE product.milestones SET completed = true, updated_at = now() WHERE id = '${uuidOf(`w${who}-${n - 1}`)}'`,
          `DELETE FROM product.milestones WHERE id = '${uuidOf(`w${who}-${n - 3}`)}' AND ${n % 2 === 0}`,
          `UPDATE product.partnerships SET deal_value = deal_value + 1`,
        );
    };
    const writers = [writer(1), writer(2)];
    const until = (count: number) => eventually(() => expect(commits).toBeGreaterThan(count), 60_000);
    await until(20);
    cdc.start();
    await eventually(() => expect(cdc.reasons).toEqual(['slot_missing']), 90_000);
    await until(commits + 20);
    writing.abort();
    await Promise.all(writers);
    // The writers did not wait for anybody: on a busy machine there is a backlog.
    await cdc.caughtUp(150_000);
    await expectSame('milestones', 'partnerships');
    // After what the snapshot showed every version follows, one by one to the last.
    const values = (
      await world.list(`SELECT toInt64(deal_value) FROM raw_partnerships ORDER BY _version_at, _extracted_at`)
    ).map(Number);
    const streamed = values.slice(1);
    expect(streamed.length).toBeGreaterThan(20);
    expect(streamed).toEqual(streamed.map((_, n) => (streamed[0] ?? 0) + n));
    expect(values.at(-1)).toBe((values[0] ?? 0) + commits);
  });
});
