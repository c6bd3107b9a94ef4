import { AppError } from '../../../src/kernel/errors.js';
import {
  type Cell,
  type CdcPosition,
  type ChangedRow,
  changedRows,
  type Lsn,
  project,
  stageLine,
  type StreamedSource,
  type WalMessage,
  type WalTable,
} from '../domain/cdc.js';
import { later, plusMicros } from '../domain/micros.js';
import type {
  CdcBatch,
  CdcRecords,
  ChangeLog,
  ChangeStream,
  ChangeTarget,
  StreamHandler,
  WholeSources,
} from './cdc-ports.js';

export interface BatchLimits {
  /** A batch is closed when its first transaction is this old, in milliseconds, */
  ageMs: number;
  /** or when it has this many changes. */
  rows: number;
  /** Text held in memory before it is staged, in characters. A transaction of any size passes through in pieces. */
  chunk: number;
}
export const BATCH_LIMITS: BatchLimits = { ageMs: 500, rows: 50_000, chunk: 4_000_000 };

interface Pending {
  lines: string[];
  /** Updates that left out values stored out of line. */
  incomplete: { row: ChangedRow; seq: number }[];
}

/** What one batch has so far. */
class OpenBatch {
  readonly pending = new Map<string, Pending>();
  readonly touched = new Set<string>();
  readonly truncated = new Set<string>();
  changes = 0;
  rows = 0;
  size = 0;
  committed: { lsn: Lsn; at: string } | undefined;
  constructor(readonly startedMs: number) {}
}

/**
 * Gathers whole transactions into batches and lands them: stage, record that the batch begins, load, record that it is done,
 * and only then tell the server. Killed between any two of these, the same batch is gathered again (same transactions, same
 * base, so the same rows), and the load adds what is missing.
 */
export class ChangeBatches implements StreamHandler {
  private open: OpenBatch | undefined;
  private inTransaction = false;
  private handling = false;
  private flushing: Promise<void> | undefined;
  private stream: ChangeStream | undefined;
  private idleLsn: Lsn = 0n;
  /** Sources that have rows to judge again, and since when parents came that were not looked at; null: before this stream. */
  private readonly parentsCame = new Map<string, string | null>();
  private readonly byTable = new Map<number, StreamedSource[]>();
  private readonly positions = new Map<string, number[]>();
  private readonly columns = new Map<number, ReadonlySet<string>>();

  /**
   * @param position where raw is; moves on with every batch
   * @param replay the batch that was begun after it and not confirmed
   * @param floor the first `_extracted_at` that no row has yet, ISO 8601 UTC
   */
  constructor(
    private readonly ports: {
      log: Pick<ChangeLog, 'readBack'>;
      records: Pick<CdcRecords, 'begin' | 'confirm'>;
      target: ChangeTarget;
      whole: Pick<WholeSources, 'sweep'>;
    },
    private readonly sources: readonly StreamedSource[],
    private position: CdcPosition,
    private replay: CdcBatch | null,
    private floor: string,
    private readonly clock: { elapsedMs: () => number },
    private readonly told: {
      landed: (batch: CdcBatch) => void;
      columnsAdded: (table: string, columns: string[]) => void;
      /** Waited for after each batch: a stream that is never idle has no other moment for work between two batches. */
      landedAll?: () => Promise<void>;
    },
    private readonly limits: BatchLimits = BATCH_LIMITS,
  ) {
    for (const source of sources) {
      const { oid } = source.table;
      this.byTable.set(oid, [...(this.byTable.get(oid) ?? []), source]);
      if (source.definition.parent) this.parentsCame.set(source.definition.name, null);
    }
  }

  async message(message: WalMessage, stream: ChangeStream): Promise<void> {
    this.stream = stream;
    while (this.flushing) await this.flushing;
    this.handling = true;
    try {
      await this.handle(message);
    } finally {
      this.handling = false;
    }
  }

  idle(lsn: Lsn, stream: ChangeStream): void {
    this.stream = stream;
    if (!this.inTransaction) this.idleLsn = lsn;
  }

  /** To be called every now and then: lands a batch that has become old enough. */
  async tick(): Promise<void> {
    if (this.handling || this.flushing || this.inTransaction || !this.open?.committed) return;
    if (this.replay ? this.idleLsn >= this.replay.to : this.isOld(this.open))
      await this.exclusively(() => this.flush());
  }

  /** Writes down that the log went on without changes for us, so that the server need not keep it. */
  async recordIdle(): Promise<void> {
    if (this.handling || this.flushing || this.inTransaction || this.open) return;
    const to = this.idleLsn;
    if (to <= this.position.lsn || (this.replay && to < this.replay.to)) return;
    await this.exclusively(async () => {
      this.replay = null;
      await this.confirm({ ...this.emptyBatch(to), rows: 0 });
    });
  }

  /** Whether everything that was received is in raw. */
  get isIdle(): boolean {
    return !this.handling && !this.flushing && !this.inTransaction && !this.open && !this.replay;
  }

  /**
   * Judges rows again whose parents came, to be called between two batches. Not with each of them, because it costs more than
   * most; what a process that died left to do is done when the next one begins.
   */
  async rejudge(): Promise<number> {
    let rejected = 0;
    for (const source of this.sources) {
      const since = this.parentsCame.get(source.definition.name);
      if (since === undefined) continue;
      rejected += await this.ports.target.rejudge(source, this.position.generation, since);
      this.parentsCame.delete(source.definition.name);
    }
    return rejected;
  }

  /** Everything that was committed before this LSN is in raw. To be asked between two batches. */
  get reached(): Lsn {
    return this.idleLsn > this.position.lsn ? this.idleLsn : this.position.lsn;
  }

  /** Calls `work` between two batches, when nothing of a transaction is in hand; false when there is something now. */
  async between(work: () => Promise<void>): Promise<boolean> {
    if (!this.isIdle) return false;
    await this.exclusively(work);
    return true;
  }

  private async exclusively(work: () => Promise<void>): Promise<void> {
    this.flushing = work().finally(() => (this.flushing = undefined));
    await this.flushing;
  }

  private async handle(message: WalMessage): Promise<void> {
    switch (message.tag) {
      case 'begin':
        this.inTransaction = true;
        this.open ??= new OpenBatch(this.clock.elapsedMs());
        return;
      case 'table':
        this.follow(message.table);
        return;
      case 'insert':
      case 'update':
      case 'delete':
        await this.change(message);
        return;
      case 'truncate':
        this.batch.changes++;
        for (const { oid } of message.tables)
          for (const { definition } of this.byTable.get(oid) ?? []) this.batch.truncated.add(definition.name);
        return;
      case 'commit':
        this.inTransaction = false;
        this.batch.committed = { lsn: message.endLsn, at: message.committedAt };
        if (this.replay ? message.endLsn >= this.replay.to : this.isFull(this.batch)) await this.flush();
        return;
      case 'other':
        return;
    }
  }

  private get batch(): OpenBatch {
    if (!this.open) throw new Error('the log told of a change outside a transaction');
    return this.open;
  }

  /**
   * The batch with its base, which is recorded before a row of it is loaded. A build that got past the base would never look
   * at these rows. From the record on none does (raw_positions.sql); who did before it, behind a replay of rejects that ended
   * between choosing and recording, is seen afterwards, and then a later base is chosen. A batch that was begun and has rows
   * in raw keeps its base: they must be found again.
   */
  private async begin(batch: CdcBatch, touched: readonly StreamedSource[]): Promise<CdcBatch> {
    const { records, target } = this.ports;
    if (this.replay && (await target.landed(touched, this.replay)))
      return { ...batch, base: this.replay.base };
    for (let base = later(this.floor, await target.confirmedInstant(this.sources)); ;) {
      const begun = { ...batch, base };
      await records.begin(begun);
      const free = later(base, await target.nextInstant(touched, base));
      if (free === base) return begun;
      base = free;
    }
  }

  private isOld = (batch: OpenBatch): boolean =>
    this.clock.elapsedMs() - batch.startedMs >= this.limits.ageMs;
  private isFull = (batch: OpenBatch): boolean => this.isOld(batch) || batch.rows >= this.limits.rows;

  /** The log describes a table before its first change, and again when it was altered. */
  private follow(table: WalTable): void {
    for (const source of this.byTable.get(table.oid) ?? []) {
      const positions = project(source, table);
      if (!Array.isArray(positions)) throw tableAltered(source, positions);
      this.positions.set(source.definition.name, positions);
    }
    const names = table.columns.map(({ name }) => name);
    const before = this.columns.get(table.oid);
    const added = before ? names.filter((name) => !before.has(name)) : [];
    if (added.length > 0) this.told.columnsAdded(table.name, added);
    this.columns.set(table.oid, new Set(names));
  }

  private async change(change: Extract<WalMessage, { tag: 'insert' | 'update' | 'delete' }>): Promise<void> {
    const batch = this.batch;
    // Every change counts, also one that nobody reads: a replay must number them the same way.
    const seq = batch.changes++;
    for (const source of this.byTable.get(change.table.oid) ?? []) {
      const { name } = source.definition;
      const pending = batch.pending.get(name) ?? { lines: [], incomplete: [] };
      batch.pending.set(name, pending);
      batch.touched.add(name);
      for (const row of changedRows(source, this.positions.get(name) ?? [], change)) {
        batch.rows++;
        if (row.cells.includes(undefined)) {
          pending.incomplete.push({ row, seq });
          batch.size += row.cells.reduce((size, cell) => size + (cell?.length ?? 0), 50);
        } else {
          const line = stageLine(row, seq);
          pending.lines.push(line);
          batch.size += line.length;
        }
      }
    }
    if (batch.size >= this.limits.chunk) await this.stagePending(batch);
  }

  private async stagePending(batch: OpenBatch): Promise<void> {
    for (const source of this.sources) {
      const pending = batch.pending.get(source.definition.name);
      if (!pending) continue;
      const lines = [...pending.lines, ...(await this.completed(source, pending.incomplete))];
      if (lines.length > 0) await this.ports.target.stage(source, lines);
    }
    batch.pending.clear();
    batch.size = 0;
  }

  /**
   * Fills what the log left out from the row as it is now. That value may be younger than the change, but then the change
   * that made it is in the log too and follows; and a row that is gone needs no such version, its deletion follows.
   */
  private async completed(source: StreamedSource, incomplete: Pending['incomplete']): Promise<string[]> {
    if (incomplete.length === 0) return [];
    const { columns, key } = source.definition;
    const keyOf = ({ cells }: ChangedRow): string[] =>
      key.map((name) => cells[columns.findIndex((column) => column.name === name)] ?? '');
    const keys = new Map(incomplete.map(({ row }) => [JSON.stringify(keyOf(row)), keyOf(row)]));
    const current = await this.ports.log.readBack(source, [...keys.values()]);
    return incomplete.flatMap(({ row, seq }) => {
      const now = current.get(JSON.stringify(keyOf(row)));
      if (!now) return [];
      const cells = row.cells.map((cell, n): Cell => (cell === undefined ? (now[n] ?? null) : cell));
      return [stageLine({ ...row, cells }, seq)];
    });
  }

  private async flush(): Promise<void> {
    const batch = this.open;
    if (!batch?.committed) return;
    await this.stagePending(batch);
    const gathered: CdcBatch = {
      ...this.emptyBatch(batch.committed.lsn),
      rows: batch.rows,
      truncated: [...batch.truncated],
      committedAt: batch.committed.at,
    };
    const touched = this.sources.filter(({ definition }) => batch.touched.has(definition.name));
    const changes = touched.length > 0 || batch.truncated.size > 0;
    const closed = changes ? await this.begin(gathered, touched) : gathered;
    for (const source of touched) await this.ports.target.load(source, closed);
    for (const { definition } of this.sources)
      if (batch.touched.has(definition.parent?.source ?? '') && !this.parentsCame.has(definition.name))
        this.parentsCame.set(definition.name, closed.base);
    for (const source of this.sources)
      if (batch.truncated.has(source.definition.name))
        await this.ports.whole.sweep(source, this.position.generation);
    await this.confirm(closed);
    this.ports.target.clear();
    this.open = undefined;
    this.replay = null;
    this.floor = later(this.floor, plusMicros(closed.base, batch.changes + 1));
    if (changes) this.told.landed(closed);
    await this.told.landedAll?.();
  }

  private async confirm(batch: CdcBatch): Promise<void> {
    const position = { ...this.position, lsn: batch.to };
    await this.ports.records.confirm(batch, position);
    this.position = position;
    this.stream?.confirm(batch.to);
  }

  private emptyBatch(to: Lsn): CdcBatch {
    const { generation, lsn: from } = this.position;
    return { generation, from, to, base: this.floor, rows: 0, truncated: [], committedAt: null };
  }
}

/** The source and the log disagree about a table; streaming begins again with what the sources read then. */
export class TableAltered extends AppError {
  constructor(
    readonly sourceName: string,
    code: string,
    column: string,
  ) {
    super({
      class: 'transient',
      source: 'warehouse',
      code,
      message: `The table behind source ${sourceName} was altered: column ${column}.`,
    });
  }
}
const tableAltered = (source: StreamedSource, drift: { code: string; column: string }) =>
  new TableAltered(source.definition.name, drift.code, drift.column);
