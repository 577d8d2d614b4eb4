import { describe, expect, it } from 'vitest';
import { customCodecVersion, decodeConfig, encodeConfig, newConfig } from '../../src/repository/config-file.ts';
import { newMasterKey, seal, unseal } from '../../src/repository/crypto.ts';
import { isIrreducible } from '../../src/repository/polynomial.ts';
import { assert } from './support/assert.ts';

const key = newMasterKey();
const id = 'ab'.repeat(32);
const chunkerPolynomial = '3da3358b4dc173';
const chunker = { type: 'dedupe', options: { chunker: 'fastcdc', average: 1_048_576 } };
const sealed = (fields: object): Buffer => seal(key, Buffer.from(JSON.stringify(fields)));

describe('the config of a repository', () => {
  it('is plain JSON in the seal, as restic writes it', () => {
    const config = { version: 2, id, chunkerPolynomial };
    expect(unseal(key, encodeConfig(key, config)).toString()).toBe(
      `{"version":2,"id":"${id}","chunker_polynomial":"${chunkerPolynomial}"}`,
    );
    expect(decodeConfig(key, encodeConfig(key, config))).toEqual(config);
  });

  it('keeps our record and the keys of other programs', () => {
    const config = {
      version: 2,
      id,
      chunkerPolynomial,
      triplicate: { chunker },
      other: { is_hot: true, chunk_size: 5 },
    };
    expect(unseal(key, encodeConfig(key, config)).toString()).toBe(
      `{"version":2,"id":"${id}","chunker_polynomial":"${chunkerPolynomial}","is_hot":true,"chunk_size":5,` +
        `"triplicate":{"format":1,"chunker":{"type":"dedupe","options":{"chunker":"fastcdc","average":1048576}}}}`,
    );
    expect(decodeConfig(key, encodeConfig(key, config))).toEqual(config);
  });

  it('is new with an id and an irreducible polynomial of its own', () => {
    const [one, other] = [newConfig(), newConfig()];
    expect(one.version).toBe(2);
    expect(one.id).not.toBe(other.id);
    expect(one.chunkerPolynomial).not.toBe(other.chunkerPolynomial);
    expect(isIrreducible(BigInt(`0x${one.chunkerPolynomial}`))).toBe(true);
    expect(decodeConfig(key, encodeConfig(key, one))).toEqual(one);
  });

  it('of another replica differs in the id alone', () => {
    const first = newConfig({ triplicate: { chunker } });
    const second = newConfig({ like: first });
    expect(second.id).not.toBe(first.id);
    expect({ ...second, id: first.id }).toEqual(first);
  });

  it('with codecs of its own has a version that stock restic refuses', () => {
    const config = newConfig({ triplicate: { codecs: [{ type: 'brotli', options: {} }] } });
    expect(config.version).toBe(customCodecVersion);
    expect(decodeConfig(key, encodeConfig(key, config))).toEqual(config);
  });

  it.each([
    ['a version to come', { version: 3, id, chunker_polynomial: chunkerPolynomial }],
    ['no version', { id, chunker_polynomial: chunkerPolynomial }],
    ['a record to come', { version: 2, id, chunker_polynomial: chunkerPolynomial, triplicate: { format: 2 } }],
  ])('with %s is not guessed at', async (_what, fields) => {
    await assert.fails(() => decodeConfig(key, sealed(fields)), 'UNSUPPORTED');
  });

  it.each([
    ['no id', { version: 2, chunker_polynomial: chunkerPolynomial }],
    ['a reducible polynomial', { version: 2, id, chunker_polynomial: '6' }],
    ['no polynomial', { version: 2, id }],
    [
      'a damaged record',
      { version: 2, id, chunker_polynomial: chunkerPolynomial, triplicate: { format: 1, chunker: 'x' } },
    ],
    ['a record that is none', { version: 2, id, chunker_polynomial: chunkerPolynomial, triplicate: null }],
    ['the version for codecs and none', { version: customCodecVersion, id, chunker_polynomial: chunkerPolynomial }],
    [
      'codecs in a version that has none',
      { version: 2, id, chunker_polynomial: chunkerPolynomial, triplicate: { format: 1, codecs: [chunker] } },
    ],
    ['a list for an object', []],
  ])('with %s is refused', async (_what, fields) => {
    await assert.fails(() => decodeConfig(key, sealed(fields)), 'CORRUPT');
  });

  it('says nothing of what it holds when it is no JSON', async () => {
    const error = await assert.fails(() => decodeConfig(key, seal(key, Buffer.from('secret'))), 'CORRUPT');
    expect(JSON.stringify([error.message, error.context, String(error.cause)])).not.toContain('secret');
  });
});
