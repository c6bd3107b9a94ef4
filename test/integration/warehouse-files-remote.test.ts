import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { startS3, type TestS3 } from '../servers/s3.js';
import { FileWorld } from '../support/files.js';

jest.setTimeout(180_000);

const ROWS = 30_000;
const BODY = Buffer.from(
  `id,label\n${Array.from({ length: ROWS }, (_, n) => `${n},row number ${n}\n`).join('')}`,
);
const LIMITS = { idle: 10_000, total: 60_000, retries: [10, 10] };

let world: FileWorld;
let answer: RequestListener;
let calls: { path: string; authorization: string | undefined }[] = [];
const server = createServer((request, response) => {
  calls.push({ path: request.url ?? '', authorization: request.headers.authorization });
  answer(request, response);
});
let base: string;
beforeAll(async () => {
  world = await FileWorld.open();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await world.close();
});
beforeEach(async () => {
  calls = [];
  await world.empty();
});

const declare = (url: string, optional = false) =>
  world.declare(`name: orders
description: Orders
url: ${url}
format: csv
optional: ${optional}
key: [id]
columns:
  - { name: id, type: integer }
  - { name: label, type: string }
`);
const read = (url = `${base}/orders.csv?token=secret-of-the-query`, optional = false, http = LIMITS) =>
  world.extract(declare(url, optional), { http });
const count = () =>
  world.rows('SELECT countIf(NOT _deleted) AS live, countIf(_deleted) AS deleted FROM raw_orders');

describe('a file behind a URL', () => {
  it('is streamed in, plain or packed, and its query is no part of what is shown', async () => {
    answer = (_request, response) => response.end(BODY);
    expect(await read()).toMatchObject({ loaded: ROWS, rejected: 0 });
    answer = (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(BODY));
    expect(await read()).toMatchObject({ staged: ROWS, loaded: 0, rejected: 0 });
    answer = (_request, response) => response.end('id,label\nx,y\n');
    await read();
    expect(await world.rejects('orders')).toMatchObject([{ file: `${base}/orders.csv`, line: 2 }]);
  });

  it.each([
    ['with its length said', { 'content-length': BODY.length }, BODY],
    ['in chunks', {}, BODY],
    ['packed', { 'content-encoding': 'gzip' }, gzipSync(BODY)],
  ])('that breaks off half way (%s) changes nothing and deletes nothing', async (_name, headers, body) => {
    answer = (_request, response) => response.end(BODY);
    await read();
    answer = (_request, response) => {
      response.writeHead(200, headers);
      response.write(body.subarray(0, body.length / 2), () => response.destroy());
    };
    expect(await read()).toMatchObject({
      status: 'failed',
      loaded: 0,
      error: { class: 'transient', code: 'source_unreachable' },
    });
    expect(await count()).toEqual([{ live: String(ROWS), deleted: '0' }]);
  });

  it('that goes silent half way fails as well', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': BODY.length });
      response.write(BODY.subarray(0, 1000));
    };
    expect((await read(undefined, false, { ...LIMITS, idle: 100 })).error).toMatchObject({
      class: 'transient',
      code: 'source_unreachable',
    });
  });

  it('is asked for again while the server has a bad moment', async () => {
    answer = (_request, response) => {
      if (calls.length < 3) response.writeHead(503).end();
      else response.end(BODY);
    };
    expect(await read()).toMatchObject({ loaded: ROWS });
    expect(calls).toHaveLength(3);
  });

  it.each([
    [500, 'transient', 'source_unreachable', 3],
    [429, 'transient', 'source_unreachable', 3],
    [401, 'configuration', 'source_not_permitted', 1],
    [403, 'configuration', 'source_not_permitted', 1],
    [404, 'configuration', 'source_file_missing', 1],
    [204, 'configuration', 'source_not_readable', 1],
    [418, 'configuration', 'source_not_readable', 1],
  ])('whose server answers %d fails: %s', async (status, errorClass, code, tries) => {
    answer = (_request, response) => response.writeHead(status).end();
    const { error } = await read(base.replace('//', '//user:password@') + '/orders.csv?token=secret');
    expect(error).toMatchObject({ class: errorClass, code });
    expect(error?.message).not.toMatch(/secret|password/);
    expect(calls).toHaveLength(tries);
    expect(calls[0]?.authorization).toBe(`Basic ${Buffer.from('user:password').toString('base64')}`);
  });

  it('that is optional may be absent', async () => {
    answer = (_request, response) => response.writeHead(404).end();
    expect(await read(undefined, true)).toMatchObject({ status: 'succeeded', staged: 0 });
  });

  it('is followed over a few redirects, never without end or to another protocol', async () => {
    answer = (request, response) => {
      if (request.url === '/there') response.end(BODY);
      else response.writeHead(302, { location: '/there' }).end();
    };
    expect(await read()).toMatchObject({ loaded: ROWS });
    for (const location of ['/again', 'file:///etc/passwd', 'ftp://host/file']) {
      answer = (_request, response) => response.writeHead(302, { location }).end();
      expect((await read()).error).toMatchObject({ class: 'configuration', code: 'source_redirect' });
    }
  });

  it('whose server is not there fails for now', async () => {
    expect((await read('http://127.0.0.1:1/orders.csv')).error).toMatchObject({
      class: 'transient',
      code: 'source_unreachable',
    });
  });
});

describe('a file in S3', () => {
  let s3: TestS3 | undefined;
  beforeAll(async () => {
    const started = await startS3('crm-export', 'daily run/orders+ä.csv', BODY);
    if ('unavailable' in started) {
      if (process.env.CI) throw new Error(started.unavailable);
      console.warn(`SKIPPED files in S3: ${started.unavailable}`);
    } else s3 = started;
  });
  afterAll(() => s3?.stop());
  const url = "'s3://crm-export/daily run/orders+ä.csv'";

  it('is read with a signed request', async () => {
    if (!s3) return;
    const access = { http: LIMITS, s3: { endpoint: s3.endpoint, region: 'us-east-1', keys: s3.keys } };
    expect(await world.extract(declare(url), access)).toMatchObject({ loaded: ROWS, rejected: 0 });
  });

  it('is refused with another secret, which no message shows, and one that is not there is missing', async () => {
    if (!s3) return;
    const wrong = { ...s3.keys, secretAccessKey: 'wrong-secret' };
    const access = { http: LIMITS, s3: { endpoint: s3.endpoint, region: 'us-east-1', keys: wrong } };
    const { error } = await world.extract(declare(url), access);
    expect(error).toMatchObject({ class: 'configuration', code: 'source_not_permitted' });
    expect(error?.message).not.toContain('wrong-secret');
    const right = { ...access, s3: { ...access.s3, keys: s3.keys } };
    expect((await world.extract(declare('s3://crm-export/absent.csv'), right)).error).toMatchObject({
      class: 'configuration',
      code: 'source_file_missing',
    });
  });
});
