import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Kill, SyncFixture } from './sync-fixture.js';
import { Probe, type ProbeRow } from './sync-probe.js';

let stores: SyncFixture;
beforeAll(async () => {
  stores = await SyncFixture.open();
}, 120_000);
afterAll(() => stores.close());

/** NUL and lone surrogates cannot be stored as Postgres text; everything else can. */
const text = fc.string({ unit: 'binary', maxLength: 12 }).map((value) => value.replaceAll('\0', ''));
const key = fc.constantFrom('', 'a', 'b', 'ab', 'a\tb', '\\N', 'ü');
const nullable = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { freq: 4 });
const row: fc.Arbitrary<ProbeRow> = fc.record({
  id: key,
  part: key,
  body: nullable(text),
  extra: nullable(text),
  big: nullable(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
  amount: nullable(fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n }).map((digits) => decimal(digits, 18))),
  flag: nullable(fc.boolean()),
  at: nullable(
    fc
      .date({ min: new Date('1970-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
      .map((at) => at.toISOString()),
  ),
});
const model = fc.uniqueArray(row, { selector: ({ id, part }) => JSON.stringify([id, part]), maxLength: 12 });
/** A run that is killed, and the model it saw: null where that is the model of the run after it. */
const killed = fc.option(
  fc.record({
    kill: fc.constantFrom<Kill>('before commit', 'before confirm'),
    rows: fc.option(model, { freq: 2 }),
  }),
  { freq: 2 },
);
/** `rows` null: the model is as it was, so that what a killed run wrote in between has to go again. */
const history = fc.array(fc.record({ rows: fc.option(model, { freq: 2 }), killed }), {
  minLength: 3,
  maxLength: 3,
});

function decimal(digits: bigint, scale: number): string {
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  return `${digits < 0n ? '-' : ''}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

it('makes the target equal to the model, whatever the model was before and wherever earlier runs were killed', async () => {
  const probe = await Probe.create(stores, 'any_history');
  const foreign: ProbeRow = { id: 'foreign', part: 'row', body: 'not ours' };
  await stores.postgres.execute(
    `INSERT INTO insights.any_history (id, part, body, as_of) VALUES ('foreign', 'row', 'not ours', now())`,
  );
  let rows: ProbeRow[] = [];
  await fc.assert(
    // The target and the state go on from one history to the next, as in life.
    fc.asyncProperty(history, async (steps) => {
      for (const step of steps) {
        const next = step.rows ?? rows;
        if (step.killed !== null) {
          await probe.setModel(step.killed.rows ?? next);
          await stores.runAndKill([probe.definition], step.killed.kill);
        }
        await probe.setModel(next);
        rows = next;
        const outcome = await stores.sync(probe.definition);
        expect(outcome.status).toBe('succeeded');
        expect(await probe.differences([...rows, foreign])).toBe(0);
        expect(await stores.confirmed('any_history')).toBe(rows.length);
      }
    }),
    { numRuns: 30, endOnFailure: true },
  );
}, 300_000);
