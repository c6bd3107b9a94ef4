import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import {
  BATCHES,
  expectedVersions,
  historyOf,
  instantOf,
  MINUTES,
  type ExpectedVersion,
  type Write,
} from '../factories/entity-history.js';
import { uuidOf } from '../factories/product-rows.js';
import { Warehouse } from '../support/warehouse.js';

jest.setTimeout(560_000);

/** Replayed side by side, for it is the extractions that take time and not their rows. */
const SUBJECTS = Array.from({ length: 40 }, (_, n) =>
  ['one', 'two', 'three'].map((name) => `${name} of ${n}`),
);
const MOMENTS = ['1950-01-01T00:00:00.000000Z', ...Array.from({ length: MINUTES }, (_, n) => instantOf(n))];
const subjectOf = new Map(SUBJECTS.flat().map((subject) => [uuidOf(subject), subject]));

const versionRow = z
  .object({
    id: z.string(),
    version: z.number(),
    name: z.string(),
    deleted: z.boolean(),
    from: z.string(),
    to: z.string(),
    current: z.boolean(),
  })
  .transform(({ id, ...rest }): ExpectedVersion => ({ subject: subjectOf.get(id) ?? id, ...rest }));
const joinRow = z
  .object({ id: z.string(), at: z.string(), version: z.number().nullable() })
  .transform(({ id, at, version }) => `${subjectOf.get(id) ?? id} ${at} ${version}`);

let world: Warehouse;
beforeAll(async () => {
  world = await Warehouse.open();
  await world.put('tenants', {});
  // One activity and one measurement a subject and moment: what a fact of that time joins.
  const facts = SUBJECTS.flat().flatMap((subject) => MOMENTS.map((at) => ({ id: uuidOf(subject), at })));
  await world.put(
    'user_activity',
    ...facts.map(({ id, at }, n) => ({ id: n, target_entity_id: id, occurred_at: at })),
  );
  await world.put(
    'trend_metrics',
    ...facts.map(({ id, at }, n) => ({ id: n, trend_id: id, measured_at: at })),
  );
  await world.extract({ only: ['user_activity', 'trend_metrics'] });
});
afterAll(() => world.close());

/** Applies the writes in order, extracting after each batch; `forgotten` says before which extraction the cursors are lost. */
async function replay(histories: readonly Write[][][], forgotten: readonly boolean[]): Promise<void> {
  await world.postgres.execute('TRUNCATE product.entities, product.trends CASCADE');
  for (const table of ['raw_entities', 'raw_trends', 'raw_cursors'])
    await world.clickhouse.command(`TRUNCATE TABLE ${table}`);
  for (let batch = 0; batch < BATCHES; batch += 1) {
    // What one subject goes through inside a batch no extraction sees: its last state is the batch.
    const last = new Map(
      histories.flatMap((batches) => batches[batch] ?? []).map((write) => [write.subject, write]),
    );
    const rows = [...last.values()].map((write) => ({
      ...write,
      id: uuidOf(write.subject),
      at: instantOf(write.minute),
    }));
    await world.put('trends', ...rows.map(({ id, name, at }) => ({ id, name, updated_at: at })));
    await world.put(
      'entities',
      ...rows.map(({ id, name, at, deleted }) => ({
        id,
        name,
        updated_at: at,
        deleted_at: deleted ? at : null,
      })),
    );
    if (forgotten[batch]) await world.clickhouse.command('TRUNCATE TABLE raw_cursors');
    await world.extract({ only: ['entities', 'trends'], lagSeconds: 3600 });
  }
  await world.build(['dim_user', 'dim_entity', 'dim_trend', 'fact_user_activity', 'fact_trend_metrics']);
}

const versions = (dimension: 'entity' | 'trend') =>
  world.clickhouse.rows(
    `SELECT ${dimension}_id AS id, version, ${dimension}_name AS name, ${dimension === 'entity' ? 'is_deleted' : 'false'} AS deleted,
       valid_from AS from, valid_to AS to, is_current AS current
     FROM dim_${dimension} WHERE ${dimension}_key != 0`,
    {},
    versionRow,
  );

const joins = {
  activity: `SELECT s.target_entity_id AS id, f.activity_timestamp AS at, d.version AS version FROM fact_user_activity AS f
    INNER JOIN raw_user_activity AS s ON s.id = f.activity_id
    LEFT JOIN (SELECT * FROM dim_entity WHERE entity_key != 0) AS d ON d.entity_key = f.target_entity_key`,
  metric: `SELECT s.trend_id AS id, f.measured_at AS at, d.version AS version FROM fact_trend_metrics AS f
    INNER JOIN raw_trend_metrics AS s ON s.id = f.metric_id
    LEFT JOIN (SELECT * FROM dim_trend WHERE trend_key != 0) AS d ON d.trend_key = f.trend_key`,
};

const expectedJoins = (expected: readonly ExpectedVersion[]): string[] =>
  SUBJECTS.flat().flatMap((subject) =>
    MOMENTS.map((at) => {
      const valid = expected.find((row) => row.subject === subject && row.from <= at && at < row.to);
      return `${subject} ${at} ${valid?.version ?? null}`;
    }),
  );

const sorted = (rows: readonly ExpectedVersion[]): string[] =>
  rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();

describe('SCD 2', () => {
  it('agrees with a naive reference over random histories, however the extractions cut and repeat them', async () => {
    const keys = new Map<string, unknown>();
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(...SUBJECTS.map(historyOf)),
        fc.array(fc.boolean(), { minLength: BATCHES, maxLength: BATCHES }),
        async (histories, forgotten) => {
          await replay(histories, forgotten);
          const expected = (withDeleted: boolean) =>
            histories.flatMap((batches, n) => expectedVersions(SUBJECTS[n] ?? [], batches, withDeleted));
          const [entities, trends] = [expected(true), expected(false)];
          expect(sorted(await versions('entity'))).toEqual(sorted(entities));
          expect(sorted(await versions('trend'))).toEqual(sorted(trends));
          expect((await world.clickhouse.rows(joins.activity, {}, joinRow)).sort()).toEqual(
            expectedJoins(entities).sort(),
          );
          expect((await world.clickhouse.rows(joins.metric, {}, joinRow)).sort()).toEqual(
            expectedJoins(trends).sort(),
          );
          // A key depends on id and version alone, whatever history it came from.
          for (const row of await world.rows(`SELECT entity_id, version, entity_key FROM dim_entity`)) {
            const name = `${String(row.entity_id)} ${String(row.version)}`;
            expect(keys.get(name) ?? row.entity_key).toBe(row.entity_key);
            keys.set(name, row.entity_key);
          }
        },
      ),
      { numRuns: 3, endOnFailure: true },
    );
    expect(new Set(keys.values()).size).toBe(keys.size);
  });
});
