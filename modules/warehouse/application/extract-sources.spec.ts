import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { AppError, type ErrorClass } from '../../../src/kernel/errors.js';
import type { Progress, RunContext } from '../../../src/kernel/progress.js';
import { ExtractSources } from './extract-sources.js';
import type { Extraction, RawLayer, ReadableSource } from './ports.js';

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
    source: 'warehouse',
    code: `${name}_broken`,
    message: `${name} is broken.`,
  });

/** A raw layer that notes what is asked of it; every source has 3 rows staged, 2 loaded and 1 rejected. */
class NotedLayer implements RawLayer {
  readonly notes: string[] = [];
  extraction: Extraction | undefined;
  cursor({ name }: { name: string }): Promise<string | null> {
    this.notes.push(`cursor ${name}`);
    return Promise.resolve(`cursor of ${name}`);
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
  load({ name }: { name: string }, extraction: Extraction) {
    this.notes.push(`load ${name}`);
    this.extraction = extraction;
    return Promise.resolve({ staged: 3, loaded: 2, rejected: 1 });
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
  };
}
const step = (layer: RawLayer, ...sources: ReadableSource[]) =>
  new ExtractSources(layer, (work) => work({ bound: '2026-06-17T11:59:00Z', sources }), ['won', 'lost']);

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
      bound: '2026-06-17T11:59:00Z',
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
