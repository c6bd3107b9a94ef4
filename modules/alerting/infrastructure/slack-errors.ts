import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';

/**
 * What a failed Web API call means:
 * - `rate_limited`: Slack took nothing and says when to come back;
 * - `not_sent`: the request never left or reached nobody;
 * - `uncertain`: Slack may have acted (no answer, a broken answer, a server error);
 * - `misconfigured`: the token, the app or a proxy on the way is at fault, so that no message can get through;
 * - `refused`: Slack answered no to this message or its channel; asking again brings the same.
 */
export type SlackFailure =
  | { kind: 'rate_limited'; retryAfterSeconds: number }
  | { kind: 'not_sent' | 'uncertain' | 'misconfigured' | 'refused'; code: string };

/** Network failures before the first byte of a request; a reset may come after the last, so it is not here. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** Platform errors of which Slack says that part of the operation may have happened, or that it is overloaded. */
const SERVER_TROUBLE = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout']);
/** Platform errors about the token or the workspace: a person puts them right, and then every message goes. */
const WORKSPACE_TROUBLE = new Set([
  'invalid_auth',
  'not_authed',
  'token_revoked',
  'token_expired',
  'account_inactive',
  'missing_scope',
  'org_login_required',
  'ekm_access_denied',
]);
const RATE_LIMITS = new Set(['ratelimited', 'rate_limited']);
const CODE = /^[a-z0-9_]{1,80}$/;
/** Where Slack limits without saying for how long. */
const DEFAULT_RETRY_AFTER_SECONDS = 30;

/** Classifies by type and code, never by message. What nobody foresaw is uncertain: then nothing is sent twice. */
export function classifySlackError(error: unknown): SlackFailure {
  if (error instanceof WebAPIRateLimitedError) {
    return { kind: 'rate_limited', retryAfterSeconds: Math.max(1, error.retryAfter) };
  }
  if (error instanceof WebAPIPlatformError) return classifyPlatformCode(error.data.error);
  if (error instanceof WebAPIHTTPError) {
    // Slack says no with a 200; a 4xx stems from what stands before it, and every message meets that.
    const code = `http_${error.statusCode}`;
    return { kind: error.statusCode >= 500 ? 'uncertain' : 'misconfigured', code };
  }
  const original = error instanceof WebAPIRequestError ? error.original : error;
  if (original instanceof Error && original.name === 'TimeoutError')
    return { kind: 'uncertain', code: 'timeout' };
  const code = networkCode(original);
  return { kind: NEVER_SENT.has(code) ? 'not_sent' : 'uncertain', code: code.toLowerCase() };
}

function classifyPlatformCode(code: string): SlackFailure {
  // The client puts a body that is no JSON where the code belongs; such a page comes from a proxy.
  if (!CODE.test(code)) return { kind: 'uncertain', code: 'unreadable_response' };
  if (RATE_LIMITS.has(code)) return { kind: 'rate_limited', retryAfterSeconds: DEFAULT_RETRY_AFTER_SECONDS };
  if (WORKSPACE_TROUBLE.has(code)) return { kind: 'misconfigured', code };
  return { kind: SERVER_TROUBLE.has(code) ? 'uncertain' : 'refused', code };
}

/** The code on an error or on its cause, where fetch puts it. A time-out of ours has a name only. */
function networkCode(error: unknown): string {
  for (
    let each = error;
    typeof each === 'object' && each !== null;
    each = 'cause' in each ? each.cause : undefined
  ) {
    if ('name' in each && each.name === 'TimeoutError') return 'timeout';
    if ('code' in each && typeof each.code === 'string') return each.code;
  }
  return 'no_answer';
}
