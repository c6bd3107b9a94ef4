import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { verify } from '../../docs/examples/verify-webhook.js';

const record = z.discriminatedUnion('op', [
  z.strictObject({
    id: z.string(),
    op: z.literal('upsert'),
    key: z.record(z.string(), z.unknown()),
    fields: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({ id: z.string(), op: z.literal('delete'), key: z.record(z.string(), z.unknown()) }),
]);
const request = z.strictObject({ sync: z.string(), batch: z.string(), records: z.array(record).min(1) });
export type ReceivedRecord = z.infer<typeof record>;

export interface ReceivedRequest {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** How the next requests go wrong. */
export type ReceiverFault =
  /** Takes the records, then closes the connection without an answer. */
  | { kind: 'accept_then_close' }
  /** Takes nothing and closes the connection. */
  | { kind: 'close' }
  /** Takes nothing and never answers. */
  | { kind: 'hang' }
  /** Takes nothing. */
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body?: string }
  /** Takes the records and answers this. */
  | { kind: 'accept_then_answer'; status: number; body: string }
  /** Takes all but some records, told by key text, and says so record by record; `omit` says nothing of these. */
  | { kind: 'partial'; of: Record<string, 'rejected' | 'retry' | 'omit'> };

/**
 * A receiver as docs/sync-targets.md tells people to build one: it verifies the signature, drops ids it has seen and
 * keeps what the records amount to. Misbehaves on command.
 */
export class FakeReceiver {
  /** Every request with a right signature, in order. */
  readonly requests: ReceivedRequest[] = [];
  /** Records that had an effect, in order; each id once. */
  readonly effects: ReceivedRecord[] = [];
  /** What the effects amount to: fields by the JSON of the key. */
  readonly rows = new Map<string, Record<string, unknown>>();
  /** Requests that were refused for their signature. */
  forged = 0;
  /** Records by the JSON of their key that are refused whenever they come, with 422 for the whole request. */
  readonly bad = new Set<string>();
  private readonly seen = new Set<string>();
  /** The largest fence token by sync: a worker with an older one has been replaced. */
  private readonly fences = new Map<string, bigint>();
  private readonly planned: ReceiverFault[] = [];

  private constructor(
    private readonly server: Server,
    private readonly secret: string,
  ) {}

  static async start({ secret }: { secret: string }): Promise<FakeReceiver> {
    const server = createServer();
    const receiver = new FakeReceiver(server, secret);
    server.on('request', (incoming, response) => void receiver.answer(incoming, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  /** The next request goes wrong; several plans follow each other. */
  plan(...faults: ReceiverFault[]): void {
    this.planned.push(...faults);
  }

  /** The next requests go well. */
  forgetPlans(): void {
    this.planned.length = 0;
  }

  /** Forgets plans and requests and, with them, all records and ids. */
  reset(): void {
    this.requests.length = this.effects.length = this.planned.length = this.forged = 0;
    for (const kept of [this.rows, this.seen, this.bad, this.fences]) kept.clear();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(incoming).catch(() => null);
    if (body === null) return; // the sender went away in the middle
    const reply = (status: number, text = '', headers: Record<string, string> = {}): void => {
      response.writeHead(status, headers);
      response.end(text);
    };
    const header = String(incoming.headers['x-teraffi-signature']);
    if (!verify(this.secret, header, body, Math.floor(Date.now() / 1000))) {
      this.forged += 1;
      return reply(401);
    }
    this.requests.push({ path: incoming.url ?? '', headers: incoming.headers, body });
    const { sync, records } = request.parse(JSON.parse(body));
    const token = BigInt(String(incoming.headers['x-teraffi-fence']));
    if (token < (this.fences.get(sync) ?? 0n)) return reply(409);
    this.fences.set(sync, token);
    const fault = this.planned.shift();
    switch (fault?.kind) {
      case 'hang':
        return;
      case 'close':
        incoming.socket.destroy();
        return;
      case 'answer':
        return reply(fault.status, fault.body, fault.headers);
      case 'accept_then_close':
        for (const each of records) this.take(each);
        incoming.socket.destroy();
        return;
      case 'accept_then_answer':
        for (const each of records) this.take(each);
        return reply(fault.status, fault.body);
      case 'partial':
        return reply(200, this.partly(records, fault.of));
      case undefined:
        if (records.some(({ key }) => this.bad.has(JSON.stringify(key)))) return reply(422);
        for (const each of records) this.take(each);
        return reply(204);
    }
  }

  private partly(records: ReceivedRecord[], of: Record<string, 'rejected' | 'retry' | 'omit'>): string {
    const results = records.flatMap((each) => {
      const status = of[Object.values(each.key).join(':')] ?? 'ok';
      if (status === 'ok') this.take(each);
      return status === 'omit'
        ? []
        : [{ id: each.id, status, ...(status === 'rejected' && { code: 'bad_value' }) }];
    });
    return JSON.stringify({ results });
  }

  private take(each: ReceivedRecord): void {
    if (this.seen.has(each.id)) return;
    this.seen.add(each.id);
    this.effects.push(each);
    const key = JSON.stringify(each.key);
    if (each.op === 'delete') this.rows.delete(key);
    else this.rows.set(key, { ...this.rows.get(key), ...each.fields });
  }
}

async function read(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
