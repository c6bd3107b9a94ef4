import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesOf, objectUrl, shownLocation } from './open.js';

const dataDir = mkdtempSync(join(tmpdir(), 'insights-files-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

describe('files of a source', () => {
  it('are those that a pattern matches, by name; a pattern that matches none is a missing file', () => {
    mkdirSync(join(dataDir, 'in'));
    for (const name of ['b_2.csv', 'b_1.csv', 'b_1.csv.bak', 'a+1.csv'])
      writeFileSync(join(dataDir, 'in', name), '');
    expect(
      filesOf(['in/b_*.csv', 'in/none*.csv', 'absent/*.csv', 'in/a+*', 'https://host/*.csv'], { dataDir }),
    ).toEqual([
      'in/b_1.csv',
      'in/b_2.csv',
      'in/none*.csv',
      'absent/*.csv',
      'in/a+1.csv',
      'https://host/*.csv',
    ]);
  });

  it('are shown without user, password and query', () => {
    expect(shownLocation('https://user:secret@host:8443/a/b.csv?token=secret#x')).toBe(
      'https://host:8443/a/b.csv',
    );
    expect(shownLocation('external/a.csv')).toBe('external/a.csv');
  });
});

describe('the address of an object', () => {
  it.each([
    [
      's3://bucket/a/b c+ä.csv',
      { region: 'eu-west-1' },
      'https://bucket.s3.eu-west-1.amazonaws.com/a/b%20c%2B%C3%A4.csv',
    ],
    ['s3://my.bucket/a.csv', { region: 'us-east-1' }, 'https://s3.us-east-1.amazonaws.com/my.bucket/a.csv'],
    [
      's3://bucket/a.csv',
      { region: 'x', endpoint: 'http://localhost:9000/' },
      'http://localhost:9000/bucket/a.csv',
    ],
  ])('%s with %j is %s', (location, access, url) => {
    expect(objectUrl(location, access)).toBe(url);
  });
});
