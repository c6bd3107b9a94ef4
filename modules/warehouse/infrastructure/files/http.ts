import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { AppError } from '../../../../src/kernel/errors.js';
import { errorCode } from '../../../../src/platform/error-code.js';

export interface HttpLimits {
  /** Milliseconds without a byte after which the other side counts as gone. */
  idle: number;
  /** Milliseconds for one file from first to last byte. */
  total: number;
  /** Milliseconds to wait before each further attempt to begin. */
  retries: readonly number[];
}
export const HTTP_LIMITS: HttpLimits = { idle: 30_000, total: 3_600_000, retries: [500, 2_000] };
const MAX_REDIRECTS = 5;

/** A URL without what may be a secret: user, password and query. */
export function shownUrl(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

export type Sign = (url: string) => Promise<{ url: string; headers: Record<string, string> }>;

/**
 * The body of a GET as bytes, as sent (a compressed one stays compressed: Node's fetch would take a cut gzip body for a
 * whole one). Tries again while nothing has come; a body that breaks off is a transient error, never the end of the file.
 */
export async function* httpBytes(url: string, limits: HttpLimits, sign?: Sign): AsyncGenerator<Uint8Array> {
  const name = shownUrl(url);
  const overall = AbortSignal.timeout(limits.total);
  const response = await begin(url, limits, overall, sign);
  try {
    const chunks = (response as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    for (;;) {
      // Only while we wait: a reader that is slow itself is no fault of the server.
      const idle = setTimeout(() => response.destroy(silence()), limits.idle);
      const next = await chunks.next().finally(() => clearTimeout(idle));
      if (next.done === true) break;
      yield next.value;
    }
  } catch (error) {
    const why = overall.aborted ? 'it took too long' : `it broke off (${errorCode(error) ?? 'no code'})`;
    throw unreachable(name, why, error);
  } finally {
    response.destroy();
  }
  if (!response.complete) throw unreachable(name, 'it broke off');
}

const silence = (): Error => Object.assign(new Error('no byte came in time'), { code: 'ETIMEDOUT' });

async function begin(
  url: string,
  limits: HttpLimits,
  overall: AbortSignal,
  sign?: Sign,
): Promise<IncomingMessage> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await follow(url, limits, overall, sign);
    } catch (error) {
      const delay = limits.retries[attempt];
      if (!(error instanceof AppError) || error.class !== 'transient' || delay === undefined) throw error;
      await wait(delay);
    }
  }
}

async function follow(
  start: string,
  limits: HttpLimits,
  overall: AbortSignal,
  sign?: Sign,
): Promise<IncomingMessage> {
  let url = start;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const signed = sign ? await sign(url) : { url, headers: {} };
    const response = await get(signed.url, signed.headers, limits, overall);
    const status = response.statusCode ?? 0;
    if (status === 200) return response;
    response.destroy();
    const { location } = response.headers;
    // A signature holds for one address: S3 redirects when the region is not the bucket's.
    if (sign || status < 300 || status >= 400 || location === undefined)
      throw refused(shownUrl(start), status);
    const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
    const safe =
      next && (next.protocol === 'https:' || (next.protocol === 'http:' && url.startsWith('http:')));
    if (!safe) throw configuration('source_redirect', `${shownUrl(start)} redirects to what is no https URL`);
    url = next.href;
  }
  throw configuration('source_redirect', `${shownUrl(start)} redirects more than ${MAX_REDIRECTS} times`);
}

function get(
  url: string,
  headers: Record<string, string>,
  limits: HttpLimits,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const begun = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request: ClientRequest = begun(url, {
      headers: { 'accept-encoding': 'identity, gzip', ...headers },
      signal,
    });
    request.setTimeout(limits.idle, () => request.destroy(silence()));
    request.once('response', (response) => {
      request.setTimeout(0);
      resolve(response);
    });
    request.on('error', (error) =>
      reject(unreachable(shownUrl(url), `it does not answer (${errorCode(error) ?? 'no code'})`, error)),
    );
    request.end();
  });
}

function refused(name: string, status: number): AppError {
  if (status === 404 || status === 410)
    return configuration('source_file_missing', `there is no ${name} (${status})`);
  if (status === 401 || status === 403)
    return configuration('source_not_permitted', `${name} may not be read (${status})`);
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return unreachable(name, `the server answers ${status}`);
  return configuration('source_not_readable', `${name} answers ${status}, not 200`);
}

const configuration = (code: string, message: string): AppError =>
  new AppError({ class: 'configuration', source: 'warehouse', code, message });
const unreachable = (name: string, why: string, cause?: unknown): AppError =>
  new AppError({
    class: 'transient',
    source: 'warehouse',
    code: 'source_unreachable',
    message: `${name} cannot be read now: ${why}`,
    cause,
  });
