import type { SourceDefinition } from './source.js';
import { tabSeparated } from './tab-separated.js';

/** A position in the write-ahead log; Postgres writes it as `16/B374D848`. */
export type Lsn = bigint;

export function parseLsn(text: string): Lsn {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text);
  if (!match) throw new Error(`not an LSN: ${text}`);
  return (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`);
}

export const formatLsn = (lsn: Lsn): string =>
  `${(lsn >> 32n).toString(16)}/${(lsn & 0xffff_ffffn).toString(16)}`.toUpperCase();

/** Text as Postgres prints it, null for NULL, undefined for a value stored out of line that an UPDATE did not touch. */
export type Cell = string | null | undefined;

export interface WalColumn {
  name: string;
  typeOid: number;
  typeModifier: number;
  /** Part of what identifies a row in the log (REPLICA IDENTITY). */
  key: boolean;
}

/** A table as the log describes it before the first change of it. */
export interface WalTable {
  oid: number;
  name: string;
  columns: readonly WalColumn[];
}

/** One message of the log. A transaction arrives whole, after its commit, between `begin` and `commit`. */
export type WalMessage =
  | { tag: 'begin' }
  | { tag: 'commit'; endLsn: Lsn; committedAt: string }
  | { tag: 'table'; table: WalTable }
  | { tag: 'insert'; table: WalTable; row: readonly Cell[] }
  | { tag: 'update'; table: WalTable; old: readonly Cell[] | null; row: readonly Cell[] }
  | { tag: 'delete'; table: WalTable; old: readonly Cell[] }
  | { tag: 'truncate'; tables: readonly WalTable[] }
  | { tag: 'other' };

/** A source whose SELECT is a plain projection of one table: what it reads, column by column of its definition. */
export interface StreamedSource {
  definition: SourceDefinition;
  table: { oid: number; name: string };
  columns: readonly { name: string; typeOid: number; typeModifier: number }[];
  /** Changes whenever rows that were read or rejected before may be judged otherwise now. */
  fingerprint: string;
}

/** What no longer fits between a source and its table; the codes are those of the extraction. */
export interface Drift {
  code: 'source_column_missing' | 'source_column_type';
  column: string;
}

/** Where each column of a source stands in the rows of its table, or what no longer fits. */
export function project(source: StreamedSource, table: WalTable): number[] | Drift {
  const positions: number[] = [];
  for (const wanted of source.columns) {
    const at = table.columns.findIndex((column) => column.name === wanted.name);
    const found = table.columns[at];
    if (!found) return { code: 'source_column_missing', column: wanted.name };
    if (found.typeOid !== wanted.typeOid || found.typeModifier !== wanted.typeModifier)
      return { code: 'source_column_type', column: wanted.name };
    positions.push(at);
  }
  return positions;
}

/** One row for the stage of a source, in the order of its columns. A delete has its key only. */
export interface ChangedRow {
  op: 'u' | 'd';
  cells: readonly Cell[];
}

/**
 * What a change of a table means for a source that reads it: an upsert, a delete, or, when the key moved, a delete of the
 * old key and an upsert of the new one. `positions` are those of `project`.
 */
export function changedRows(
  source: StreamedSource,
  positions: readonly number[],
  change: Extract<WalMessage, { tag: 'insert' | 'update' | 'delete' }>,
): ChangedRow[] {
  const pick = (row: readonly Cell[]): Cell[] => positions.map((at) => row[at]);
  const keyOf = (row: readonly Cell[]): Cell[] =>
    source.definition.columns.map(({ name }, index) =>
      source.definition.key.includes(name) ? row[positions[index] ?? -1] : null,
    );
  switch (change.tag) {
    case 'insert':
      return [{ op: 'u', cells: pick(change.row) }];
    case 'delete':
      return [{ op: 'd', cells: keyOf(change.old) }];
    case 'update': {
      const upsert: ChangedRow = { op: 'u', cells: pick(change.row) };
      if (!change.old) return [upsert];
      const before = keyOf(change.old);
      const moved = keyOf(change.row).some((cell, index) => cell !== before[index]);
      return moved ? [{ op: 'd', cells: before }, upsert] : [upsert];
    }
  }
}

/** A line of the stage's TabSeparated bytes: the cells, the operation and its place in the batch. */
export function stageLine(row: ChangedRow, seq: number): string {
  const cells = row.cells.map((cell) => (typeof cell === 'string' ? tabSeparated(cell) : '\\N'));
  return `${cells.join('\t')}\t${row.op}\t${seq}\n`;
}

/** What Postgres says about the slot. */
export interface SlotState {
  confirmed: Lsn;
  /** Postgres removed log that the slot needs; it can never be read again. */
  lost: boolean;
}

/** What the warehouse recorded with its last confirmed batch. */
export interface CdcPosition {
  /** Server and database that the log belongs to. */
  origin: string;
  /** One hand-over and what was streamed after it. */
  generation: string;
  lsn: Lsn;
  /** Fingerprints of the sources streamed, by name. */
  sources: Readonly<Record<string, string>>;
}

export type HandOverReason =
  | 'first'
  | 'other_server'
  | 'slot_missing'
  | 'slot_lost'
  | 'slot_ahead'
  | 'position_unknown'
  | 'publication_changed'
  | 'sources_changed'
  | 'table_altered';

/**
 * Why the stream cannot go on from where the warehouse is, so that all sources have to be read whole again; null when it
 * can. A slot that was confirmed further than the warehouse recorded is not the one it followed: somebody made it anew.
 */
export function handOverReason(
  position: CdcPosition | null,
  slot: SlotState | null,
  current: { origin: string; sources: readonly StreamedSource[]; published: boolean },
): HandOverReason | null {
  if (position === null) return slot === null ? 'first' : 'position_unknown';
  if (position.origin !== current.origin) return 'other_server';
  if (slot === null) return 'slot_missing';
  if (slot.lost) return 'slot_lost';
  if (slot.confirmed > position.lsn) return 'slot_ahead';
  if (!current.published) return 'publication_changed';
  const followed = ({ definition, fingerprint }: StreamedSource) =>
    position.sources[definition.name] === fingerprint;
  return current.sources.every(followed) ? null : 'sources_changed';
}

/** How far the warehouse is behind the log. */
export interface SlotLag {
  /** Bytes of log that Postgres keeps because the slot has not confirmed them. */
  bytes: number;
  /** Since when nothing was confirmed although there is something to confirm; 0 when there is not. */
  seconds: number;
  /** Postgres may throw the log away at its next checkpoint, or has done so. */
  endangered: boolean;
}

const WARN = { bytes: 1024 ** 3, seconds: 60 };
const CRITICAL = { bytes: 10 * 1024 ** 3, seconds: 600 };

/** How bad a lag is; null when it is none to speak of. */
export function lagSeverity(lag: SlotLag): 'warn' | 'critical' | null {
  if (lag.endangered || lag.bytes >= CRITICAL.bytes || lag.seconds >= CRITICAL.seconds) return 'critical';
  return lag.bytes >= WARN.bytes || lag.seconds >= WARN.seconds ? 'warn' : null;
}
