import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Redactor } from '../../src/config/redactor.ts';

const redactorOf = (...secrets: string[]): Redactor => {
  const redactor = new Redactor();
  for (const secret of secrets) redactor.add(secret);
  return redactor;
};

describe('the redactor', () => {
  const secret = 'päss wörd/+"&?';
  it.each([
    ['as it is', secret],
    ['in a URL', encodeURIComponent(secret)],
    ['in a URL with small letters', encodeURIComponent(secret).toLowerCase()],
    ['in a form', encodeURIComponent(secret).replaceAll('%20', '+')],
    ['in JSON', JSON.stringify({ password: secret })],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64url', Buffer.from(secret).toString('base64url')],
  ])('masks a secret %s', (_, text) => {
    expect(redactorOf(secret).redact(`before ${text} after`)).toMatch(/^before .*\*\*\*.* after$/);
    expect(redactorOf(secret).redact(text)).not.toContain(text);
  });

  it('masks a password inside a header of basic authentication, for users of any length', () => {
    for (const user of ['a', 'an', 'ann', 'anna']) {
      const header = `Basic ${Buffer.from(`${user}:correct horse battery`).toString('base64')}`;
      const redacted = redactorOf('correct horse battery').redact(header);
      const shown = Buffer.from(redacted.replace(/^Basic /, '').split('***')[0] ?? '', 'base64').toString();
      expect(redacted).toContain('***');
      expect(shown).not.toContain('corr');
    }
  });

  it('leaves nothing of the longer one where two secrets begin alike', () => {
    expect(redactorOf('opal-1', 'opal-1-and-quartz').redact('opal-1-and-quartz, opal-1')).toBe('***, ***');
  });

  it.each(['a', 'abc', 'another', 'Another', 'destination', '2026', '12345678'])(
    'leaves sentences and JSON as they are where the secret "%s" is like a part of them',
    (secret) => {
      const text = `${secret} destination is asked: "${secret}", 1.5 ${secret} of {"${secret}":"${secret}"}, password and ${secret}`;
      expect(redactorOf(secret).redact(text)).toBe(text);
    },
  );

  it.each(['a', 'abc', 'another', '12345678'])('masks the secret "%s" where it is told as one', (secret) => {
    const redact = (text: string): string => redactorOf(secret).redact(text);
    expect(redact(`smtp://anna:${secret}@mail.example.org`)).toBe('smtp://anna:***@mail.example.org');
    expect(redact(`password=${secret}&a=1, PGPASSWORD: ${secret}`)).toBe('password=***&a=1, PGPASSWORD: ***');
    expect(redact(`{"password":"${secret}"} refused password "${secret}"`)).toBe(
      '{"password":"***"} refused password "***"',
    );
  });

  it('masks every line of a secret with several', () => {
    const key = '-----BEGIN KEY-----\nAAAAB3NzaC1yc2E\n-----END KEY-----\n';
    expect(redactorOf(key).redact('read: AAAAB3NzaC1yc2E')).toBe('read: ***');
  });

  it('changes nothing while it knows no secret, or only an empty one', () => {
    expect(redactorOf().redact('text')).toBe('text');
    expect(redactorOf('', ' \n').redact('a text')).toBe('a text');
  });

  it('never lets a secret through, wherever it stands', () => {
    const anySecret = fc
      .string({ unit: 'grapheme', minLength: 6, maxLength: 30 })
      .filter((text) => Array.from(text.trim()).length >= 6 && !/^(\p{L}+|\d+)$/u.test(text.trim()));
    const encode = fc.constantFrom(
      (text: string) => text,
      encodeURIComponent,
      (text: string) => Buffer.from(text).toString('base64'),
      (text: string) => JSON.stringify(text).slice(1, -1),
    );
    fc.assert(
      fc.property(anySecret, encode, fc.string(), fc.string(), (word, encoded, before, after) => {
        const form = encoded(word);
        // With a star in it, the form could be built anew by what is put in its place.
        fc.pre(!form.includes('*'));
        expect(redactorOf(word).redact(`${before}${form}${after}`)).not.toContain(form);
      }),
      { numRuns: 500 },
    );
  });
});
