import { describe, expect, it } from '@jest/globals';
import { redact } from './redact.js';

describe('redact', () => {
  it.each([
    ['connect postgres://app:s3cret@db:5432/x failed', 'connect postgres://***@db:5432/x failed'],
    ['rediss://:s3cret@cache/0', 'rediss://***@cache/0'],
    ['token xoxb-12-ab-CD rejected', 'token *** rejected'],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer ***'],
    ['password=hunter2 host=db', 'password=*** host=db'],
    ['{"api_key":"k1","n":2}', '{"api_key":***,"n":2}'],
    ['authorization: Basic YWRtaW46cHc=', 'authorization: Basic ***'],
    ['basic research', 'basic research'],
    ['SELECT 1 FROM https://example.com/a@b', 'SELECT 1 FROM https://example.com/a@b'],
    ['The source changed: edit partnerships.sql', 'The source changed: edit partnerships.sql'],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });
});
