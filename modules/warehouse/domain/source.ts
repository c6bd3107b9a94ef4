/** Type of a source column as the contract names it; decides how its text is parsed in ClickHouse. */
export type ColumnType =
  | 'uuid'
  | 'text'
  | 'integer'
  | 'bigint'
  | 'timestamp'
  | 'date'
  | 'month'
  | 'boolean'
  | 'float'
  | `decimal(${number},${number})`;

/** How a file writes a number, a day or an instant, where that is not as the contract writes it. */
export interface TextStyle {
  /** Sign before the fraction, and the one between groups of three digits. */
  decimal?: ',' | '.';
  thousands?: ',' | '.' | ' ' | "'";
  /** Pattern of a date, month or timestamp: yyyy MM M MMM dd d HH H hh h mm ss SSS a, other signs as they stand, words in '...'. */
  format?: string;
  /** IANA zone of a timestamp that names no offset. */
  zone?: string;
}

export interface SourceColumn {
  name: string;
  type: ColumnType;
  nullable?: boolean;
  /** How its text is written where that is not as the contract writes it. */
  style?: TextStyle;
}

/**
 * A rule of the contract that one row can break. `when` is a ClickHouse condition over the parsed columns, and over
 * `parent.<column>` where the source declares a parent: null as long as the parent has not come.
 */
export interface SourceCheck {
  code: string;
  when: string;
  reason: string;
}

/** The row of another source that checks look at: its `column`, found by its id in the column `by`. */
export interface SourceParent {
  source: string;
  by: string;
  column: string;
}

export interface SourceDefinition {
  /** Name of the source; its rows land in raw_<name>. */
  name: string;
  key: readonly string[];
  columns: readonly SourceColumn[];
  /**
   * Column that only grows: later runs read from its last confirmed value, minus the lag. Without one the source is
   * read whole and compared with the newest version of each key.
   */
  cursor?: { column: string; kind: 'timestamp' | 'id' };
  checks?: readonly SourceCheck[];
  /** A row that came before its parent is judged again when the parent comes, so that the order of arrival does not matter. */
  parent?: SourceParent;
  /** Spellings that mean NULL in this source besides an absent value. */
  nulls?: readonly string[];
}
