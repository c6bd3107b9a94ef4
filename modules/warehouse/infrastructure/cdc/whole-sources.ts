import { z } from 'zod';
import type { Postgres } from '../../../../src/platform/postgres/postgres.js';
import type { RefusedSource, WholeSources } from '../../application/cdc-ports.js';
import { ExtractSources, type DeletionRules } from '../../application/extract-sources.js';
import type { RawLayer } from '../../application/ports.js';
import type { StreamedSource } from '../../domain/cdc.js';
import { believes } from '../../domain/sweep.js';
import { withPostgresSnapshot } from '../postgres-reader.js';
import type { PostgresSource } from '../sources/catalog.js';

const NO_LAG = { seconds: 0, ids: 0 };
const reports = z.object({
  sources: z.array(
    z.object({
      source: z.string(),
      status: z.string(),
      error: z.object({ code: z.string(), message: z.string() }).optional(),
    }),
  ),
});

/** Streamed sources read by the existing extraction: whole in a snapshot, or their keys alone. */
export class ExtractedWhole implements WholeSources {
  constructor(
    private readonly postgres: Postgres,
    private readonly store: RawLayer,
    private readonly catalogue: readonly PostgresSource[],
    private readonly stageNames: readonly string[],
    private readonly deletions: DeletionRules,
  ) {}

  async readAll(
    sources: readonly StreamedSource[],
    snapshot: string,
    { runId, signal }: { runId: string; signal: AbortSignal },
  ): Promise<{ failed: readonly RefusedSource[] }> {
    const extract = new ExtractSources(
      withoutCursor(this.store),
      (work) => withPostgresSnapshot(this.postgres, this.declared(sources), NO_LAG, work, { snapshot }),
      this.stageNames,
      this.deletions,
    );
    const asOf = new Date().toISOString();
    const { detail } = await extract.execute({ runId, asOf, signal, onProgress: () => undefined });
    const failed = reports.parse(detail).sources.filter(({ status }) => status === 'failed');
    return {
      failed: failed.map(({ source, error }) => ({
        source,
        code: error?.code ?? 'unexpected',
        reason: error?.message ?? 'it failed',
      })),
    };
  }

  async sweep(source: StreamedSource, runId: string): Promise<void> {
    const { definition } = source;
    const released = (await this.deletions.log.states()).get(definition.name)?.released ?? null;
    await withPostgresSnapshot(this.postgres, this.declared([source]), NO_LAG, async (snapshot) => {
      await this.store.emptyStage(definition);
      for (const one of snapshot.sources)
        await one.readKeys?.((bytes) => this.store.stage(definition, bytes, () => undefined));
      const extraction = { runId, bound: snapshot.bound, stages: this.stageNames };
      const { compared, believed } = await this.store.sweep(definition, extraction, (found) =>
        believes(found, released),
      );
      await this.deletions.log.record(definition.name, extraction, compared, { believed, released });
      await this.deletions.signal(await this.deletions.log.held(), snapshot.bound);
    });
  }

  async released(sources: readonly StreamedSource[]): Promise<StreamedSource[]> {
    const states = await this.deletions.log.states();
    return sources.filter(({ definition }) => (states.get(definition.name)?.released ?? null) !== null);
  }

  private declared(sources: readonly StreamedSource[]): PostgresSource[] {
    return this.catalogue.filter(({ name }) => sources.some(({ definition }) => definition.name === name));
  }
}

/** A raw layer that remembers no cursor: every source is read whole, and its deletions are seen. */
function withoutCursor(store: RawLayer): RawLayer {
  return {
    cursor: () => Promise.resolve(null),
    emptyStage: (source) => store.emptyStage(source),
    stage: (source, bytes, onLines) => store.stage(source, bytes, onLines),
    load: (source, extraction, options) => store.load(source, extraction, options),
    sweep: (source, extraction, believe) => store.sweep(source, extraction, believe),
    dropStage: (source) => store.dropStage(source),
  };
}
