import { describe, expect, it } from '@jest/globals';
import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';
import { classifySlackError } from './slack-errors.js';

const platform = (error: string) => new WebAPIPlatformError({ ok: false, error });
const request = (code: string) =>
  new WebAPIRequestError(new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) }));

describe('classifySlackError', () => {
  it.each([
    'channel_not_found',
    'not_in_channel',
    'is_archived',
    'invalid_blocks',
    'user_not_found',
    'some_code_of_tomorrow',
  ])('%s is refused for good', (code) => {
    expect(classifySlackError(platform(code))).toEqual({ kind: 'refused', code });
  });

  it.each([
    'invalid_auth',
    'not_authed',
    'token_revoked',
    'token_expired',
    'account_inactive',
    'missing_scope',
    'org_login_required',
    'ekm_access_denied',
  ])('%s stops every message, not this one', (code) => {
    expect(classifySlackError(platform(code))).toEqual({ kind: 'misconfigured', code });
  });

  it.each(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout'])(
    '%s may have happened after the message was taken',
    (code) => expect(classifySlackError(platform(code))).toEqual({ kind: 'uncertain', code }),
  );

  it('reads the delay of a rate limit', () => {
    expect(classifySlackError(new WebAPIRateLimitedError(17))).toEqual({
      kind: 'rate_limited',
      retryAfterSeconds: 17,
    });
    expect(classifySlackError(platform('ratelimited'))).toEqual({
      kind: 'rate_limited',
      retryAfterSeconds: 30,
    });
  });

  it('tells what was never sent from what may have arrived', () => {
    expect(classifySlackError(request('ECONNREFUSED'))).toEqual({ kind: 'not_sent', code: 'econnrefused' });
    expect(classifySlackError(request('ENOTFOUND'))).toEqual({ kind: 'not_sent', code: 'enotfound' });
    expect(classifySlackError(request('ECONNRESET'))).toEqual({ kind: 'uncertain', code: 'econnreset' });
    expect(classifySlackError(request('UND_ERR_SOCKET'))).toEqual({
      kind: 'uncertain',
      code: 'und_err_socket',
    });
    const late = new WebAPIRequestError(Object.assign(new Error('late'), { name: 'TimeoutError', code: 23 }));
    expect(classifySlackError(late)).toEqual({ kind: 'uncertain', code: 'timeout' });
    expect(classifySlackError(new TypeError('terminated'))).toEqual({ kind: 'uncertain', code: 'no_answer' });
  });

  it('never takes a page of a proxy for a code', () => {
    expect(classifySlackError(platform('<html>Sign in</html>'))).toEqual({
      kind: 'uncertain',
      code: 'unreadable_response',
    });
    expect(classifySlackError(new WebAPIHTTPError(502, 'Bad Gateway', {}))).toEqual({
      kind: 'uncertain',
      code: 'http_502',
    });
    expect(classifySlackError(new WebAPIHTTPError(407, 'Proxy Authentication Required', {}))).toEqual({
      kind: 'misconfigured',
      code: 'http_407',
    });
  });
});
