import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError, toAppError, type ErrorClass } from '../../../kernel/errors.js';
import { GrafeoEngine, type EngineResult } from './grafeo-engine.js';
import { decode, encode, statementRequest } from './wire.js';

const MAX_BODY_BYTES = 64 * 1024 * 1024;
const ROWS_PER_CHUNK = 500;

export interface GraphServerOptions {
  /** Created when missing; the graph is the file graph.grafeo in it. One process at a time. */
  dir: string;
  /** Callers send `Authorization: Bearer <token>`. */
  token: string;
  /** Default 0: a free one. */
  port?: number;
}

/**
 * Serves an embedded graph on 127.0.0.1 (protocol: wire.ts) to whoever has the token. `close` lets running statements
 * end, then writes a checkpoint. Killed instead, it loses no write that it has answered.
 */
export async function startGraphServer(
  options: GraphServerOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  mkdirSync(options.dir, { recursive: true });
  const engine = await GrafeoEngine.open(join(options.dir, 'graph.grafeo'));
  const running = new Set<Promise<void>>();
  const expected = digest(`Bearer ${options.token}`);
  const server = createServer((request, response) => {
    const work = serve(engine, expected, request, response).finally(() => running.delete(work));
    running.add(work);
  });
  try {
    await listen(server, options.port ?? 0);
  } catch (error) {
    engine.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      while (running.size > 0) await Promise.all(running);
      server.closeAllConnections();
      await closed;
      engine.close();
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  const listening = once(server, 'listening'); // rejects when the server emits an error first
  server.listen(port, '127.0.0.1');
  await listening;
}

/** Never rejects: whatever goes wrong is answered, or the connection is cut so that the caller sees a broken answer. */
async function serve(
  engine: GrafeoEngine,
  expected: Buffer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expected)) {
      throw refusal('configuration', 'graph_auth', 'The embedded graph does not know this token.');
    }
    if (request.method !== 'POST' || request.url !== '/statement') {
      throw refusal('bug', 'graph_protocol', 'The embedded graph serves POST /statement only.');
    }
    const { mode, statement, params } = statementRequest.parse(JSON.parse(await body(request)));
    const values = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, decode(value)]));
    await answer(response, await engine[mode](statement, values));
  } catch (error) {
    const { class: kind, code, message } = toAppError(error, 'graph');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.writeHead(status(code), { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify({ error: { class: kind, code, message } }));
    request.resume(); // a body nobody wants must not block the answer
  }
}

async function body(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop must not destroy the connection, or the refusal below would never arrive.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const buffer = z.instanceof(Buffer).parse(chunk);
    bytes += buffer.length;
    if (bytes > MAX_BODY_BYTES) {
      throw refusal(
        'rejected',
        'graph_request_too_large',
        `A statement with its rows may have ${MAX_BODY_BYTES} bytes; send fewer rows.`,
      );
    }
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function answer(response: ServerResponse, result: EngineResult): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  let chunk = `${JSON.stringify({ columns: result.columns })}\n`;
  for (let index = 0; index < result.length; index++) {
    chunk += `${JSON.stringify(result.row(index).map(encode))}\n`;
    if (index % ROWS_PER_CHUNK !== ROWS_PER_CHUNK - 1) continue;
    await send(response, chunk);
    chunk = '';
  }
  response.end(`${chunk}${JSON.stringify({ rows: result.length })}\n`);
}

/** Waits for a slow reader, and gives other requests their turn; a reader that went away ends the answer. */
async function send(response: ServerResponse, chunk: string): Promise<void> {
  if (response.destroyed) throw refusal('transient', 'graph_unavailable', 'The reader went away.');
  if (response.write(chunk)) {
    await new Promise((resolve) => setImmediate(resolve));
    return;
  }
  await new Promise<void>((resolve) => {
    const go = (): void => {
      response.off('drain', go);
      response.off('close', go);
      resolve();
    };
    response.on('drain', go);
    response.on('close', go);
  });
}

function status(code: string): number {
  if (code === 'graph_auth') return 401;
  if (code === 'graph_request_too_large') return 413;
  return 422;
}

function refusal(kind: ErrorClass, code: string, message: string): AppError {
  return new AppError({ class: kind, source: 'graph', code, message });
}

/** Equal length for the comparison, whatever the caller sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
