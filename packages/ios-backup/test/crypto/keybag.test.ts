import { execFileSync, spawnSync } from 'node:child_process';
import { bodyOf, collect } from '@triplicate/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unlockKeybag, unwrapKey } from '../../src/crypto/class-keys.ts';
import { decryptStream, exactly } from '../../src/crypto/decrypt-stream.ts';
import { mostIterations, parseKeybag } from '../../src/crypto/keybag.ts';
import { fuzz } from '../fixtures/fuzz.ts';
import { buildKeybag, encrypt, encryptionKey, seededBytes } from '../fixtures/keybag-builder.ts';

const runs = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;
const hasPython = runs('python3', '-c', 'import hashlib');
const hasOpenssl = runs('openssl', 'version');

const python = (script: string, ...args: string[]): string =>
  execFileSync('python3', ['-c', script, ...args], { encoding: 'utf8' }).trim();
const openssl = (input: Uint8Array, ...args: string[]): Buffer => execFileSync('openssl', args, { input });

describe('a keybag', () => {
  it('of iOS 10.2 and later opens with its password, by two derivations', async () => {
    const built = buildKeybag({ seed: 'a', password: 'pässwörd 1' });
    const keys = await unlockKeybag(parseKeybag(built.data), 'pässwörd 1');
    expect(keys.classes).toEqual([1, 2, 3, 4, 6, 7, 8, 9, 10, 11]);
    const fileKey = seededBytes('file', 32);
    expect(keys.fileKey(encryptionKey(built, 3, fileKey))).toEqual(fileKey);
  });

  it('of iOS 9 opens by one', async () => {
    const built = buildKeybag({ seed: 'b', password: 'old', firstIterations: 0 });
    const parsed = parseKeybag(built.data);
    expect(parsed.first).toBeUndefined();
    const fileKey = seededBytes('file', 32);
    expect((await unlockKeybag(parsed, 'old')).fileKey(encryptionKey(built, 1, fileKey))).toEqual(fileKey);
  });

  it('says that the password is wrong, without saying which', async () => {
    const keybag = parseKeybag(buildKeybag({ seed: 'c', password: 'right' }).data);
    await expect(unlockKeybag(keybag, 'secret-guess')).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
    const said = await unlockKeybag(keybag, 'secret-guess').catch(
      (error: unknown) => JSON.stringify(error) + String(error),
    );
    expect(said).not.toContain('secret-guess');
  });

  it('has no key for a class of the device alone', async () => {
    const built = buildKeybag({ seed: 'd', password: 'p' });
    const keys = await unlockKeybag(parseKeybag(built.data), 'p');
    expect(() => keys.fileKey(Buffer.concat([Buffer.from([5, 0, 0, 0]), Buffer.alloc(40)]))).toThrow(
      'no key for protection class 5',
    );
    expect(() => keys.fileKey(Buffer.concat([Buffer.from([3, 0, 0, 0]), Buffer.alloc(40)]))).toThrow('does not unwrap');
    expect(() => keys.fileKey(Buffer.alloc(3))).toThrow('3 bytes');
  });

  it('that asks for hours of work is refused', () => {
    const { data } = buildKeybag({ seed: 'e', password: 'p', firstIterations: 1 });
    const at = data.indexOf('DPIC') + 8;
    data.writeUInt32BE(mostIterations + 1, at);
    expect(() => parseKeybag(data)).toThrow('iterations');
    data.writeUInt32BE(mostIterations, at);
    expect(parseKeybag(data).first?.iterations).toBe(mostIterations);
  });

  it('never crashes or hangs on damaged input', () => {
    const result = fuzz(
      parseKeybag,
      [buildKeybag({ seed: 'f', password: 'p', iterations: 1, firstIterations: 1 }).data],
      20_000,
      7,
    );
    expect(result.refused).toBeGreaterThan(1000);
  });
});

describe('against programs that are not ours', () => {
  it('AES key wrap gives the vectors of RFC 3394', () => {
    const key = Buffer.from('000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F', 'hex');
    const wrapped = Buffer.from(
      '28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21',
      'hex',
    );
    expect(unwrapKey(key, wrapped)?.toString('hex')).toBe(
      '00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f',
    );
    wrapped[0] = 0;
    expect(unwrapKey(key, wrapped)).toBeUndefined();
  });

  it.skipIf(!hasPython || !hasOpenssl)(
    'python derives, and openssl unwraps and decrypts, the same keys and bytes',
    async () => {
      for (const firstIterations of [0, 5000]) {
        const built = buildKeybag({ seed: `judge${firstIterations}`, password: 'Correct horse', firstIterations });
        const keybag = parseKeybag(built.data);
        const script =
          'import hashlib,sys\nk=sys.argv[1].encode()\nif sys.argv[2]!="0": k=hashlib.pbkdf2_hmac("sha256",k,bytes.fromhex(sys.argv[3]),int(sys.argv[2]),32)\n' +
          'print(hashlib.pbkdf2_hmac("sha1",k,bytes.fromhex(sys.argv[4]),int(sys.argv[5]),32).hex())';
        const { salt, firstSalt } = built;
        const kek = python(
          script,
          'Correct horse',
          `${firstIterations}`,
          firstSalt.toString('hex'),
          salt.toString('hex'),
          `${keybag.iterations}`,
        );
        const unwrap = (key: string, wrapped: Uint8Array): string =>
          openssl(wrapped, 'enc', '-d', '-id-aes256-wrap', '-K', key, '-iv', 'A6A6A6A6A6A6A6A6').toString('hex');
        const plain = seededBytes('content', 100_003);
        const fileKey = seededBytes('a file', 32);
        const wrapped = encryptionKey(built, 2, fileKey);
        const classKey = unwrap(kek, keybag.classKeys.find((k) => k.protectionClass === 2)?.wrapped ?? Buffer.alloc(0));
        const theirs = unwrap(classKey, wrapped.subarray(4));
        const ours = (await unlockKeybag(keybag, 'Correct horse')).fileKey(wrapped);
        expect(theirs).toBe(ours.toString('hex'));
        const cipher = encrypt(fileKey, plain);
        const decrypted = openssl(cipher, 'enc', '-d', '-aes-256-cbc', '-K', theirs, '-iv', '0'.repeat(32));
        expect(decrypted.equals(await collect(decryptStream(ours, bodyOf(cipher).open(), 'pkcs7')))).toBe(true);
        expect(decrypted.equals(plain)).toBe(true);
      }
    },
  );
});

describe('a file as it is decrypted', () => {
  const key = seededBytes('key', 32);

  it('comes out the same however it is cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 20 }),
        async (plain, cuts) => {
          const cipher = encrypt(key, plain);
          const pieces: Buffer[] = [];
          let at = 0;
          for (const cut of cuts) pieces.push(cipher.subarray(at, (at += cut)));
          pieces.push(cipher.subarray(at));
          const read = await collect(decryptStream(key, bodyOf(...pieces).open(), 'pkcs7'));
          expect(read.equals(Buffer.from(plain))).toBe(true);
        },
      ),
      { seed: 20261129, numRuns: 200 },
    );
  });

  it('keeps what only looks like padding when there is none', async () => {
    const plain = Buffer.alloc(32, 1).fill(16, 16);
    expect(await collect(decryptStream(key, bodyOf(encrypt(key, plain, false)).open(), 'none'))).toEqual(plain);
    const odd = Buffer.alloc(32, 0x20);
    expect(await collect(decryptStream(key, bodyOf(encrypt(key, odd, false)).open(), 'pkcs7'))).toEqual(odd);
  });

  it('holds no more than a piece in memory', async () => {
    const piece = Buffer.alloc(1024 * 1024);
    let given = 0;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (; given < 500; given++) yield piece;
    };
    let seen = 0;
    for await (const part of decryptStream(key, endless(), 'none')) {
      seen += part.length;
      if (seen > 3 * piece.length) break;
    }
    expect(given).toBeLessThan(6);
  });

  it('that is no whole number of blocks is refused', async () => {
    const cipher = encrypt(key, Buffer.from('hello'));
    await expect(collect(decryptStream(key, bodyOf(cipher.subarray(1)).open(), 'pkcs7'))).rejects.toMatchObject({
      code: 'CORRUPT',
    });
  });

  it('is cut to its size, and said to be short when it is', async () => {
    const short: number[] = [];
    const take = async (size: number): Promise<string> =>
      String(
        await collect(
          exactly(bodyOf(Buffer.from('abc'), Buffer.from('def')).open(), size, (missing) => short.push(missing)),
        ),
      );
    expect(await take(4)).toBe('abcd');
    expect(await take(0)).toBe('');
    expect(await take(9)).toBe('abcdef');
    expect(short).toEqual([3]);
  });
});
