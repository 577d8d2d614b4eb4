import { describe, expect, it } from 'vitest';
import { translateConnection } from '../../src/index.ts';

const hintFor = (code: string): string | undefined =>
  translateConnection(Object.assign(new Error('tls'), { code }), 'cannot open x').hint;

describe('a server that cannot prove who it is', () => {
  it('is told with what mends it: an authority that is named mends neither a wrong name nor a wrong date', () => {
    for (const code of [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'SELF_SIGNED_CERT_IN_CHAIN',
    ]) {
      expect(hintFor(code)).toContain('as "ca"');
    }
    expect(hintFor('ERR_TLS_CERT_ALTNAME_INVALID')).toMatch(/name/);
    expect(hintFor('CERT_HAS_EXPIRED')).toMatch(/Renew.*clock/);
    expect(hintFor('CERT_NOT_YET_VALID')).toMatch(/clock/);
    for (const code of ['ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']) {
      expect(hintFor(code)).not.toContain('"ca"');
    }
  });
});

it('a server that refuses the connection, or that nobody knows, is told with what to look at', () => {
  expect(hintFor('ECONNREFUSED')).toMatch(/host and port/);
  expect(hintFor('ENOTFOUND')).toMatch(/name/);
  // It may come back by itself.
  expect(hintFor('ECONNRESET')).toBeUndefined();
});
