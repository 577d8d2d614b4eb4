import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { newMasterKey, seal } from '../../src/repository/crypto.ts';
import { createKeyFile, derivationOf, openKeyFile, readKeyFileInfo } from '../../src/repository/key-file.ts';
import { calibrateScrypt, checkScrypt, deriveKey, deriveKeySync } from '../../src/repository/scrypt.ts';
import { assert } from './support/assert.ts';

const info = { created: '2026-11-29T04:29:56Z', username: 'anna', hostname: 'laptop', params: { N: 1024, r: 8, p: 1 } };
const master = newMasterKey();
const keyFile = createKeyFile('päss wörd', master, info);
const changed = (change: object): Buffer =>
  Buffer.from(JSON.stringify({ ...(JSON.parse(keyFile.toString()) as object), ...change }));

const base64 = (length: number, byte: number): string => Buffer.alloc(length, byte).toString('base64');

describe('a key file', () => {
  it('gives the master key to whoever knows the password', async () => {
    expect(await openKeyFile(keyFile, 'päss wörd')).toEqual(master);
  });

  it('says who made it and what it costs, and no more', () => {
    expect(readKeyFileInfo(keyFile)).toEqual(info);
    expect(Object.keys(JSON.parse(keyFile.toString()) as object)).toEqual([
      'created',
      'username',
      'hostname',
      'kdf',
      'N',
      'r',
      'p',
      'salt',
      'data',
    ]);
  });

  it('has a salt of its own every time', () => {
    const salts = [keyFile, createKeyFile('päss wörd', master, info)].map(
      (file) => (JSON.parse(file.toString()) as { salt: string }).salt,
    );
    expect(new Set(salts).size).toBe(2);
    expect(Buffer.from(salts[0] ?? '', 'base64')).toHaveLength(64);
  });

  it('takes a key that was cloned from another thread', async () => {
    expect(await openKeyFile(createKeyFile('x', structuredClone(master), info), 'x')).toEqual(master);
  });

  it('refuses another password, and says so', async () => {
    for (const password of ['pass word', 'päss wörd ']) {
      const error = await assert.fails(() => openKeyFile(keyFile, password), 'WRONG_PASSWORD');
      expect(JSON.stringify([error.message, error.hint, error.context])).not.toContain(password);
    }
  });

  it('does not take no password for a password', async () => {
    await assert.fails(() => openKeyFile(keyFile, ''), 'WRONG_PASSWORD');
  });

  it('of a salt that was met before costs nothing', async () => {
    const derive = derivationOf('päss wörd');
    const [one, other] = await Promise.all([openKeyFile(keyFile, derive), openKeyFile(keyFile, derive)]);
    expect(one).toEqual(other);
    const { salt } = JSON.parse(keyFile.toString()) as { salt: string };
    expect(derive(Buffer.from(salt, 'base64'), info.params)).toBe(derive(Buffer.from(salt, 'base64'), info.params));
  });

  it.each([
    ['N no power of two', { N: 1000 }],
    ['N of one', { N: 1 }],
    ['N of text', { N: '1024' }],
    ['r of zero', { r: 0 }],
    ['p below one', { p: -1 }],
    ['memory above 1 GiB', { N: 2 ** 21, r: 8 }],
    ['work without end', { p: 100_000 }],
    ['numbers beyond all bounds', { N: 2 ** 60, r: 2 ** 60 }],
    ['another function', { kdf: 'pbkdf2' }],
    ['a short salt', { salt: 'AAAA' }],
    ['no salt', { salt: undefined }],
  ])('with %s is refused before anything is computed', async (_what, change) => {
    await assert.fails(() => openKeyFile(changed(change), 'päss wörd'), 'CORRUPT');
    await assert.fails(() => readKeyFileInfo(changed(change)), 'CORRUPT');
  });

  it('without anything sealed in it opens with no password', async () => {
    await assert.fails(() => openKeyFile(changed({ data: '' }), 'päss wörd'), 'WRONG_PASSWORD');
  });

  it.each([
    ['zeros for a key', { mac: { k: base64(16, 0), r: base64(16, 1) }, encrypt: base64(32, 1) }],
    ['a short key', { mac: { k: 'AQ==', r: 'AQ==' }, encrypt: 'AQ==' }],
    ['no key', {}],
    ['a list', []],
  ])('that seals %s is refused', async (_what, sealedMaster) => {
    const { salt } = JSON.parse(keyFile.toString()) as { salt: string };
    const key = deriveKeySync('x', Buffer.from(salt, 'base64'), info.params);
    const data = seal(key, Buffer.from(JSON.stringify(sealedMaster))).toString('base64');
    await assert.fails(() => openKeyFile(changed({ data }), 'x'), 'CORRUPT');
  });

  it('fails with nothing but our errors on any JSON', () => {
    assert.holds(fc.json(), (json) => assert.survives(() => readKeyFileInfo(Buffer.from(json))));
    assert.holds(fc.string(), (text) => assert.survives(() => readKeyFileInfo(Buffer.from(text))));
  });

  it('larger than any key file is refused', async () => {
    await assert.fails(() => readKeyFileInfo(changed({ username: 'x'.repeat(70_000) })), 'CORRUPT');
  });
});

describe('scrypt', () => {
  it('gives the published key', () => {
    // RFC 7914, section 12.
    const expected = Buffer.from(
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162' +
        '2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
      'hex',
    );
    const { encrypt, macK, macR } = deriveKeySync('password', Buffer.from('NaCl'), { N: 1024, r: 8, p: 16 });
    expect(Buffer.concat([encrypt, macK, macR])).toEqual(expected);
  });

  it('works with more memory than Node grants by default', async () => {
    const key = await deriveKey('x', Buffer.alloc(64), { N: 32_768, r: 8, p: 2 });
    expect(key.encrypt).toHaveLength(32);
  });

  it('is never calibrated to less than restic has, nor to more than is read back', () => {
    for (const options of [
      { targetMs: 0, maxBytes: 0 },
      { targetMs: 150, maxBytes: 64 * 1024 * 1024 },
      { targetMs: 1e9, maxBytes: 2 ** 40 },
    ]) {
      const params = calibrateScrypt(options);
      expect(params.N).toBeGreaterThanOrEqual(32_768);
      expect(params.r).toBe(8);
      expect(params.p).toBeGreaterThanOrEqual(1);
      checkScrypt(params);
    }
  });

  it('is calibrated to no less on a machine that others keep busy', () => {
    let passedMs = 0;
    // Between any two looks at the clock, others had the processor for an hour.
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (passedMs += 3_600_000));
    try {
      expect(calibrateScrypt({ targetMs: 60_000, maxBytes: 0 }).p).toBeGreaterThan(1);
    } finally {
      clock.mockRestore();
    }
  });
});
