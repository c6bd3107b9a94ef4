import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { checkBlocks } from './slack-block-rules.js';

/** What Slack keeps of a message; `forged` lists the mentions and links that its texts would have made. */
export interface FakeMessage {
  channel: string;
  ts: string;
  text: string;
  blocks: unknown[];
  metadata?: { event_type: string; event_payload: Record<string, unknown> };
  forged: string[];
}

/** How the next calls of a method go wrong. */
export type Misbehaviour =
  /** Takes the message, then closes the connection without an answer. */
  | { kind: 'accept_then_close' }
  /** Takes the message and never answers. */
  | { kind: 'accept_then_hang' }
  /** Takes nothing and never answers. */
  | { kind: 'hang' }
  | { kind: 'close' }
  | { kind: 'http_error'; status: number }
  | { kind: 'rate_limited'; retryAfterSeconds: number }
  | { kind: 'error'; code: string };

const arguments_ = z.record(z.string(), z.string());
const metadata = z.strictObject({
  event_type: z.string().regex(/^[A-Za-z]\w*$/),
  event_payload: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

/**
 * A Slack Web API over HTTP for tests. Checks what Slack checks: token, channel, blocks and their limits, metadata and,
 * when switched on, one message a second per channel. Keeps what it took, with metadata. Misbehaves on command.
 */
export class FakeSlack {
  readonly messages: FakeMessage[] = [];
  /** Every call, in order: `chat.postMessage U000000001`. */
  readonly calls: string[] = [];
  /** Codes that posting to a channel ends in: `not_in_channel`. */
  readonly channelErrors = new Map<string, string>();
  /** False: history leaves metadata out and says nothing, as for a token without metadata.message:read. */
  showMetadata = true;
  /** True: a second message within a second gets 429. */
  limitRate = false;
  private readonly planned = new Map<string, Misbehaviour[]>();
  private readonly lastPost = new Map<string, number>();
  private sequence = 0;
  private ahead = 0;

  private constructor(
    private readonly server: Server,
    readonly token: string,
    private readonly users: ReadonlySet<string>,
  ) {}

  static async start({ token, users }: { token: string; users: readonly string[] }): Promise<FakeSlack> {
    const server = createServer();
    const fake = new FakeSlack(server, token, new Set(users));
    server.on('request', (request, response) => void fake.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  /** Base URL of the Web API. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/api/`;
  }

  /** The next `times` calls of the method go wrong; several plans follow each other. */
  plan(method: string, misbehaviour: Misbehaviour, times = 1): void {
    const queue = this.planned.get(method) ?? [];
    this.planned.set(method, [...queue, ...Array.from({ length: times }, () => misbehaviour)]);
  }

  /** Moves Slack's clock on. */
  advance(milliseconds: number): void {
    this.ahead += milliseconds;
  }

  /** Keys of the messages a user or channel got, in order. */
  keysOf(user: string): unknown[] {
    return this.messages
      .filter((message) => message.channel === conversationOf(user))
      .map((message) => message.metadata?.event_payload.key);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = (request.url ?? '').replace(/^\/api\//, '');
    const args = await readArguments(request);
    this.calls.push(`${method} ${args.channel ?? args.users ?? ''}`.trim());
    const misbehaviour = this.planned.get(method)?.shift();
    const reply = (body: object, status = 200, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
      response.end(JSON.stringify(body));
    };
    switch (misbehaviour?.kind) {
      case 'accept_then_close':
        this.call(method, args, request);
        request.socket.destroy();
        return;
      case 'accept_then_hang':
        this.call(method, args, request);
        return;
      case 'hang':
        return;
      case 'close':
        request.socket.destroy();
        return;
      case 'http_error':
        return reply({}, misbehaviour.status);
      case 'rate_limited':
        return replyRateLimited(reply, misbehaviour.retryAfterSeconds);
      case 'error':
        return reply({ ok: false, error: misbehaviour.code });
      case undefined: {
        const result = this.call(method, args, request);
        return 'error' in result && result.error === 'ratelimited'
          ? replyRateLimited(reply, 1)
          : reply(result);
      }
    }
  }

  private call(method: string, args: Record<string, string>, request: IncomingMessage): object {
    if (request.headers.authorization === undefined) return refusal('not_authed');
    if (request.headers.authorization !== `Bearer ${this.token}`) return refusal('invalid_auth');
    switch (method) {
      case 'chat.postMessage':
        return this.postMessage(args);
      case 'conversations.open':
        return this.users.has(args.users ?? '')
          ? { ok: true, channel: { id: conversationOf(args.users ?? '') } }
          : refusal('user_not_found');
      case 'conversations.history':
        return this.history(args);
      default:
        return refusal('unknown_method');
    }
  }

  private postMessage(args: Record<string, string>): object {
    const to = args.channel ?? '';
    const error = this.channelErrors.get(to);
    if (error !== undefined) return refusal(error);
    if (!this.users.has(to)) return refusal('channel_not_found');
    const text = args.text ?? '';
    const checked = checkBlocks(args.blocks);
    if ('error' in checked) return refusal(checked.error);
    if (text === '' && checked.blocks.length === 0) return refusal('no_text');
    const meta = args.metadata === undefined ? undefined : metadata.safeParse(JSON.parse(args.metadata));
    if (meta && !meta.success) return refusal('metadata_must_be_sent_from_app');
    const channel = conversationOf(to);
    const now = Date.now() + this.ahead;
    if (this.limitRate && now - (this.lastPost.get(channel) ?? -Infinity) < 1000)
      return refusal('ratelimited');
    this.lastPost.set(channel, now);
    const ts = `${Math.floor(now / 1000)}.${String((this.sequence += 1)).padStart(6, '0')}`;
    const forged = [text, ...checked.markup].flatMap((each) => each.match(/<[^>]*>/g) ?? []);
    this.messages.push({ channel, ts, text, blocks: checked.blocks, metadata: meta?.data, forged });
    return { ok: true, channel, ts, message: { text, ts } };
  }

  private history(args: Record<string, string>): object {
    if (!args.channel?.startsWith('D')) return refusal('channel_not_found');
    const limit = Number(args.limit ?? 100);
    const start = Number(args.cursor ?? 0);
    const visible = this.messages
      .filter((message) => message.channel === args.channel && Number(message.ts) >= Number(args.oldest ?? 0))
      .reverse();
    const showMetadata = this.showMetadata && args.include_all_metadata === 'true';
    return {
      ok: true,
      messages: visible.slice(start, start + limit).map(({ ts, text, blocks, metadata: meta }) => ({
        type: 'message',
        ts,
        text,
        blocks,
        ...(showMetadata && meta && { metadata: meta }),
      })),
      has_more: start + limit < visible.length,
      response_metadata: { next_cursor: start + limit < visible.length ? String(start + limit) : '' },
    };
  }
}

/** The direct conversation of a user. */
const conversationOf = (user: string): string => user.replace(/^[UW]/, 'D');

const refusal = (error: string) => ({ ok: false, error });

function replyRateLimited(
  reply: (body: object, status: number, headers: Record<string, string>) => void,
  seconds: number,
): void {
  reply(refusal('ratelimited'), 429, { 'retry-after': String(seconds) });
}

/** Arguments of a call, sent as a form or as JSON; nested values stay JSON texts, as in a form. */
async function readArguments(request: IncomingMessage): Promise<Record<string, string>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('utf8');
  if (!request.headers['content-type']?.startsWith('application/json')) {
    return arguments_.parse(Object.fromEntries(new URLSearchParams(body)));
  }
  const json = z.record(z.string(), z.unknown()).parse(JSON.parse(body));
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}
