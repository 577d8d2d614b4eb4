import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findKnownKeys, typeOfKey } from '../src/known-hosts.ts';

const keyOf = (type: string, rest: string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.from(rest)]);
};
const one = keyOf('ssh-ed25519', 'one');
const two = keyOf('ssh-rsa', 'two');
const line = (hosts: string, key = one): string => `${hosts} ${typeOfKey(key)} ${key.toString('base64')} a comment`;
const found = (text: string, host = 'nas.example.org', port = 22): string[] =>
  findKnownKeys(text, host, port).map(({ key, revoked }) => `${revoked ? '!' : ''}${key.subarray(-3).toString()}`);

const hashed = (name: string): string => {
  const salt = Buffer.from('twenty bytes of salt');
  const hash = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${hash}`;
};

describe('the file of known hosts', () => {
  it('names hosts one by one, in lists, and by patterns of which one may say no', () => {
    expect(found(line('nas.example.org'))).toEqual(['one']);
    expect(found(line('other,nas.example.org,10.0.0.1'))).toEqual(['one']);
    expect(found(line('*.example.org'))).toEqual(['one']);
    expect(found(line('na?.example.org'))).toEqual(['one']);
    expect(found(line('*.example.org,!nas.example.org'))).toEqual([]);
    expect(found(line('nas_example.org,nas.example.org.evil,example.org'))).toEqual([]);
    expect(found(line('NAS.Example.ORG'), 'nas.EXAMPLE.org')).toEqual(['one']);
  });

  it('names hosts by a hash', () => {
    expect(found(line(hashed('nas.example.org')))).toEqual(['one']);
    expect(found(line(hashed('[nas.example.org]:2222')), 'nas.example.org', 2222)).toEqual(['one']);
    expect(found(line(hashed('other')))).toEqual([]);
    expect(found(line('|2|x|y'))).toEqual([]);
    expect(found(line('|1|only'))).toEqual([]);
  });

  it('tells ports other than the usual one apart', () => {
    const text = [line('nas.example.org'), line('[nas.example.org]:2222', two)].join('\n');
    expect(found(text)).toEqual(['one']);
    expect(found(text, 'nas.example.org', 2222)).toEqual(['two']);
    expect(found(text, 'nas.example.org', 22_222)).toEqual([]);
  });

  it('gives all keys of a host, says which are revoked, and takes no authority for a key', () => {
    const text = [
      '# a comment',
      '',
      line('nas.example.org'),
      `@revoked ${line('nas.example.org', two)}`,
      `@cert-authority ${line('nas.example.org', two)}`,
      'nas.example.org ssh-rsa',
      `nas.example.org ssh-rsa ${one.toString('base64')}`,
      'nas.example.org ssh-rsa !!!',
    ];
    expect(found(text.join('\r\n'))).toEqual(['one', '!two']);
  });
});
