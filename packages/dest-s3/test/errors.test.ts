import { BackupError } from '@triplicate/core';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { translate } from '../src/errors.ts';

/** As the SDK throws them: the request, with everything that is in it, hangs on to the error. */
const sdkError = (name: string, status: number, more: Record<string, unknown> = {}): Error =>
  Object.assign(new Error('Access Denied.'), {
    name,
    $metadata: { httpStatusCode: status, requestId: 'tx1' },
    $response: { headers: { 'x-amz-security-token': 'topsecret', ...(more['headers'] as object) } },
    ...more,
  });

const codeOf = (error: unknown): string => translate(error, 'cannot write "x" to s3://b').code;

describe('errors of S3', () => {
  it('become ours by the word that the service has for them', () => {
    const words = {
      NoSuchKey: 'NOT_FOUND',
      NoSuchBucket: 'CONFIG_INVALID',
      AccessDenied: 'AUTH',
      RequestTimeTooSkewed: 'AUTH',
      SlowDown: 'RATE_LIMITED',
      BadDigest: 'UNAVAILABLE',
      RequestTimeout: 'UNAVAILABLE',
      QuotaExceeded: 'QUOTA_EXCEEDED',
      InvalidObjectState: 'UNSUPPORTED',
    };
    for (const [word, code] of Object.entries(words)) expect(codeOf(sdkError(word, 400))).toBe(code);
  });

  it('become ours by their status where there is no word', () => {
    const statuses = {
      403: 'AUTH',
      404: 'NOT_FOUND',
      412: 'ALREADY_EXISTS',
      416: 'INVALID_RANGE',
      429: 'RATE_LIMITED',
    };
    for (const [status, code] of Object.entries(statuses))
      expect(codeOf(sdkError('Unknown', Number(status)))).toBe(code);
    for (const status of [500, 502, 503, 504]) expect(codeOf(sdkError('Unknown', status))).toBe('UNAVAILABLE');
    expect(codeOf(sdkError('Unknown', 400))).toBe('IO');
  });

  it('tell a limit on spending from a refusal', () => {
    const capped = sdkError('AccessDenied', 403, { message: 'Cannot upload files, storage cap exceeded.' });
    expect(codeOf(capped)).toBe('QUOTA_EXCEEDED');
  });

  it('are worth another attempt when the connection broke, and not when the certificate is wrong', () => {
    expect(codeOf(Object.assign(new Error('read'), { code: 'ECONNRESET' }))).toBe('UNAVAILABLE');
    expect(codeOf(Object.assign(new Error('aborted'), { name: 'AbortError' }))).toBe('UNAVAILABLE');
    expect(codeOf(Object.assign(new Error('tls'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }))).toBe('AUTH');
    expect(codeOf(Object.assign(new Error('tls'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }))).toBe('AUTH');
    const misnamed = Object.assign(new Error('tls'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(translate(misnamed, 'x').hint).not.toContain('"ca"');
  });

  it('say when to come back', () => {
    const busy = sdkError('SlowDown', 503, { headers: { 'retry-after': '7' } });
    expect(translate(busy, 'x').retryAfterMs).toBe(7000);
  });

  it('hold nothing of the request', () => {
    const error = translate(sdkError('AccessDenied', 403), 'cannot write "x" to s3://b');
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('topsecret');
    expect(error.context).toEqual({ service: 'AccessDenied', status: 403, requestId: 'tx1' });
  });

  it('are left alone when they are ours already', () => {
    const own = new BackupError('UNREADABLE', 'the content cannot be read');
    expect(translate(own, 'x')).toBe(own);
  });
});
