import type { Readable } from 'node:stream';
import { AppError } from '../../../src/kernel/errors.js';
import type { OnProgress } from '../../../src/kernel/progress.js';
import type { MappedColumn, SyncDefinition, TargetKind } from '../domain/definition.js';
import {
  bucketCount,
  comparedColumns,
  type ComparedRows,
  differingBuckets,
  notCompared,
  type Reconciliation,
  type RowVerdict,
} from '../domain/reconciliation.js';
import type { BucketSum, SyncTarget } from './ports.js';

/** The model's side of a comparison. One reading of it answers all questions. */
export interface OpenFingerprints {
  readonly rows: number;
  bucketSums(columns: readonly MappedColumn[], buckets: number): Promise<BucketSum[]>;
  /** Rows of these buckets by verdict, `bytes` being those of the target (SyncTarget.bucketRows); at most `limit` keys each. */
  compare(
    columns: readonly MappedColumn[],
    buckets: number,
    wanted: readonly number[],
    bytes: Readable,
    limit: number,
  ): Promise<Partial<Record<RowVerdict, ComparedRows>>>;
  /** @throws AppError transient `model_changed` when the model was built anew meanwhile. */
  close(): Promise<void>;
}

export interface Fingerprints {
  /** `id`: a uuid that names what is kept for the length of the comparison. */
  open(definition: SyncDefinition, id: string): Promise<OpenFingerprints>;
}

export interface ReconcileRequest {
  /** A uuid. */
  id: string;
  /** Keys named of each verdict. A repair asks for as many as it sends. */
  limit: number;
  onProgress: OnProgress;
}

/** Holds a target against the model: sums by bucket first, rows only where they differ. Writes nothing in the target. */
export class ReconcileSync {
  constructor(
    private readonly targets: Record<TargetKind, SyncTarget>,
    private readonly fingerprints: Fingerprints,
  ) {}

  /**
   * @throws AppError configuration `target_not_readable` for a target that only takes (a webhook); transient
   * `model_changed` when the model was built anew meanwhile.
   */
  async reconcile(definition: SyncDefinition, request: ReconcileRequest): Promise<Reconciliation> {
    const target = this.targets[definition.target.kind];
    if (!target.bucketSums || !target.bucketRows) throw notReadable(definition);
    const columns = comparedColumns(definition);
    const model = await this.fingerprints.open(definition, request.id);
    try {
      const buckets = bucketCount(model.rows);
      request.onProgress({ phase: 'sums', done: 0, total: buckets });
      const [here, there] = await Promise.all([
        model.bucketSums(columns, buckets),
        target.bucketSums(definition, columns, buckets),
      ]);
      const wanted = differingBuckets(here, there);
      let found: Partial<Record<RowVerdict, ComparedRows>> = {};
      if (wanted.length > 0) {
        request.onProgress({ phase: 'rows', done: buckets - wanted.length, total: buckets });
        const bytes = await target.bucketRows(definition, columns, buckets, wanted);
        found = await model.compare(columns, buckets, wanted, bytes, request.limit);
      }
      const none = { rows: 0, keys: [] };
      return {
        sync: definition.name,
        buckets: { compared: buckets, differing: wanted.length },
        modelRows: model.rows,
        targetRows: there.reduce((sum, { rows }) => sum + rows, 0),
        missing: found.missing ?? none,
        edited: found.edited ?? none,
        pending: found.pending ?? none,
        leftover: found.leftover ?? none,
        foreign: found.foreign ?? none,
        refused: found.refused ?? none,
        notCompared: notCompared(definition),
      };
    } finally {
      await model.close();
    }
  }
}

function notReadable({ name, target }: SyncDefinition): AppError {
  return new AppError({
    class: 'configuration',
    source: 'sync',
    code: 'target_not_readable',
    message: `The target of sync ${name} (${target.kind}) cannot be read, so there is nothing to hold it against.`,
  });
}
