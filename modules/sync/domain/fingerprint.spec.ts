import { describe, expect, it } from '@jest/globals';
import { bucketOf, fingerprints, weightOf } from './fingerprint.js';

describe('fingerprints', () => {
  it('are MD5 of the encodings', () => {
    // printf 'id=1:7\n' | md5sum and printf 'id=1:7\nname=5:\xc3\xa9\xc3\xa9x\nnote=null\n' | md5sum
    expect(
      fingerprints(
        [['id', '7']],
        [
          ['name', 'ééx'],
          ['note', null],
        ],
      ),
    ).toEqual({ key: '935b1a2b19ff19319387153ae95a91e3', row: '43ac60c6917c0526ddc54be4d554075d' });
  });

  it('keep neighbours, nulls and empty texts apart', () => {
    const row = (a: string | null, b: string | null) =>
      fingerprints(
        [['id', '7']],
        [
          ['a', a],
          ['b', b],
        ],
      ).row;
    const rows = [row('a', 'bc'), row('ab', 'c'), row(null, 'c'), row('', 'c'), row('null', 'c')];
    expect(new Set(rows).size).toBe(rows.length);
  });

  it('put a row in its bucket by 32 bits of the key and weigh it by 60 bits of the row', () => {
    expect(bucketOf('0000001100000000ffffffffffffffff', 16)).toBe(1);
    expect(bucketOf('ffffffff000000000000000000000000', 1000)).toBe(295);
    expect(weightOf('ffffffffffffffff0000000000000000')).toBe(2n ** 60n - 1n);
  });
});
