import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  changedRows,
  type CdcPosition,
  formatLsn,
  handOverReason,
  lagSeverity,
  parseLsn,
  project,
  stageLine,
  type StreamedSource,
  type WalTable,
} from './cdc.js';

const source: StreamedSource = {
  definition: {
    name: 'people',
    key: ['id'],
    columns: [
      { name: 'id', type: 'bigint' },
      { name: 'name', type: 'text' },
    ],
  },
  table: { oid: 7, name: 'product.people' },
  columns: [
    { name: 'person_id', typeOid: 20, typeModifier: -1 },
    { name: 'full_name', typeOid: 25, typeModifier: -1 },
  ],
  fingerprint: 'f1',
};
const column = (name: string, typeOid: number, key = false) => ({ name, typeOid, typeModifier: -1, key });
const table: WalTable = {
  oid: 7,
  name: 'product.people',
  columns: [column('full_name', 25), column('more', 25), column('person_id', 20, true)],
};

describe('an LSN', () => {
  it('is the text of Postgres, both ways', () => {
    expect(parseLsn('16/B374D848')).toBe(0x16_b374d848n);
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (lsn) => {
        expect(parseLsn(formatLsn(lsn))).toBe(lsn);
      }),
    );
    expect(() => parseLsn('16')).toThrow('not an LSN');
  });
});

describe('changes as rows of a source', () => {
  const at = [2, 0];
  it('finds the columns by name, wherever they stand, and says what does not fit', () => {
    expect(project(source, table)).toEqual(at);
    expect(project(source, { ...table, columns: table.columns.slice(0, 2) })).toEqual({
      code: 'source_column_missing',
      column: 'person_id',
    });
    expect(
      project(source, { ...table, columns: [column('full_name', 1043), column('person_id', 20)] }),
    ).toEqual({
      code: 'source_column_type',
      column: 'full_name',
    });
  });

  it('takes an insert and an update whole, of a delete the key', () => {
    expect(changedRows(source, at, { tag: 'insert', table, row: ['Ada', 'x', '1'] })).toEqual([
      { op: 'u', cells: ['1', 'Ada'] },
    ]);
    expect(changedRows(source, at, { tag: 'update', table, old: null, row: [undefined, 'x', '1'] })).toEqual([
      { op: 'u', cells: ['1', undefined] },
    ]);
    expect(changedRows(source, at, { tag: 'delete', table, old: [null, null, '1'] })).toEqual([
      { op: 'd', cells: ['1', null] },
    ]);
  });

  it('makes a key that moved a delete and an upsert, and one that did not an upsert', () => {
    expect(
      changedRows(source, at, { tag: 'update', table, old: [null, null, '1'], row: ['Ada', 'x', '2'] }),
    ).toEqual([
      { op: 'd', cells: ['1', null] },
      { op: 'u', cells: ['2', 'Ada'] },
    ]);
    expect(
      changedRows(source, at, { tag: 'update', table, old: ['Ada', 'x', '1'], row: ['Bea', 'x', '1'] }),
    ).toEqual([{ op: 'u', cells: ['1', 'Bea'] }]);
  });

  it('is one line whatever a value holds', () => {
    expect(stageLine({ op: 'u', cells: ['1', 'a\tb\nc\\N\r', '', null] }, 3)).toBe(
      '1\ta\\tb\\nc\\\\N\\r\t\t\\N\tu\t3\n',
    );
  });
});

describe('handOverReason', () => {
  const position: CdcPosition = { origin: 'o', generation: 'g', lsn: 100n, sources: { people: 'f1' } };
  const slot = { confirmed: 100n, lost: false };
  const current = { origin: 'o', sources: [source], published: true };
  it('is null only when slot, server, publication and sources are the ones followed', () => {
    expect(handOverReason(position, slot, current)).toBeNull();
    expect(handOverReason(position, { ...slot, confirmed: 40n }, current)).toBeNull();
    expect(handOverReason(position, slot, { ...current, sources: [] })).toBeNull();
    expect(handOverReason(null, null, current)).toBe('first');
    expect(handOverReason(null, slot, current)).toBe('position_unknown');
    expect(handOverReason(position, slot, { ...current, origin: 'p' })).toBe('other_server');
    expect(handOverReason(position, null, current)).toBe('slot_missing');
    expect(handOverReason(position, { ...slot, lost: true }, current)).toBe('slot_lost');
    expect(handOverReason(position, { ...slot, confirmed: 101n }, current)).toBe('slot_ahead');
    expect(handOverReason(position, slot, { ...current, published: false })).toBe('publication_changed');
    expect(handOverReason(position, slot, { ...current, sources: [{ ...source, fingerprint: 'f2' }] })).toBe(
      'sources_changed',
    );
  });
});

describe('lagSeverity', () => {
  it('looks at bytes, seconds and whether the log is in danger', () => {
    const fine = { bytes: 1024 ** 3 - 1, seconds: 59.9, endangered: false };
    expect(lagSeverity(fine)).toBeNull();
    expect(lagSeverity({ ...fine, bytes: 1024 ** 3 })).toBe('warn');
    expect(lagSeverity({ ...fine, seconds: 60 })).toBe('warn');
    expect(lagSeverity({ ...fine, seconds: 600 })).toBe('critical');
    expect(lagSeverity({ ...fine, bytes: 10 * 1024 ** 3 })).toBe('critical');
    expect(lagSeverity({ bytes: 0, seconds: 0, endangered: true })).toBe('critical');
  });
});
