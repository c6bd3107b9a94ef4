import { setTimeout as wait } from 'node:timers/promises';
import type {
  Fence,
  RowRange,
  StagedRows,
  SyncTarget,
  TargetProblem,
  Written,
} from '../../application/ports.js';
import type { SyncDefinition, Webhook } from '../../domain/definition.js';
import { Egress, type Resolve } from './egress.js';
import { batchId, requestBody, signature } from './request-body.js';
import { outcomeOf, retryAfterMs, webhookError } from './response.js';

/** Longest wait inside one write for a time that the receiver asked for. */
const MAX_WAIT_MS = 60_000;

export interface WebhookSettings {
  /** The value of SYNC_WEBHOOK_SECRETS, by name. */
  secrets: (name: string) => string | undefined;
  /** Receivers in this network, and http: for development and tests. */
  allowPrivate: boolean;
  /** Milliseconds for one request with its answer; default 30,000. */
  requestMs?: number;
  /** Addresses of a host name; default the system's. */
  resolve?: Resolve;
}

/**
 * Signed HTTP requests, one for a range. What is delivered twice has the same ids: at least once by us, once with a
 * receiver that drops ids it has seen. Tries again only when it is called again; until a time that the receiver asked
 * for (Retry-After) it sends nothing to that origin.
 */
export class WebhookTarget implements SyncTarget {
  readonly batchSize = 100;
  private readonly egress: Egress;
  /** Milliseconds since 1970, by origin. */
  private readonly notBefore = new Map<string, number>();

  constructor(private readonly settings: WebhookSettings) {
    const { allowPrivate, requestMs = 30_000, resolve } = settings;
    this.egress = new Egress({ allowPrivate, requestMs, resolve });
  }

  /** Problems of the definition alone: no request is made. `missing_secret`, `insecure_url`, `url_with_password`. */
  async check(definition: SyncDefinition): Promise<TargetProblem[]> {
    const { url, secret } = webhookOf(definition);
    const { protocol, username, password } = new URL(url);
    const problems: TargetProblem[] = [];
    const problem = (code: string, message: string) => problems.push({ code, message, severity: 'error' });
    if (!this.settings.secrets(secret))
      problem('missing_secret', `SYNC_WEBHOOK_SECRETS holds no secret ${secret}.`);
    if (protocol !== 'https:' && !this.settings.allowPrivate)
      problem('insecure_url', `The webhook of ${definition.name} must be https.`);
    if (username !== '' || password !== '')
      problem('url_with_password', `The webhook of ${definition.name} has a user or password in its URL.`);
    return problems;
  }

  /**
   * @throws AppError as `outcomeOf` and `Egress.post` say; configuration `missing_secret`; transient
   *   `webhook_asked_to_wait`, without a request, while the receiver wants none for more than a minute
   */
  async write(
    definition: SyncDefinition,
    staged: StagedRows,
    range: RowRange,
    fence: Fence,
    signal: AbortSignal,
  ): Promise<Written> {
    const { url: address, secret: name } = webhookOf(definition);
    const url = new URL(address);
    const secret = this.settings.secrets(name);
    if (!secret)
      throw webhookError('configuration', 'missing_secret', `SYNC_WEBHOOK_SECRETS holds no secret ${name}.`);
    const rows = await staged.rows(range);
    const body = requestBody(definition, rows);
    const id = batchId(rows);
    await this.untilWelcome(url.origin, signal);
    const headers = async (): Promise<Record<string, string>> => {
      // The last moment before bytes leave: a receiver cannot look the lease up.
      await fence.check();
      return {
        'content-type': 'application/json',
        'user-agent': 'teraffi-insights',
        'idempotency-key': id,
        'x-teraffi-sync': definition.name,
        'x-teraffi-fence': fence.token,
        'x-teraffi-signature': signature(secret, body, Math.floor(Date.now() / 1000)),
      };
    };
    const answer = await this.egress.post(url, body, headers, signal);
    if (answer.status === 429 || answer.status === 503)
      this.notBefore.set(url.origin, Date.now() + retryAfterMs(answer.retryAfter, Date.now()));
    return outcomeOf(rows, answer);
  }

  private async untilWelcome(origin: string, signal: AbortSignal): Promise<void> {
    const left = (this.notBefore.get(origin) ?? 0) - Date.now();
    if (left <= 0) return;
    if (left > MAX_WAIT_MS) {
      const message = `${origin} asked for no request for ${Math.ceil(left / 1000)} seconds more.`;
      throw webhookError('transient', 'webhook_asked_to_wait', message);
    }
    try {
      await wait(left, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }
}

function webhookOf({ name, target }: SyncDefinition): Webhook {
  if (target.kind === 'webhook') return target;
  throw webhookError('bug', 'wrong_target', `Sync ${name} has no webhook.`);
}
