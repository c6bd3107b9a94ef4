import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { AppError, type ErrorClass } from '../../../src/kernel/errors.js';
import type { Progress, RunContext } from '../../../src/kernel/progress.js';
import { ExtractSources } from './extract-sources.js';
import type {
  Extraction,
  LoadCounts,
  LoadOptions,
  RawLayer,
  ReadableSource,
  SweepCounts,
  SweepLog,
  SweepState,
} from './ports.js';
import type { KeyComparison } from '../domain/sweep.js';

const context = (changes: Partial<RunContext> = {}): RunContext => ({
  runId: '7d4b0b3e-0000-4000-8000-000000000001',
  asOf: '2026-06-17T12:00:00.000000Z',
  signal: new AbortController().signal,
  onProgress: () => undefined,
  ...changes,
});
const failure = (name: string, errorClass: ErrorClass) =>
  new AppError({
    class: errorClass,
    // A store that does not answer ends the step; a file's server, which is no store, only its source.
    source: errorClass === 'transient' ? 'postgres' : 'warehouse',
    code: `${name}_broken`,
    message: `${name} is broken.`,
  });

/** A raw layer that notes what is asked of it; every source has 3 rows staged, 2 loaded and 1 rejected. */
class NotedLayer implements RawLayer {
  readonly notes: string[] = [];
  /** What a comparison of keys finds. */
  compared: KeyComparison = { live: 0, missing: 0, found: 3, unknown: 0 };
  last: string | null | undefined;
  extraction: Extraction | undefined;
  cursor({ name }: { name: string }): Promise<string | null> {
    this.notes.push(`cursor ${name}`);
    return Promise.resolve(this.last === undefined ? `cursor of ${name}` : this.last);
  }
  emptyStage({ name }: { name: string }): Promise<void> {
    this.notes.push(`empty ${name}`);
    return Promise.resolve();
  }
  stage({ name }: { name: string }, _bytes: unknown, onLines: (lines: number) => void): Promise<void> {
    this.notes.push(`stage ${name}`);
    onLines(2);
    onLines(1);
    return Promise.resolve();
  }
  load({ name }: { name: string }, extraction: Extraction, options?: LoadOptions): Promise<LoadCounts> {
    this.notes.push(`load ${name}`);
    this.extraction = extraction;
    const gone = options?.whole ? this.bury(options.whole) : { deleted: 0 };
    return Promise.resolve({ staged: 3, loaded: 2, rejected: 1, ...gone });
  }
  sweep(
    { name }: { name: string },
    _extraction: Extraction,
    believe: (found: KeyComparison) => boolean,
  ): Promise<SweepCounts> {
    this.notes.push(`sweep ${name}`);
    return Promise.resolve(this.bury(believe));
  }
  private bury(believe: (found: KeyComparison) => boolean): SweepCounts {
    const believed = believe(this.compared);
    return { deleted: believed ? this.compared.missing : 0, compared: this.compared, believed };
  }
  dropStage({ name }: { name: string }): Promise<void> {
    this.notes.push(`drop ${name}`);
    return Promise.resolve();
  }
}

function source(name: string, error?: Error, reads?: (string | null)[], cursor = true): ReadableSource {
  return {
    definition: {
      name,
      key: ['id'],
      columns: [{ name: 'id', type: 'bigint' }],
      ...(cursor ? { cursor: { column: 'id', kind: 'id' as const } } : {}),
    },
    read: async (from, land) => {
      reads?.push(from);
      if (error) throw error;
      await land({ format: 'TabSeparated', stream: Readable.from([]) });
    },
    readKeys: (land) => land({ format: 'TabSeparated', stream: Readable.from([]), columns: ['id'] }),
  };
}
const BOUND = '2026-06-17T11:59:00Z';
const EMPTY: SweepState = { comparedAt: null, held: null, released: null };

/** A log of sweeps that remembers one state for every source and notes what is recorded. */
class NotedLog implements SweepLog {
  readonly notes: string[] = [];
  constructor(private current: SweepState = EMPTY) {}
  states(): Promise<ReadonlyMap<string, SweepState>> {
    return Promise.resolve(new Map(['a', 'b'].map((name) => [name, this.current])));
  }
  record(
    source: string,
    _at: unknown,
    compared: KeyComparison,
    { believed }: { believed: boolean },
  ): Promise<void> {
    this.notes.push(`${source} ${believed ? 'applied' : 'held'} ${compared.missing}`);
    this.current = { comparedAt: BOUND, held: believed ? null : compared, released: null };
    return Promise.resolve();
  }
  held() {
    const { held } = this.current;
    return Promise.resolve(held ? [{ source: 'a', since: BOUND, ...held }] : []);
  }
}
const heard: string[][] = [];
const stepWith = (layer: RawLayer, log: SweepLog, intervalSeconds: number, ...sources: ReadableSource[]) =>
  new ExtractSources(layer, (work) => work({ bound: BOUND, settled: BOUND, sources }), ['won', 'lost'], {
    log,
    intervalSeconds,
    signal: (held) => {
      heard.push(held.map(({ source: name }) => name));
      return Promise.resolve();
    },
  });
const step = (layer: RawLayer, ...sources: ReadableSource[]) =>
  stepWith(layer, new NotedLog(), 0, ...sources);

describe('ExtractSources', () => {
  it('stages, checks and loads each source in turn and adds up what they did', async () => {
    const layer = new NotedLayer();
    const progress: Progress[] = [];
    const outcome = await step(layer, source('a'), source('b')).execute(
      context({ onProgress: (line) => progress.push(line) }),
    );
    expect(layer.notes).toEqual([
      ...['cursor a', 'empty a', 'stage a', 'load a', 'drop a'],
      ...['cursor b', 'empty b', 'stage b', 'load b', 'drop b'],
    ]);
    expect(layer.extraction).toEqual({
      runId: context().runId,
      bound: BOUND,
      settled: BOUND,
      stages: ['won', 'lost'],
    });
    expect(outcome).toMatchObject({ status: 'succeeded', rowsIn: 6, rowsOut: 4, rejected: 2 });
    expect(outcome.error).toBeUndefined();
    expect(outcome.detail).toMatchObject({ failedSources: [] });
    expect(progress.map(({ phase, done }) => `${phase} ${done}`)).toEqual([
      'a 0',
      'a 2',
      'a 3',
      'b 1',
      'b 2',
      'b 3',
    ]);
  });

  it('hands a source its cursor, and none to a source that has no cursor column', async () => {
    const reads: (string | null)[] = [];
    const layer = new NotedLayer();
    await step(layer, source('a', undefined, reads), source('whole', undefined, reads, false)).execute(
      context(),
    );
    expect(reads).toEqual(['cursor of a', null]);
    expect(layer.notes).not.toContain('cursor whole');
  });

  it('fails for a broken source and reads the others; its rows are not loaded', async () => {
    const layer = new NotedLayer();
    const outcome = await step(
      layer,
      source('a', failure('a', 'configuration')),
      source('b'),
      source('c', failure('c', 'rejected')),
    ).execute(context());
    expect(outcome).toMatchObject({
      status: 'failed',
      rowsOut: 2,
      error: { class: 'configuration', code: 'a_broken', message: 'a is broken. c is broken.' },
      detail: { failedSources: ['a', 'c'], continue: true },
    });
    expect(layer.notes.filter((note) => note.startsWith('load'))).toEqual(['load b']);
  });

  it('does not go on when every source is broken', async () => {
    const outcome = await step(new NotedLayer(), source('a', new Error('surprise'))).execute(context());
    expect(outcome).toMatchObject({
      status: 'failed',
      error: { class: 'bug', code: 'unexpected' },
      detail: { continue: false },
    });
  });

  it('ends at once when a store is down, or when it is told to stop', async () => {
    const layer = new NotedLayer();
    await expect(
      step(layer, source('a', failure('a', 'transient')), source('b')).execute(context()),
    ).rejects.toMatchObject({ code: 'a_broken' });
    const stopping = new AbortController();
    const stopped = source('a', undefined);
    const reading = step(
      layer,
      { ...stopped, read: () => Promise.reject(stopping.signal.reason as Error) },
      source('b'),
    );
    stopping.abort(new Error('stop'));
    await expect(reading.execute(context({ signal: stopping.signal }))).rejects.toThrow('stop');
    expect(layer.notes).not.toContain('stage b');
  });
});

describe('deletions', () => {
  const LONG_AGO: SweepState = { comparedAt: '2026-06-16T11:59:00Z', held: null, released: null };
  const DAY = 86_400;
  const few: KeyComparison = { live: 100, missing: 10, found: 90, unknown: 0 };
  const many: KeyComparison = { live: 100, missing: 30, found: 70, unknown: 0 };

  it('of a source that is read whole come with its load; nothing is written down while all is well', async () => {
    const [layer, log] = [new NotedLayer(), new NotedLog()];
    layer.compared = few;
    const outcome = await stepWith(layer, log, DAY, source('whole', undefined, undefined, false)).execute(
      context(),
    );
    expect(outcome).toMatchObject({ status: 'succeeded', rowsOut: 12 });
    expect(outcome.detail).toMatchObject({ sources: [{ status: 'succeeded', deleted: 10 }] });
    expect(log.notes).toEqual([]);
    expect(layer.notes).not.toContain('sweep whole');
  });

  it('are held when too many, the run is partial and says what to do, and rules hear of it', async () => {
    const [layer, log] = [new NotedLayer(), new NotedLog()];
    layer.compared = many;
    const one = stepWith(layer, log, DAY, source('a', undefined, undefined, false));
    const outcome = await one.execute(context());
    expect(outcome).toMatchObject({ status: 'partial', rowsOut: 2 });
    expect(outcome.detail).toMatchObject({
      failedSources: [],
      sources: [
        {
          status: 'held',
          deleted: 0,
          held: { ...many, next: expect.stringContaining('--release a') as unknown },
        },
      ],
    });
    expect(heard.at(-1)).toEqual(['a']);
    await one.execute(context());
    expect(log.notes).toEqual(['a held 30']);
  });

  it('that a person released go through up to their number, once', async () => {
    const [layer, log] = [new NotedLayer(), new NotedLog({ comparedAt: BOUND, held: many, released: 30 })];
    layer.compared = many;
    const one = stepWith(layer, log, DAY, source('a', undefined, undefined, false));
    expect((await one.execute(context())).status).toBe('succeeded');
    expect((await one.execute(context())).status).toBe('partial');
    expect(log.notes).toEqual(['a applied 30', 'a held 30']);
    const stricter = new NotedLog({ comparedAt: BOUND, held: many, released: 29 });
    await stepWith(layer, stricter, DAY, source('a', undefined, undefined, false)).execute(context());
    expect(stricter.notes).toEqual(['a held 30']);
  });

  it('of a source read by cursor come from its keys, when they are due', async () => {
    const layer = new NotedLayer();
    layer.compared = few;
    const outcome = await stepWith(layer, new NotedLog(LONG_AGO), DAY, source('a')).execute(context());
    expect(layer.notes).toEqual([
      'cursor a',
      'empty a',
      'stage a',
      'load a',
      'empty a',
      'stage a',
      'sweep a',
      'drop a',
    ]);
    expect(outcome.detail).toMatchObject({ sources: [{ deleted: 10, staged: 3, loaded: 2 }] });
    const early = new NotedLayer();
    await stepWith(early, new NotedLog(LONG_AGO), DAY + 1, source('a')).execute(context());
    expect(early.notes).not.toContain('sweep a');
  });

  it('wait while the source has keys that raw does not know: it is read whole in the same run', async () => {
    const layer = new NotedLayer();
    layer.compared = { live: 100, missing: 5, found: 97, unknown: 2 };
    const reads: (string | null)[] = [];
    const log = new NotedLog(LONG_AGO);
    const outcome = await stepWith(layer, log, DAY, source('a', undefined, reads)).execute(context());
    expect(reads).toEqual(['cursor of a', null]);
    expect(outcome.detail).toMatchObject({
      sources: [{ deleted: 5, notes: ['read whole: the source has 2 keys that raw had not'] }],
    });
    expect(log.notes).toEqual(['a applied 5']);
  });

  it('are none for a source that cannot be read', async () => {
    const [layer, log] = [new NotedLayer(), new NotedLog({ ...LONG_AGO, released: 100 })];
    layer.compared = many;
    await stepWith(layer, log, DAY, source('a', failure('a', 'configuration'))).execute(context());
    expect(layer.notes.filter((note) => /load|sweep/.test(note))).toEqual([]);
    expect(log.notes).toEqual([]);
  });
});
