import { lookup as dnsLookup } from 'node:dns/promises';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { AppError } from '../../../../src/kernel/errors.js';
import { errorCode } from '../../../../src/platform/error-code.js';
import { isPublicAddress } from './public-address.js';
import { MAX_ANSWER_BYTES, type WebhookAnswer, webhookError } from './response.js';

const MAX_REDIRECTS = 3;
/** A certificate that another try will not mend. */
const BAD_CERTIFICATE = /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

/** Addresses of a host name. */
export type Resolve = (hostname: string) => Promise<{ address: string; family: number }[]>;

export interface EgressSettings {
  /** False: only https, and only addresses of the public internet. */
  allowPrivate: boolean;
  /** Milliseconds for one request, from its begin to the last byte of its answer. */
  requestMs: number;
  resolve?: Resolve | undefined;
}

/**
 * The only way out to a receiver. A private address is refused when the connection is made, not before: a name that
 * answers otherwise the second time (DNS rebinding) gains nothing, because what was checked is what is connected to.
 */
export class Egress {
  private readonly http: HttpAgent;
  private readonly https: HttpsAgent;

  constructor(private readonly settings: EgressSettings) {
    const resolve = settings.resolve ?? ((hostname) => dnsLookup(hostname, { all: true }));
    const options = { keepAlive: true, lookup: checkedLookup(resolve, settings.allowPrivate) };
    this.http = new HttpAgent(options);
    this.https = new HttpsAgent(options);
  }

  /**
   * POSTs a text and gives the answer, whatever its status. 307 and 308 are followed within the same origin; anything
   * else that points elsewhere is refused: a signed body is for the receiver that was declared.
   * @param headers called right before each request, redirected ones too
   * @throws AppError transient `webhook_unreachable`, `webhook_timeout`; configuration `webhook_address_refused`,
   *   `webhook_certificate`, `webhook_redirect_refused`, `insecure_url`; the signal's reason when it aborts
   */
  async post(
    start: URL,
    body: string,
    headers: () => Promise<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<WebhookAnswer> {
    let url = start;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      this.checkUrl(url);
      const { location, ...answer } = await this.exchange(url, body, await headers(), signal);
      if (answer.status < 300 || answer.status > 399) return answer;
      url = redirected(url, answer.status, location);
    }
    throw webhookError(
      'configuration',
      'webhook_redirect_refused',
      `${shown(start)} redirects more than ${MAX_REDIRECTS} times.`,
    );
  }

  /** A literal address is never looked up, so it is checked here. URL has put its decimal, octal and hex forms right. */
  private checkUrl(url: URL): void {
    if (this.settings.allowPrivate) return;
    if (url.protocol !== 'https:')
      throw webhookError('configuration', 'insecure_url', `${shown(url)} is not https.`);
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(host) !== 0 && !isPublicAddress(host)) throw addressRefused(host);
  }

  private async exchange(
    url: URL,
    body: string,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<WebhookAnswer & { location: string | undefined }> {
    const timeout = AbortSignal.timeout(this.settings.requestMs);
    const either = AbortSignal.any([signal, timeout]);
    try {
      const response = await this.request(url, body, headers, either);
      const answer = await readBody(response);
      const { 'retry-after': retryAfter, location } = response.headers;
      return { status: response.statusCode ?? 0, retryAfter, location, ...answer };
    } catch (error) {
      signal.throwIfAborted();
      throw failure(url, error, timeout.aborted);
    }
  }

  private request(
    url: URL,
    body: string,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const options = {
        method: 'POST',
        signal,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      };
      const request =
        url.protocol === 'https:'
          ? httpsRequest(url, { ...options, agent: this.https })
          : httpRequest(url, { ...options, agent: this.http });
      request.once('response', resolve);
      request.on('error', reject);
      request.end(body);
    });
  }
}

/** The name's addresses, unless one of them is private: a name that has such an address is no receiver's. */
function checkedLookup(resolve: Resolve, allowPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const [first] = addresses;
        const refused = allowPrivate ? undefined : addresses.find(({ address }) => !isPublicAddress(address));
        if (refused !== undefined) callback(addressRefused(hostname), '');
        else if (first === undefined) callback(new Error(`${hostname} has no address`), '');
        else if (options.all === true) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, ''),
    );
  };
}

async function readBody(response: IncomingMessage): Promise<{ body: string; cut: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop closes the connection: what else comes is nobody's concern.
    if (bytes > MAX_ANSWER_BYTES) break;
  }
  const text = Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString('utf8');
  return { body: text, cut: bytes > MAX_ANSWER_BYTES };
}

function redirected(from: URL, status: number, location: string | undefined): URL {
  const to =
    location !== undefined && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if ((status === 307 || status === 308) && to?.origin === from.origin) return to;
  const message = `${shown(from)} redirects with ${status}; only 307 and 308 within the same origin are followed.`;
  throw webhookError('configuration', 'webhook_redirect_refused', message);
}

function failure(url: URL, error: unknown, timedOut: boolean): AppError {
  if (error instanceof AppError) return error;
  const code = errorCode(error) ?? 'no code';
  if (timedOut)
    return webhookError('transient', 'webhook_timeout', `${shown(url)} did not answer in time.`, error);
  if (BAD_CERTIFICATE.test(code))
    return webhookError(
      'configuration',
      'webhook_certificate',
      `${shown(url)} has no valid certificate (${code}).`,
      error,
    );
  return webhookError('transient', 'webhook_unreachable', `${shown(url)} does not answer (${code}).`, error);
}

/** A URL without its query, which may hold a secret. */
const shown = ({ origin, pathname }: URL): string => `${origin}${pathname}`;

const addressRefused = (host: string): AppError =>
  webhookError(
    'configuration',
    'webhook_address_refused',
    `${host} is not on the public internet. SYNC_PRIVATE_ADDRESSES=allow allows it.`,
  );
