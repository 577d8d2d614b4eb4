import { describe, expect, it } from 'vitest';
import { translate } from '../src/errors.ts';

const refused = (code: string): Error =>
  Object.assign(new Error('refused'), { name: 'RestError', code, statusCode: 403, details: { errorCode: code } });

describe('the errors of azure', () => {
  it('speak of the key to who has one, since a key may do everything, and of rights to who has a token', () => {
    for (const code of ['AuthorizationFailure', 'AuthorizationPermissionMismatch']) {
      const [byKey, byToken] = ['key', 'token'] as const;
      expect(translate(refused(code), 'x', byKey)).toMatchObject({
        code: 'AUTH',
        hint: expect.stringMatching(/"account".*"accountKey"/) as string,
      });
      expect(translate(refused(code), 'x', byToken)).toMatchObject({
        code: 'AUTH',
        hint: expect.stringMatching(/Allow this token/) as string,
      });
    }
  });

  it('say that a certificate is for another name', () => {
    const error = translate(Object.assign(new Error('tls'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'x');
    expect(error).toMatchObject({ code: 'AUTH', hint: expect.stringContaining('name') as string });
  });
});
