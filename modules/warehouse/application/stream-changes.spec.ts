import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/kernel/errors.js';
import { createLogger } from '../../../src/platform/logging/logging.js';
import type { CdcPosition, StreamedSource, WalMessage } from '../domain/cdc.js';
import type { CdcBatch, ChangeStream, PreparedLog, StreamHandler } from './cdc-ports.js';
import { StreamChanges, type StreamChangesParts } from './stream-changes.js';

const people: StreamedSource = {
  definition: { name: 'people', key: ['id'], columns: [{ name: 'id', type: 'bigint' }] },
  table: { oid: 7, name: 'product.people' },
  columns: [{ name: 'id', typeOid: 20, typeModifier: -1 }],
  fingerprint: 'f1',
};
const table = {
  oid: 7,
  name: 'product.people',
  columns: [{ name: 'id', typeOid: 20, typeModifier: -1, key: true }],
};
const insert = (id: string): WalMessage => ({ tag: 'insert', table, row: [id] });
const begin: WalMessage = { tag: 'begin' };
const commit = (endLsn: bigint): WalMessage => ({
  tag: 'commit',
  endLsn,
  committedAt: '2026-06-17T12:00:00.000000Z',
});
/** A batch that a process which died had begun. */
const begun: CdcBatch = {
  generation: 'g',
  from: 100n,
  to: 120n,
  base: '2026-06-17T11:11:11.000000Z',
  rows: 2,
  truncated: [],
  committedAt: null,
};
const followed: CdcPosition = { origin: 'o', generation: 'g', lsn: 100n, sources: { people: 'f1' } };

type Follow = (handler: StreamHandler, stream: ChangeStream, stop: () => void) => Promise<void>;

/** A world that notes what is asked of it. Each entry of `follows` is one connection to the log. */
function world(
  follows: Follow[],
  changes: {
    position?: CdcPosition | null;
    interrupted?: CdcBatch;
    prepared?: Partial<PreparedLog>;
    only?: boolean[];
    loadFails?: () => boolean;
    rows?: number;
    currentLsn?: bigint;
    source?: StreamedSource;
    checkMs?: number;
    /** Whether raw has rows of the interrupted batch. */
    landed?: boolean;
    /** Instants that others reached while a batch was being begun. */
    passed?: string[];
  } = {},
) {
  const notes: string[] = [];
  const stop = new AbortController();
  let position: CdcPosition | null = changes.position === undefined ? followed : changes.position;
  let interrupted = changes.interrupted ?? null;
  const slot = changes.position === null ? null : { confirmed: 100n, lost: false };
  const parts: StreamChangesParts = {
    log: {
      prepare: () =>
        Promise.resolve({
          origin: 'o',
          sources: [changes.source ?? people],
          refused: [],
          published: true,
          slot,
          ...changes.prepared,
        }),
      withNewSlot: (_sources, work) => work({ lsn: 500n, snapshot: 's' }),
      follow: async (from, handler) => {
        notes.push(`follow ${from}`);
        const stream = { confirm: (lsn: bigint) => void notes.push(`confirm ${lsn}`) };
        await follows.shift()?.(handler, stream, () => stop.abort());
        if (follows.length === 0) stop.abort();
      },
      readBack: () => Promise.resolve(new Map()),
      currentLsn: () => Promise.resolve(changes.currentLsn ?? 10n ** 9n),
      isPublished: () => Promise.resolve(true),
      lag: () => Promise.resolve(null),
    },
    records: {
      position: () => Promise.resolve(position),
      interrupted: () => Promise.resolve(interrupted),
      handedOver: (made, reason) => {
        position = made;
        notes.push(`handed over ${reason} at ${made.lsn}`);
        return Promise.resolve();
      },
      begin: (batch) => {
        interrupted = batch;
        notes.push(`begin ${batch.from}..${batch.to}`);
        return Promise.resolve();
      },
      confirm: (batch, moved) => {
        position = moved;
        interrupted = null;
        notes.push(`done ${batch.to} rows ${batch.rows}`);
        return Promise.resolve();
      },
    },
    target: {
      nextInstant: (_sources, from) => {
        const past = from === undefined ? undefined : changes.passed?.shift();
        return Promise.resolve(past ?? from ?? '2026-06-17T12:00:00.000000Z');
      },
      confirmedInstant: () => Promise.resolve('2026-06-17T12:00:00.000000Z'),
      landed: () => Promise.resolve(changes.landed ?? false),
      stage: (_source, lines) => {
        notes.push(`stage ${lines.map((line) => line.trim().split('\t').join(' ')).join(', ')}`);
        return Promise.resolve();
      },
      load: (_source, batch) => {
        notes.push(`load from ${batch.base.slice(11, 26)}`);
        if (changes.loadFails?.() === true)
          throw new AppError({
            class: 'transient',
            source: 'clickhouse',
            code: 'clickhouse_unreachable',
            message: '',
          });
        return Promise.resolve({ loaded: 1, rejected: 0 });
      },
      rejudge: (_source, _generation, since) => {
        notes.push(`rejudge since ${since?.slice(11, 26)}`);
        return Promise.resolve(0);
      },
      confirmFresh: (_sources, _generation, at) => {
        notes.push(`fresh at ${at}`);
        return Promise.resolve();
      },
      clear: () => undefined,
      settle: () => Promise.resolve(),
    },
    whole: {
      readAll: () => {
        notes.push('read all');
        return Promise.resolve({ failed: [] });
      },
      sweep: (source) => {
        notes.push(`sweep ${source.definition.name}`);
        return Promise.resolve();
      },
      released: () => Promise.resolve([]),
    },
    onlyStreamer: async (work) => {
      if (changes.only?.shift() === false) return null;
      return await work(new AbortController().signal);
    },
    betweenRuns: (_wait, work) => work(new AbortController().signal),
    build: () => {
      notes.push('build');
      return Promise.resolve();
    },
    handedOver: () => Promise.resolve(),
    report: () => Promise.resolve(),
    logger: createLogger('silent'),
    clock: { elapsedMs: () => 0, now: () => 't0' },
  };
  const times = {
    tickMs: 1,
    checkMs: changes.checkMs ?? 60_000,
    freshMs: 60_000,
    buildPauseMs: 1,
    lockRetryMs: 1,
    retryMs: 1,
    longestRetryMs: 1,
    runWaitMs: 1,
  };
  const run = async () => {
    await new StreamChanges(parts, times, { ageMs: 1000, rows: changes.rows ?? 1, chunk: 1000 }).run(
      stop.signal,
    );
    return notes.filter((note) => note !== 'build');
  };
  return { run, notes };
}
const send =
  (...messages: WalMessage[]): Follow =>
  async (handler, stream) => {
    for (const message of [{ tag: 'table', table } as const, ...messages])
      await handler.message(message, stream);
  };

describe('StreamChanges', () => {
  it('stages, records, loads, records again and only then confirms', async () => {
    const { run, notes } = world([send(begin, insert('1'), commit(110n)), send()]);
    expect(await run()).toEqual([
      'follow 100',
      'stage 1 u 0',
      'begin 100..110',
      'load from 12:00:00.000000',
      'done 110 rows 1',
      'confirm 110',
      'follow 110',
    ]);
    expect(notes).toContain('build');
  });

  it('lands whole transactions only, several in a batch', async () => {
    const { run } = world(
      [
        send(
          begin,
          insert('1'),
          commit(110n),
          begin,
          insert('2'),
          insert('3'),
          commit(120n),
          begin,
          insert('4'),
        ),
        send(),
      ],
      { rows: 3 },
    );
    expect(await run()).toEqual([
      'follow 100',
      'stage 1 u 0, 2 u 1, 3 u 2',
      'begin 100..120',
      'load from 12:00:00.000000',
      'done 120 rows 3',
      'confirm 120',
      'follow 120',
    ]);
  });

  it('gathers a batch that was begun over the same transactions with the same base', async () => {
    const { run } = world(
      [
        send(
          begin,
          insert('1'),
          commit(110n),
          begin,
          insert('2'),
          commit(120n),
          begin,
          insert('3'),
          commit(130n),
        ),
        send(),
      ],
      { interrupted: begun, landed: true },
    );
    expect(await run()).toEqual([
      'follow 100',
      'stage 1 u 0, 2 u 1',
      'load from 11:11:11.000000',
      'done 120 rows 2',
      'confirm 120',
      'stage 3 u 0',
      'begin 120..130',
      'load from 12:00:00.000000',
      'done 130 rows 1',
      'confirm 130',
      'follow 130',
    ]);
  });

  it('chooses a later base when somebody loaded past it before it was recorded', async () => {
    const { run } = world([send(begin, insert('1'), commit(110n)), send()], {
      passed: ['2026-06-17T12:00:07.000001Z'],
    });
    expect(await run()).toEqual([
      'follow 100',
      'stage 1 u 0',
      'begin 100..110',
      'begin 100..110',
      'load from 12:00:07.000001',
      'done 110 rows 1',
      'confirm 110',
      'follow 110',
    ]);
  });

  it('does not trust the base of a batch of which nothing arrived', async () => {
    const interrupted = { ...begun, to: 110n, rows: 1 };
    const { run } = world([send(begin, insert('1'), commit(110n)), send()], { interrupted, landed: false });
    expect(await run()).toEqual([
      'follow 100',
      'stage 1 u 0',
      'begin 100..110',
      'load from 12:00:00.000000',
      'done 110 rows 1',
      'confirm 110',
      'follow 110',
    ]);
  });

  it('confirms nothing that did not load, and begins again at the same place', async () => {
    let fails = 1;
    const { run } = world(
      [send(begin, insert('1'), commit(110n)), send(begin, insert('1'), commit(110n)), send()],
      {
        loadFails: () => fails-- > 0,
      },
    );
    expect((await run()).filter((note) => !note.startsWith('stage'))).toEqual([
      'follow 100',
      'begin 100..110',
      'load from 12:00:00.000000',
      'follow 100',
      'begin 100..110',
      'load from 12:00:00.000000',
      'done 110 rows 1',
      'confirm 110',
      'follow 110',
    ]);
  });

  it('reads everything before it follows for the first time', async () => {
    const { run } = world([send()], { position: null });
    expect(await run()).toEqual(['read all', 'handed over first at 500', 'follow 500']);
  });

  it('reads everything again when a table was altered and fits now', async () => {
    const other = { ...table, columns: [{ ...table.columns[0]!, typeOid: 23 }] };
    const { run } = world([send({ tag: 'table', table: other }), send()]);
    expect(await run()).toEqual(['follow 100', 'read all', 'handed over table_altered at 500', 'follow 500']);
  });

  it('waits while another process streams', async () => {
    const { run } = world([send()], { only: [false, false, true] });
    expect(await run()).toEqual(['follow 100']);
  });

  it('calls sources fresh as of a moment only when it has all that the log had then', async () => {
    const batch = (id: string, lsn: bigint) => [begin, insert(id), commit(lsn)];
    const { run } = world(
      [send(...batch('1', 110n), ...batch('2', 120n), ...batch('3', 130n), begin), send()],
      { currentLsn: 125n, checkMs: 0 },
    );
    const found = await run();
    expect(found.indexOf('fresh at t0')).toBeGreaterThan(found.indexOf('confirm 130'));
    expect(found.indexOf('confirm 130')).toBeGreaterThan(0);
  });

  it('judges rows again between two batches of a stream that is never idle', async () => {
    const source = {
      ...people,
      definition: { ...people.definition, parent: { source: 'people', by: 'id', column: 'id' } },
    };
    const { run } = world(
      [send(begin, insert('1'), commit(110n), begin, insert('2'), commit(120n), begin), send()],
      { source, checkMs: 0 },
    );
    const found = await run();
    expect(found.slice(found.indexOf('confirm 120'))[1]).toBe('rejudge since 12:00:00.000002');
  });

  it('compares the keys of a truncated table before it confirms', async () => {
    const { run } = world([
      send(begin, { tag: 'truncate', tables: [table] }, insert('1'), commit(110n)),
      send(),
    ]);
    expect((await run()).slice(1, -1)).toEqual([
      'stage 1 u 1',
      'begin 100..110',
      'load from 12:00:00.000000',
      'sweep people',
      'done 110 rows 1',
      'confirm 110',
    ]);
  });
});
