import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { ReconcileSync } from '../../modules/sync/application/reconcile-sync.js';
import type { SyncDefinition } from '../../modules/sync/domain/definition.js';
import { parseSyncDefinition } from '../../modules/sync/domain/parse-definition.js';
import { isReconciled, reconciliationText, repairKeys } from '../../modules/sync/domain/reconciliation.js';
import { ClickHouseChangeStore } from '../../modules/sync/infrastructure/change-store/clickhouse-change-store.js';
import { ClickHouseFingerprints } from '../../modules/sync/infrastructure/fingerprints/clickhouse-fingerprints.js';
import { PostgresTarget } from '../../modules/sync/infrastructure/postgres-target/postgres-target.js';
import { insightStores } from '../support/insight-stores.js';

jest.setTimeout(180_000);

const stores = await insightStores();
const { clickhouse, postgres } = stores;
const COLUMNS = `note Nullable(String), n Nullable(Int64), price Nullable(Decimal(38, 18)), share Nullable(Float64), flag Nullable(Bool),
  day Nullable(Date32), doc Nullable(String)`;
await clickhouse.command(
  `CREATE TABLE insight_compared (id String, at DateTime64(6, 'UTC'), ${COLUMNS}) ENGINE = MergeTree ORDER BY id`,
);
await postgres.execute(
  `CREATE TABLE insights.compared (id text, at timestamptz, note text, n bigint, price numeric, share double precision, flag boolean,
    day date, doc jsonb, PRIMARY KEY (id, at))`,
);
afterAll(() => stores.close());

const TEXT = `
name: compared
model: insight_compared
mode: mirror
key: [id, at]
target: { kind: postgres, table: insights.compared }
mapping: { id: text, at: instant, note: text, n: integer, price: decimal, share: float, flag: boolean, day: date, doc: json }
trigger: manual
`;
const definition = parseSyncDefinition(TEXT, 'compared.yaml');
const target = new PostgresTarget(postgres);
const unused = {
  check: () => Promise.reject(new Error('unused')),
  write: () => Promise.reject(new Error('unused')),
};
const reconciler = new ReconcileSync(
  { postgres: target, graph: { batchSize: 1, ...unused }, webhook: { batchSize: 1, ...unused } },
  new ClickHouseFingerprints(clickhouse),
);
const reconcile = (of: SyncDefinition = definition) =>
  reconciler.reconcile(of, { id: randomUUID(), limit: 1000, onProgress: () => undefined });

/** What a run does between its lease and its outcome. */
let token = 0;
async function send(of: SyncDefinition = definition): Promise<void> {
  token += 1;
  await postgres.execute(
    `INSERT INTO insights_ops.sync_leases (sync, token) VALUES ($1, $2) ON CONFLICT (sync) DO UPDATE SET token = excluded.token`,
    [of.name, token],
  );
  const fence = { sync: of.name, token: String(token), check: () => Promise.resolve() };
  const staged = await new ClickHouseChangeStore(clickhouse).stage(
    of,
    { runId: randomUUID(), token: fence.token },
    {},
  );
  for (const range of staged.ranges) {
    staged.begin(range);
    await target.write(of, staged, range, fence, new AbortController().signal);
    await staged.confirm(range);
    staged.settle(range);
  }
  await staged.drop();
}

const AT = '2026-01-02T03:04:05.123456Z';
const row = (n: number) => ({
  id: `é\t${n}`,
  at: AT,
  note: n % 5 === 0 ? null : `'note' ${n}\n🦊`,
  n: n % 7 === 0 ? null : String(9007199254740993n + BigInt(n)),
  price: ['1.500000000000000000', '-0.250000000000000000', '100', '0', null][n % 5],
  share: [0, -0, 0.1, 1e300, -5e-324, null][n % 6],
  flag: n % 2 === 0,
  day: n % 3 === 0 ? '1969-12-31' : '2299-12-31',
  doc: '{"a": 1.10}',
});
const model = async (rows: object[]): Promise<void> => {
  await clickhouse.command('TRUNCATE TABLE insight_compared');
  await clickhouse.insertRows('insight_compared', rows);
};
const fresh = async (rows: object[]): Promise<void> => {
  await clickhouse.command('TRUNCATE TABLE sync_state');
  await postgres.execute('TRUNCATE insights.compared');
  await model(rows);
  await send();
};
const ids = (keys: string[][]): string[] => keys.map(([id = '']) => id).sort();
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_one, n) => from + n);

describe('reconcile', () => {
  it('finds nothing in what was just sent, values of every type included', async () => {
    await fresh(numbers(0, 200).map(row));
    const result = await reconcile();
    expect(result).toMatchObject({
      buckets: { compared: 16, differing: 0 },
      modelRows: 200,
      targetRows: 200,
      notCompared: [{ column: 'doc', reason: 'json' }],
    });
    expect(isReconciled(result)).toBe(true);
  });

  it('tells what the model will change from what somebody else changed', async () => {
    await fresh(numbers(0, 6).map(row));
    await postgres.execute(`UPDATE insights.compared SET note = 'edited' WHERE id = $1`, [row(1).id]);
    await postgres.execute(`DELETE FROM insights.compared WHERE id = $1`, [row(2).id]);
    await postgres.execute(`INSERT INTO insights.compared (id, at) VALUES ('foreign', $1)`, [AT]);
    // Of the model: 3 moves, 4 leaves, 5 comes twice, 6 is new.
    await model([row(0), row(1), row(2), { ...row(3), note: 'moved' }, row(5), row(5), row(6)]);
    const result = await reconcile();
    expect({
      missing: ids(result.missing.keys),
      edited: ids(result.edited.keys),
      pending: ids(result.pending.keys),
      leftover: ids(result.leftover.keys),
      foreign: ids(result.foreign.keys),
      refused: ids(result.refused.keys),
    }).toEqual({
      missing: [row(2).id],
      edited: [row(1).id],
      pending: [row(3).id, row(6).id],
      leftover: [row(4).id],
      foreign: ['foreign'],
      refused: [row(5).id],
    });
    expect(isReconciled(result)).toBe(false);
    expect(ids(repairKeys(result))).toEqual([row(1).id, row(2).id]);
    expect(reconciliationText(result).split('\n').slice(0, 2)).toEqual([
      'compared: the target differs from what was confirmed',
      `7 rows in the model, 6 in the target; ${result.buckets.differing} of 16 buckets differ`,
    ]);
  });

  it('finds exactly the random edits, deletes and inserts of others', async () => {
    const all = numbers(0, 60);
    const subset = fc.subarray(all);
    await fc.assert(
      fc.asyncProperty(subset, subset, fc.nat({ max: 5 }), async (edited, deleted, added) => {
        await fresh(all.map(row));
        const idsOf = (some: number[]) => some.map((n) => row(n).id);
        await postgres.execute(`UPDATE insights.compared SET n = -1 WHERE id = ANY($1)`, [idsOf(edited)]);
        await postgres.execute(`DELETE FROM insights.compared WHERE id = ANY($1)`, [idsOf(deleted)]);
        await postgres.execute(
          `INSERT INTO insights.compared (id, at) SELECT 'foreign ' || i, $2 FROM generate_series(1, $1::int) i`,
          [added, AT],
        );
        const result = await reconcile();
        expect(ids(result.missing.keys)).toEqual(idsOf(deleted).sort());
        expect(ids(result.edited.keys)).toEqual(idsOf(edited.filter((n) => !deleted.includes(n))).sort());
        expect([result.foreign.rows, result.leftover.rows, result.pending.rows]).toEqual([added, 0, 0]);
      }),
      { numRuns: 8 },
    );
  });

  it('says so when the target cannot be read', async () => {
    const hook = parseSyncDefinition(
      TEXT.replace(/^target: .*$/m, 'target: { kind: webhook, url: "https://example.org/x", secret: HOOK }'),
      'hook.yaml',
    );
    await expect(reconcile(hook)).rejects.toMatchObject({
      class: 'configuration',
      code: 'target_not_readable',
    });
  });
});
