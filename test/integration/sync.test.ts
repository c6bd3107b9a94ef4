import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { loadSyncDefinitions } from '../../modules/sync/index.js';
import { definition, figures, NONE, SyncFixture } from './sync-fixture.js';
import { MAPPING, Probe, type ProbeRow } from './sync-probe.js';

let stores: SyncFixture;
beforeAll(async () => {
  stores = await SyncFixture.open();
}, 120_000);
afterAll(() => stores.close());

describe('difference and merge', () => {
  const rows: ProbeRow[] = ['a', 'b', 'c'].map((id) => ({
    id,
    part: 'x',
    body: `body of ${id}`,
    ratio: 0.5,
  }));

  it('inserts first, then writes nothing, then only what changed', async () => {
    const probe = await Probe.create(stores, 'life');
    await probe.setModel(rows);
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, inserted: 3 });
    const before = await probe.places();

    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, unchanged: 3 });
    expect(await probe.places()).toEqual(before);

    const changed = [rows[0], { ...rows[1], id: 'b', part: 'x', body: 'another' }, rows[2]].filter(
      (row) => row !== undefined,
    );
    await probe.setModel(changed);
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, updated: 1, unchanged: 2 });
    const after = await probe.places();
    expect([...after].filter(([key, place]) => before.get(key) !== place).map(([key]) => key)).toEqual([
      'b/x',
    ]);

    await probe.setModel(changed.slice(0, 2));
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, deleted: 1, unchanged: 2 });
    expect(await probe.keys()).toEqual(['a/x', 'b/x']);
    expect(await stores.confirmed('life')).toBe(2);

    await probe.setModel(changed);
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, inserted: 1, unchanged: 2 });
    expect(await probe.differences(changed)).toBe(0);
  });

  it('leaves rows that others wrote alone', async () => {
    const probe = await Probe.create(stores, 'foreign_rows');
    await stores.postgres.execute(
      `INSERT INTO insights.foreign_rows (id, part, as_of) VALUES ('theirs', 'x', now())`,
    );
    await probe.setModel(rows);
    await stores.sync(probe.definition);
    await probe.setModel([]);
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, deleted: 3 });
    expect(await probe.keys()).toEqual(['theirs/x']);
  });

  it('never deletes in upsert mode', async () => {
    const probe = await Probe.create(stores, 'upsert_only');
    const upsert = probe.define('upsert_only', { mode: 'upsert' });
    await probe.setModel(rows);
    await stores.sync(upsert);
    await probe.setModel(rows.slice(0, 1));
    expect(figures(await stores.sync(upsert))).toEqual({ ...NONE, unchanged: 1 });
    expect(await probe.keys()).toEqual(['a/x', 'b/x', 'c/x']);
  });

  it('takes as_of along, but never moves it alone', async () => {
    const probe = await Probe.create(stores, 'as_of_only');
    const asOf = () =>
      stores.postgres.query(
        `SELECT id, as_of FROM insights.as_of_only ORDER BY id`,
        [],
        z.object({ id: z.string(), as_of: z.string() }),
      );
    await probe.setModel(rows.slice(0, 2));
    await stores.sync(probe.definition);
    await probe.setModel([
      { id: 'a', part: 'x', body: 'body of a', ratio: 0.5, as_of: '2026-02-02T00:00:00.000001Z' },
      { id: 'b', part: 'x', body: 'new', ratio: 0.5, as_of: '2026-02-02T00:00:00.000001Z' },
    ]);
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, updated: 1, unchanged: 1 });
    expect(await asOf()).toEqual([
      { id: 'a', as_of: '2026-01-01T00:00:00Z' },
      { id: 'b', as_of: '2026-02-02T00:00:00.000001Z' },
    ]);
  });

  it('sees no change in an unmapped column or in the order of the mapping', async () => {
    const probe = await Probe.create(stores, 'unmapped');
    await probe.setModel(rows);
    await stores.sync(probe.definition);
    await stores.clickhouse.command(
      `ALTER TABLE insight_unmapped ADD COLUMN added String DEFAULT 'anything' FIRST`,
    );
    const reversed = probe.define('unmapped', {
      mapping: Object.fromEntries(Object.entries(MAPPING).reverse()),
    });
    expect(figures(await stores.sync(reversed))).toEqual({ ...NONE, unchanged: 3 });
  });

  it('sends every row again when the mapping changed, and says why', async () => {
    const probe = await Probe.create(stores, 'remapped');
    await probe.setModel(rows);
    await stores.sync(probe.definition);
    const changed = probe.define('remapped', {
      mapping: { ...MAPPING, body: '{ from: extra, type: text }', extra: '{ from: body, type: text }' },
    });
    const outcome = await stores.sync(changed);
    expect(figures(outcome)).toEqual({ ...NONE, updated: 3 });
    expect(outcome.reason).toBe('mapping_changed: 3');
    expect(await probe.differences(rows.map(({ body, ...row }) => ({ ...row, extra: body ?? null })))).toBe(
      0,
    );
    expect(figures(await stores.sync(changed))).toEqual({ ...NONE, unchanged: 3 });
  });

  it('tells apart what only looks alike when joined', async () => {
    const probe = await Probe.create(stores, 'boundaries');
    await probe.setModel([
      { id: 'a', part: 'bc', body: 'a', extra: 'bc' },
      { id: 'ab', part: 'c', body: null, extra: 'x' },
      { id: '', part: 'abc', body: 'null' },
    ]);
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, inserted: 3 });
    const moved: ProbeRow[] = [
      { id: 'a', part: 'bc', body: 'ab', extra: 'c' },
      { id: 'ab', part: 'c', body: '', extra: 'x' },
      { id: '', part: 'abc', body: null },
    ];
    await probe.setModel(moved);
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, updated: 3 });
    expect(await probe.differences(moved)).toBe(0);
  });

  it('carries every value exactly', async () => {
    const probe = await Probe.create(stores, 'exact');
    const texts = [
      'tab\there',
      'line\nbreak\r\n',
      'back\\slash \\N \\.',
      '\\.',
      '\\N',
      `'single' "double" \`tick\``,
      'é 漢字 🎭 \u2028',
      '',
      null,
      '\b\f\v',
      '{{key}} $1 %s',
    ];
    const values: ProbeRow[] = texts.map((body, index) => ({
      id: `${body ?? 'none'}`,
      part: String(index),
      body,
      extra: body,
    }));
    values.push({
      id: 'max',
      part: 'n',
      big: '9223372036854775807',
      amount: '12345678901234567890.123456789012345678',
      ratio: 0.1 + 0.2,
      flag: true,
    });
    values.push({
      id: 'min',
      part: 'n',
      big: '-9223372036854775808',
      amount: '-0.000000000000000001',
      ratio: -5e-324,
      flag: false,
    });
    values.push({
      id: 'odd',
      part: 'n',
      big: '9007199254740993',
      amount: '0.3',
      ratio: 1.7976931348623157e308,
    });
    values.push({
      id: 'time',
      part: 'n',
      at: '2026-03-29T01:30:00.123457Z',
      day: '2026-02-28',
      doc: '{"a": [1, "\\\\ \\n \\u00e9 \\"q\\""], "b": null}',
    });
    await probe.setModel(values);
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, inserted: values.length });
    expect(await probe.differences(values)).toBe(0);
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, unchanged: values.length });
    await probe.setModel([]);
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, deleted: values.length });
  });

  it('puts aside rows without a key or with the key of another, and sends the rest', async () => {
    const probe = await Probe.create(stores, 'refused');
    await probe.setModel(rows);
    await stores.sync(probe.definition);
    await probe.setModel([
      { id: null, part: 'x', body: 'no key' },
      { id: 'a', part: 'x', body: 'first' },
      { id: 'a', part: 'x', body: 'second' },
      { id: 'b', part: 'x', body: 'sent' },
    ]);
    for (const expected of [
      { ...NONE, updated: 1, deleted: 1, failed: 3 },
      { ...NONE, unchanged: 1, failed: 3 },
    ]) {
      const outcome = await stores.sync(probe.definition);
      expect(figures(outcome)).toEqual(expected);
      expect([outcome.status, outcome.reason]).toEqual(['partial', 'rejected: 3']);
    }
    // The row that became ambiguous stays as it was last confirmed.
    expect(await probe.keys()).toEqual(['a/x', 'b/x']);
    const rejects = () =>
      stores.clickhouse.rows(
        `SELECT record_key, error_code, attempts, isNotNull(resolved_at) AS resolved,
           if(JSONType(payload) = 'Array', JSONExtractArrayRaw(payload), [payload]) AS copies,
           arrayMap(copy -> JSONExtractString(copy, 'body'), copies) AS bodies
         FROM sync_rejects WHERE sync = 'refused' ORDER BY error_code`,
        {},
        z.object({
          record_key: z.array(z.string()),
          error_code: z.string(),
          attempts: z.number(),
          resolved: z.number(),
          bodies: z.array(z.string()),
        }),
      );
    const duplicate = {
      record_key: ['a', 'x'],
      error_code: 'duplicate_key',
      attempts: 2,
      resolved: 0,
      bodies: ['first', 'second'],
    };
    const keyless = {
      record_key: ['', 'x'],
      error_code: 'null_key',
      attempts: 2,
      resolved: 0,
      bodies: ['no key'],
    };
    expect(await rejects()).toEqual([duplicate, keyless]);

    await probe.setModel([
      { id: 'a', part: 'x', body: 'first' },
      { id: 'b', part: 'x', body: 'sent' },
    ]);
    expect(figures(await stores.sync(probe.definition))).toEqual({ ...NONE, updated: 1, unchanged: 1 });
    expect(await rejects()).toEqual([
      { ...duplicate, resolved: 1 },
      { ...keyless, resolved: 1 },
    ]);
  });
});

describe('the step', () => {
  const ledgerRow = z.object({
    name: z.string(),
    status: z.string(),
    inserted: z.string(),
    unchanged: z.string(),
    reason: z.string().nullable(),
  });
  const ledgerOf = (runId: string) =>
    stores.postgres.query(
      `SELECT name, status, inserted, unchanged, reason FROM insights_ops.sync_runs WHERE run_id = $1 ORDER BY name`,
      [runId],
      ledgerRow,
    );

  it('goes on after a sync that fails, and keeps the outcome of each', async () => {
    const good = await Probe.create(stores, 'good');
    await good.setModel([{ id: 'a', part: 'x' }]);
    const lost = definition(
      'name: lost\nmodel: insight_good\nmode: mirror\nkey: [id, part]\ntarget: { kind: postgres, table: insights.nowhere }\nmapping: { id: { type: text }, part: { type: text }, body: { type: text } }',
    );
    const context = await stores.context();
    const outcomes = await stores.run([lost, good.definition], context);
    expect(outcomes.map(({ name, status, error }) => [name, status, error?.code, error?.class])).toEqual([
      ['lost', 'failed', 'missing_table', 'configuration'],
      ['good', 'succeeded', undefined, undefined],
    ]);
    expect(await ledgerOf(context.runId)).toEqual([
      { name: 'good', status: 'succeeded', inserted: '1', unchanged: '0', reason: null },
      { name: 'lost', status: 'failed', inserted: '0', unchanged: '0', reason: 'missing_table' },
    ]);
    const history = await stores.clickhouse.rows(
      `SELECT sync, status, inserted, finished_at >= started_at AS ordered FROM sync_runs WHERE run_id = {id: UUID} ORDER BY sync`,
      { id: context.runId },
      z.unknown(),
    );
    expect(history).toEqual([
      { sync: 'good', status: 'succeeded', inserted: '1', ordered: 1 },
      { sync: 'lost', status: 'failed', inserted: '0', ordered: 1 },
    ]);
  });

  it('keeps the last outcome of a sync that one run repeats', async () => {
    const probe = await Probe.create(stores, 'attempts');
    await probe.setModel([{ id: 'a', part: 'x' }]);
    const context = await stores.context();
    await stores.run([probe.definition], context);
    await stores.run([probe.definition], context);
    expect(await ledgerOf(context.runId)).toEqual([
      { name: 'attempts', status: 'succeeded', inserted: '0', unchanged: '1', reason: null },
    ]);
  });

  it('stops between two syncs when asked to', async () => {
    const probe = await Probe.create(stores, 'stopped');
    await probe.setModel([{ id: 'a', part: 'x' }]);
    const stop = new AbortController();
    const phases: string[] = [];
    const onProgress = ({ phase }: { phase: string }) => {
      phases.push(phase);
      stop.abort(new Error('stopping'));
    };
    const context = await stores.context({ signal: stop.signal, onProgress, runId: randomUUID() });
    await expect(
      stores.run([probe.definition, { ...probe.definition, name: 'never' }], context),
    ).rejects.toThrow('stopping');
    expect([phases, (await ledgerOf(context.runId)).map(({ name }) => name)]).toEqual([
      ['sync stopped'],
      ['stopped'],
    ]);
  });

  it('ships definitions whose models and targets exist', async () => {
    const outcomes = await stores.run(loadSyncDefinitions());
    expect(outcomes.map(({ name, target, status }) => [name, target, status])).toEqual([
      ['deal_health', 'postgres', 'succeeded'],
      ['entity_badges', 'postgres', 'succeeded'],
      ['entity_benchmarks', 'postgres', 'succeeded'],
      ['affinity_model', 'graph', 'succeeded'],
      ['entity_success', 'graph', 'succeeded'],
      ['pair_success', 'graph', 'succeeded'],
    ]);
  });
});
