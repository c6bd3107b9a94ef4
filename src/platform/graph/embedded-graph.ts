import { z } from 'zod';
import { AppError } from '../../kernel/errors.js';
import { columnsLine, decode, encode, endLine, errorBody, rowLine } from './embedded/wire.js';
import { unavailable } from './graph-errors.js';
import { assertGraphParams, parseRows, type Graph, type GraphParams } from './graph.js';

export interface GraphEndpoint {
  /** http://127.0.0.1:port of startGraphServer. */
  url: string;
  token: string;
}

/** The embedded graph, through the loopback server of the process that holds its file. */
export class EmbeddedGraph implements Graph {
  readonly kind = 'embedded';

  /** A function is asked before every statement: a server that was started again may have another port. */
  constructor(private readonly endpoint: GraphEndpoint | (() => GraphEndpoint)) {}

  async read<T>(statement: string, params: GraphParams, schema: z.ZodType<T>): Promise<T[]> {
    return parseRows(await this.send('read', statement, params), schema);
  }

  async write<T>(statement: string, params: GraphParams, schema: z.ZodType<T>): Promise<T[]> {
    return parseRows(await this.send('write', statement, params), schema);
  }

  async ping(): Promise<void> {
    await this.read('RETURN 1 AS one', {}, z.object({ one: z.literal(1) }));
  }

  async close(): Promise<void> {
    // nothing of its own: the server belongs to the embedded host, idle connections keep no process alive
  }

  private async send(mode: 'read' | 'write', statement: string, params: GraphParams): Promise<unknown[]> {
    assertGraphParams(params);
    const { url, token } = typeof this.endpoint === 'function' ? this.endpoint() : this.endpoint;
    // Map keys are escaped, parameter names are not: they are the top level of the message itself.
    const values = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, encode(value)]));
    try {
      const response = await fetch(`${url}/statement`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ mode, statement, params: values }),
      });
      if (!response.ok || response.body === null) throw await refusal(response);
      return await rows(response.body);
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw unavailable('The embedded graph did not answer, or its answer broke off.', error);
    }
  }
}

async function refusal(response: Response): Promise<AppError> {
  const { error } = errorBody.parse(await response.json());
  return new AppError({ ...error, source: 'graph' });
}

async function rows(body: AsyncIterable<Uint8Array>): Promise<unknown[]> {
  let columns: string[] | undefined;
  const found: unknown[] = [];
  for await (const line of lines(body)) {
    const value: unknown = JSON.parse(line);
    if (columns === undefined) {
      ({ columns } = columnsLine.parse(value));
    } else if (Array.isArray(value)) {
      const values = rowLine.parse(value);
      found.push(Object.fromEntries(columns.map((column, index) => [column, decode(values[index])])));
    } else if (endLine.parse(value).rows === found.length) {
      return found;
    }
  }
  throw unavailable('The answer of the embedded graph broke off.');
}

/** Split at \n only: a value may hold U+2028, which line readers take for an end. */
async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}
