import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { verify } from '../../docs/examples/verify-webhook.js';
import type { Fence, Value, Written } from '../../modules/sync/application/ports.js';
import type { SyncDefinition } from '../../modules/sync/domain/definition.js';
import { parseSyncDefinition } from '../../modules/sync/domain/parse-definition.js';
import {
  type WebhookSettings,
  WebhookTarget,
} from '../../modules/sync/infrastructure/webhook-target/webhook-target.js';
import { AppError } from '../../src/kernel/errors.js';
import { FakeReceiver } from '../fakes/fake-receiver.js';
import { arrayRows, type StagedRow } from '../support/staged-rows.js';

const SECRET = 'a secret of the receiver';
const never = new AbortController().signal;

let receiver: FakeReceiver;
let target: WebhookTarget;
beforeAll(async () => {
  receiver = await FakeReceiver.start({ secret: SECRET });
});
afterAll(() => receiver.stop());
beforeEach(() => {
  target = newTarget();
});
afterEach(() => {
  expect(receiver.forged).toBe(0);
  receiver.reset();
});

function newTarget(settings: Partial<WebhookSettings> = {}): WebhookTarget {
  const secrets = (name: string): string | undefined => (name === 'CRM' ? SECRET : undefined);
  return new WebhookTarget({ secrets, allowPrivate: true, ...settings });
}

function define(mapping: Record<string, unknown>, url = receiver.url, secret = 'CRM'): SyncDefinition {
  const place = { kind: 'webhook', url, secret };
  const file = { name: 'to_crm', model: 'insight_x', mode: 'mirror', key: ['id'], target: place, mapping };
  return parseSyncDefinition(stringify(file), 'to_crm.yaml');
}

/** A lease that is never lost, unless `check` says so. */
const fence = (check: () => Promise<void> = async () => undefined, token = '9007199254740993'): Fence => ({
  sync: 'to_crm',
  token,
  check,
});

async function write(
  definition: SyncDefinition,
  rows: readonly StagedRow[],
  { by = target, signal = never, holding = fence() } = {},
): Promise<Written> {
  const staged = arrayRows(definition, rows);
  const [range] = staged.ranges;
  if (range === undefined) throw new Error('no rows');
  return await by.write(definition, staged, range, holding, signal);
}

const upsert = (values: Record<string, Value>, op: 'insert' | 'update' = 'insert'): StagedRow => ({
  op,
  values,
});
const three = ['a', 'b', 'c'].map((id) => upsert({ id, name: `name of ${id}` }));
const simple = (url = receiver.url): SyncDefinition => define({ id: 'text', name: 'text' }, url);
const error = (kind: string, code: string): unknown => expect.objectContaining({ class: kind, code });
const sentBodies = (): string[] => receiver.requests.map(({ body }) => body);

describe('a request', () => {
  it('trap 29: sends null, missing and empty as each policy says, to the byte', async () => {
    const definition = define({
      id: 'text',
      sent: 'text',
      skipped: { type: 'text', nulls: 'skip' },
      fixed: { type: 'text', constant: '' },
    });
    const rows = [
      upsert({ id: 'null', sent: null, skipped: null, fixed: '' }),
      // The model has a column that the mapping does not name: it is no field.
      upsert({ id: 'missing', sent: 'x', skipped: 'y', fixed: '', unmapped: 'z' }),
      upsert({ id: 'empty', sent: '', skipped: '', fixed: '' }),
    ];
    await write(definition, rows);
    const [body] = sentBodies();
    const { batch } = JSON.parse(body ?? '') as { batch: string };
    expect(body).toBe(
      `{"sync":"to_crm","batch":"${batch}","records":[` +
        '{"id":"to_crm:null:1","op":"upsert","key":{"id":"null"},"fields":{"fixed":"","sent":null}},' +
        '{"id":"to_crm:missing:1","op":"upsert","key":{"id":"missing"},"fields":{"fixed":"","sent":"x","skipped":"y"}},' +
        '{"id":"to_crm:empty:1","op":"upsert","key":{"id":"empty"},"fields":{"fixed":"","sent":"","skipped":""}}' +
        ']}',
    );
  });

  it('keeps every value to the last digit', async () => {
    const definition = define({
      id: 'integer',
      price: 'decimal',
      ratio: 'float',
      flag: 'boolean',
      at: 'instant',
      day: 'date',
      document: 'json',
      text: 'text',
    });
    await write(definition, [
      upsert({
        id: 9007199254740993n,
        price: '12345678901234567890.123456789012345678',
        ratio: 0.1 + 0.2,
        flag: false,
        at: '2026-01-02T03:04:05.123456Z',
        day: '2026-01-02',
        document: '{"big": 9007199254740993, "a": [1.10]}',
        text: '"\\\u2028\u0000\'</script> \ud83d\ude00',
      }),
    ]);
    const [body] = sentBodies();
    expect(body).toContain('"key":{"id":"9007199254740993"}');
    expect(body).toContain(
      '"fields":{"at":"2026-01-02T03:04:05.123456Z","day":"2026-01-02","document":{"big": 9007199254740993, "a": [1.10]},' +
        '"flag":false,"price":"12345678901234567890.123456789012345678","ratio":0.30000000000000004,',
    );
    expect(JSON.parse(body ?? '')).toMatchObject({
      records: [{ fields: { text: '"\\\u2028\u0000\'</script> \ud83d\ude00' } }],
    });
  });

  it.each<[string, Value]>([
    ['float', Infinity],
    ['float', NaN],
    ['json', '{"cut'],
  ])('refuses a %s that JSON has no form of: %s', async (type, value) => {
    await expect(write(define({ id: 'text', value: type }), [upsert({ id: 'a', value })])).rejects.toEqual(
      error('rejected', 'webhook_value'),
    );
    expect(receiver.requests).toEqual([]);
  });

  it('sends a delete with its key alone', async () => {
    const written = await write(simple(), [{ op: 'delete', values: { id: 'a', name: 'gone' } }]);
    expect(written).toMatchObject({ inserted: 0, updated: 0, deleted: 1 });
    expect(JSON.parse(sentBodies()[0] ?? '')).toMatchObject({
      records: [{ id: 'to_crm:a:1', op: 'delete', key: { id: 'a' } }],
    });
  });

  it('has the headers that a receiver goes by, the same key whenever it is repeated', async () => {
    await write(simple(), three);
    await write(simple(), three);
    await write(simple(), three.slice(1));
    const [first, again, other] = receiver.requests.map(({ headers }) => headers);
    expect(first).toMatchObject({
      'content-type': 'application/json',
      'x-teraffi-sync': 'to_crm',
      'x-teraffi-fence': '9007199254740993',
      'idempotency-key': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(again?.['idempotency-key']).toBe(first?.['idempotency-key']);
    expect(other?.['idempotency-key']).not.toBe(first?.['idempotency-key']);
    expect(sentBodies()[1]).toBe(sentBodies()[0]);
  });

  it('is signed so that the documented example verifies it, and nothing else', async () => {
    await write(simple(), three);
    const [request] = receiver.requests;
    const header = String(request?.headers['x-teraffi-signature']);
    const body = request?.body ?? '';
    const signedAt = Number(/^t=(\d+)/.exec(header)?.[1]);
    expect(verify(SECRET, header, body, signedAt)).toBe(true);
    expect(verify(SECRET, header, body, signedAt + 300)).toBe(true);
    expect(verify(SECRET, header, body, signedAt + 301)).toBe(false);
    expect(verify(SECRET, header, `${body} `, signedAt)).toBe(false);
    expect(verify('another secret', header, body, signedAt)).toBe(false);
    expect(verify(SECRET, header.replace(/t=\d+/, `t=${signedAt + 1}`), body, signedAt)).toBe(false);
    expect(verify(SECRET, '', body, signedAt)).toBe(false);
  });

  it('knows the value of the documented signature', () => {
    // printf '1767225600.{}' | openssl dgst -sha256 -hmac secret
    const header = 't=1767225600,v1=fa7eaa06bf97d7815f3f456e97cde70c9e50cb005f01660c8d10b10c21964887';
    expect(verify('secret', header, '{}', 1767225600)).toBe(true);
  });

  it('is not sent once the lease is lost', async () => {
    const lost = new AppError({ class: 'transient', source: 'sync', code: 'lease_lost', message: 'lost' });
    await expect(write(simple(), three, { holding: fence(() => Promise.reject(lost)) })).rejects.toBe(lost);
    expect(receiver.requests).toEqual([]);
  });
});

describe('delivery', () => {
  it('lets a receiver refuse a worker that was replaced, by the fence token', async () => {
    await write(simple(), three);
    const late = fence(undefined, '9007199254740992');
    await expect(write(simple(), [upsert({ id: 'a', name: 'old' })], { holding: late })).rejects.toEqual(
      error('rejected', 'webhook_http_409'),
    );
    expect(receiver.rows.get('{"id":"a"}')).toEqual({ name: 'name of a' });
  });

  it('has each effect once, whatever happens to requests and answers', async () => {
    receiver.plan(
      { kind: 'accept_then_close' },
      { kind: 'close' },
      { kind: 'answer', status: 500 },
      { kind: 'accept_then_answer', status: 502, body: 'bad gateway' },
    );
    for (let attempt = 0; attempt < 4; attempt++)
      await expect(write(simple(), three)).rejects.toMatchObject({ class: 'transient' });
    expect(await write(simple(), three)).toMatchObject({ inserted: 3, refused: [], waiting: [] });
    expect(receiver.requests).toHaveLength(5);
    expect(receiver.effects.map(({ id }) => id)).toEqual(['to_crm:a:1', 'to_crm:b:1', 'to_crm:c:1']);
  });

  it('confirms record by record what the receiver says record by record', async () => {
    receiver.plan({ kind: 'partial', of: { a: 'rejected', b: 'omit' } });
    const written = await write(simple(), three);
    expect(written.inserted).toBe(1);
    expect(written.refused.map(({ seq, error: { code } }) => [seq, code])).toEqual([
      [1, 'webhook_rejected_bad_value'],
      [2, 'webhook_record_not_taken'],
    ]);
  });

  it('counts updates as updates', async () => {
    expect(await write(simple(), [upsert({ id: 'a', name: 'x' }, 'update')])).toMatchObject({
      inserted: 0,
      updated: 1,
    });
  });

  it('times out on a receiver that never answers', async () => {
    receiver.plan({ kind: 'hang' });
    await expect(write(simple(), three, { by: newTarget({ requestMs: 50 }) })).rejects.toEqual(
      error('transient', 'webhook_timeout'),
    );
  });

  it('ends at once when it is aborted, with the reason', async () => {
    const abort = new AbortController();
    const reason = new Error('cancelled');
    const holding = fence(async () => void setImmediate(() => abort.abort(reason)));
    receiver.plan({ kind: 'hang' });
    await expect(write(simple(), three, { signal: abort.signal, holding })).rejects.toBe(reason);
  });

  it('reads no more of an answer than it needs', async () => {
    receiver.plan({ kind: 'accept_then_answer', status: 200, body: 'x'.repeat(10_000_000) });
    expect(await write(simple(), three)).toMatchObject({ inserted: 3 });
    receiver.plan({ kind: 'accept_then_answer', status: 200, body: `{"results":[${' '.repeat(100_000)}]}` });
    await expect(write(simple(), three)).rejects.toEqual(error('configuration', 'webhook_answer_invalid'));
  });

  it('does not answer for a receiver that is not there', async () => {
    await expect(write(simple('http://127.0.0.1:1/hook'), three)).rejects.toEqual(
      error('transient', 'webhook_unreachable'),
    );
  });
});

describe('Retry-After', () => {
  it('sends nothing before the time that the receiver asked for, in seconds or as a date', async () => {
    for (const header of ['3600', new Date(Date.now() + 3_600_000).toUTCString()]) {
      const patient = newTarget();
      receiver.plan({ kind: 'answer', status: 429, headers: { 'retry-after': header } });
      await expect(write(simple(), three, { by: patient })).rejects.toEqual(
        error('transient', 'webhook_http_429'),
      );
      await expect(write(simple(), three, { by: patient })).rejects.toEqual(
        error('transient', 'webhook_asked_to_wait'),
      );
    }
    expect(receiver.requests).toHaveLength(2);
  });

  it('waits within the write when the time is short', async () => {
    receiver.plan({ kind: 'answer', status: 503, headers: { 'retry-after': '1' } });
    const before = Date.now();
    await expect(write(simple(), three)).rejects.toEqual(error('transient', 'webhook_http_503'));
    const signedAt = (): number =>
      Number(/^t=(\d+)/.exec(String(receiver.requests[1]?.headers['x-teraffi-signature']))?.[1]);
    expect(await write(simple(), three)).toMatchObject({ inserted: 3 });
    expect(signedAt()).toBeGreaterThanOrEqual(Math.floor((before + 1000) / 1000));
  });

  it('can be cancelled while it waits', async () => {
    receiver.plan({ kind: 'answer', status: 429, headers: { 'retry-after': '30' } });
    await expect(write(simple(), three)).rejects.toEqual(error('transient', 'webhook_http_429'));
    const abort = new AbortController();
    const waiting = write(simple(), three, { signal: abort.signal });
    const reason = new Error('cancelled');
    setImmediate(() => abort.abort(reason));
    await expect(waiting).rejects.toBe(reason);
  });
});

describe('redirects', () => {
  const redirect = (status: number, location: string) =>
    ({ kind: 'answer', status, headers: { location } }) as const;

  it.each([307, 308])(
    'follows %i within the origin, signed anew, after another look at the lease',
    async (status) => {
      let looks = 0;
      receiver.plan(redirect(status, '/elsewhere'));
      expect(await write(simple(), three, { holding: fence(async () => void (looks += 1)) })).toMatchObject({
        inserted: 3,
      });
      expect(receiver.requests.map(({ path }) => path)).toEqual(['/hook', '/elsewhere']);
      expect(looks).toBe(2);
    },
  );

  it.each([
    [301, '/elsewhere'],
    [302, '/elsewhere'],
    [303, '/elsewhere'],
    [307, 'http://localhost:1/hook'],
    [307, 'http://169.254.169.254/latest/meta-data'],
    [308, 'https://example.org/hook'],
    [307, 'file:///etc/passwd'],
    [307, 'http://'],
  ])('refuses %i to %s', async (status, location) => {
    receiver.plan(redirect(status, location));
    await expect(write(simple(), three)).rejects.toEqual(error('configuration', 'webhook_redirect_refused'));
    expect(receiver.effects).toEqual([]);
  });

  it('ends a circle', async () => {
    receiver.plan(...Array.from({ length: 4 }, () => redirect(307, '/hook')));
    await expect(write(simple(), three)).rejects.toEqual(error('configuration', 'webhook_redirect_refused'));
    expect(receiver.requests).toHaveLength(4);
  });
});

describe('private addresses', () => {
  /** A host that must never be reached, and what its name resolves to, by call. */
  async function knock(
    url: (port: number) => string,
    ...answers: string[][]
  ): Promise<{ error: unknown; lookups: number }> {
    let lookups = 0;
    let reached = 0;
    const host = createServer().on('connection', () => (reached += 1));
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
    const resolve = async (): Promise<{ address: string; family: number }[]> =>
      (answers[lookups++] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    const by = newTarget({ allowPrivate: false, resolve });
    const definition = simple(url((host.address() as AddressInfo).port));
    const thrown: unknown = await write(definition, three, { by }).then(
      () => null,
      (caught: unknown) => caught,
    );
    host.closeAllConnections();
    await new Promise((closed) => host.close(closed));
    expect(reached).toBe(0);
    return { error: thrown, lookups };
  }

  const refused = error('configuration', 'webhook_address_refused');

  it.each([['127.0.0.1'], ['10.0.0.1'], ['169.254.169.254'], ['::1'], ['::ffff:127.0.0.1'], ['fd00::1']])(
    'refuses a name that resolves to %s',
    async (address) => {
      expect(await knock((port) => `https://crm.example:${port}/`, [address])).toEqual({
        error: refused,
        lookups: 1,
      });
    },
  );

  it('refuses a name with one private address among public ones', async () => {
    expect((await knock((port) => `https://crm.example:${port}/`, ['8.8.8.8', '127.0.0.1'])).error).toEqual(
      refused,
    );
  });

  it('looks a name up once a connection, and connects to what it checked: rebinding gains nothing', async () => {
    const addresses = [['127.0.0.1'], ['8.8.8.8']];
    expect(await knock((port) => `https://crm.example:${port}/`, ...addresses)).toEqual({
      error: refused,
      lookups: 1,
    });
  });

  it('looks at the address again with every new connection', async () => {
    // The receiver closes the connection, and its name has no address any more.
    const answers = [[{ address: '127.0.0.1', family: 4 }], []];
    const open = newTarget({ resolve: async () => answers.shift() ?? [] });
    const named = simple(receiver.url.replace('127.0.0.1', 'crm.example'));
    receiver.plan({ kind: 'accept_then_close' });
    await expect(write(named, three, { by: open })).rejects.toEqual(
      error('transient', 'webhook_unreachable'),
    );
    await expect(write(named, three, { by: open })).rejects.toEqual(
      error('transient', 'webhook_unreachable'),
    );
    expect(answers).toEqual([]);
    expect(receiver.requests).toHaveLength(1);
  });

  it.each([
    '127.0.0.1',
    '2130706433',
    '017700000001',
    '0x7f000001',
    '0x7f.1',
    '127.1',
    '0',
    '[::1]',
    '[::ffff:7f00:1]',
  ])('refuses the literal %s without looking anything up', async (host) => {
    expect(await knock((port) => `https://${host}:${port}/`)).toEqual({ error: refused, lookups: 0 });
  });

  it('refuses http', async () => {
    const { error: thrown } = await knock((port) => `http://crm.example:${port}/`);
    expect(thrown).toEqual(error('configuration', 'insecure_url'));
  });
});

describe('check', () => {
  const codes = async (definition: SyncDefinition, by = target): Promise<string[]> =>
    (await by.check(definition)).map(({ code }) => code);

  it('finds nothing wrong with a sound definition, and makes no request', async () => {
    expect(await codes(simple())).toEqual([]);
    expect(await codes(simple('https://crm.example/hook'), newTarget({ allowPrivate: false }))).toEqual([]);
    expect(receiver.requests).toEqual([]);
  });

  it('names what is missing', async () => {
    const strict = newTarget({ allowPrivate: false });
    expect(await codes(simple('http://crm.example/hook'), strict)).toEqual(['insecure_url']);
    expect(await codes(simple('https://me:pw@crm.example/hook'))).toEqual(['url_with_password']);
    expect(await codes(define({ id: 'text', name: 'text' }, receiver.url, 'OTHER'))).toEqual([
      'missing_secret',
    ]);
  });

  it('does not send without a secret', async () => {
    await expect(write(define({ id: 'text', name: 'text' }, receiver.url, 'OTHER'), three)).rejects.toEqual(
      error('configuration', 'missing_secret'),
    );
  });
});
