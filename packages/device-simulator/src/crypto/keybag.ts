import { createCipheriv, createDecipheriv, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { seededBytes } from '../content/keystream.ts';

const derive = promisify(pbkdf2);
const wrapIv = Buffer.alloc(8, 0xa6);
const classes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

export interface Keybag {
  /** As Manifest.plist carries it. */
  readonly data: Buffer;
  readonly classKeys: ReadonlyMap<number, Buffer>;
}

export interface KeybagOptions {
  readonly seed: string;
  readonly password: string;
  /** Real phones take ten million; tests and the demo take fewer, and readers take what the keybag says. */
  readonly firstIterations: number;
  readonly iterations: number;
}

/** A backup keybag of version 5: class keys from the seed, wrapped under the password as iOS 10.2 and later do. */
export const createKeybag = async ({ seed, password, firstIterations, iterations }: KeybagOptions): Promise<Keybag> => {
  const salt = seededBytes(`${seed}:salt`, 20);
  const firstSalt = seededBytes(`${seed}:first-salt`, 20);
  const passwordKey = await deriveKey({ password, firstSalt, firstIterations, salt, iterations });
  const classKeys = new Map(classes.map((number) => [number, seededBytes(`${seed}:class:${number}`, 32)]));
  const head = [
    entry('VERS', 5),
    entry('TYPE', 1),
    entry('UUID', seededBytes(`${seed}:uuid`, 16)),
    entry('HMCK', seededBytes(`${seed}:hmck`, 40)),
    entry('WRAP', 1),
    entry('SALT', salt),
    entry('ITER', iterations),
    entry('DPWT', 1),
    entry('DPIC', firstIterations),
    entry('DPSL', firstSalt),
  ];
  const body = [...classKeys].flatMap(([number, key]) => [
    entry('UUID', seededBytes(`${seed}:uuid:${number}`, 16)),
    entry('CLAS', number),
    entry('WRAP', 2),
    entry('KTYP', 0),
    entry('WPKY', wrap(passwordKey, key)),
  ]);
  return { data: Buffer.concat([...head, ...body]), classKeys };
};

/** The class keys that the password opens; `undefined` when it is wrong. */
export const openKeybag = async (data: Buffer, password: string): Promise<ReadonlyMap<number, Buffer> | undefined> => {
  const { header, keys } = readKeybag(data);
  const number = (tag: string): number => header.get(tag)?.readUInt32BE(0) ?? 0;
  const passwordKey = await deriveKey({
    password,
    firstSalt: header.get('DPSL') ?? Buffer.alloc(0),
    firstIterations: number('DPIC'),
    salt: header.get('SALT') ?? Buffer.alloc(0),
    iterations: number('ITER'),
  });
  try {
    return new Map(
      keys.map((key) => [
        key.get('CLAS')?.readUInt32BE(0) ?? 0,
        unwrap(passwordKey, key.get('WPKY') ?? Buffer.alloc(40)),
      ]),
    );
  } catch {
    return undefined;
  }
};

interface Derivation {
  readonly password: string;
  readonly firstSalt: Buffer;
  readonly firstIterations: number;
  readonly salt: Buffer;
  readonly iterations: number;
}

const deriveKey = async ({ password, firstSalt, firstIterations, salt, iterations }: Derivation): Promise<Buffer> =>
  derive(await derive(password, firstSalt, firstIterations, 32, 'sha256'), salt, iterations, 32, 'sha1');

const readKeybag = (data: Buffer): { header: Map<string, Buffer>; keys: Map<string, Buffer>[] } => {
  const header = new Map<string, Buffer>();
  const keys: Map<string, Buffer>[] = [];
  for (let at = 0; at + 8 <= data.length;) {
    const tag = data.toString('latin1', at, at + 4);
    const length = data.readUInt32BE(at + 4);
    const value = data.subarray(at + 8, at + 8 + length);
    at += 8 + length;
    // The second UUID begins the first class.
    if (tag === 'UUID' && header.has('UUID')) keys.push(new Map());
    (keys.at(-1) ?? header).set(tag, value);
  }
  return { header, keys };
};

const entry = (tag: string, value: number | Buffer): Buffer => {
  const body = typeof value === 'number' ? Buffer.alloc(4) : value;
  if (typeof value === 'number') body.writeUInt32BE(value);
  const head = Buffer.alloc(8);
  head.write(tag, 'latin1');
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
};

export const wrap = (key: Buffer, plain: Buffer): Buffer => {
  const cipher = createCipheriv('id-aes256-wrap', key, wrapIv);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
};

/** Throws when the key is wrong. */
export const unwrap = (key: Buffer, wrapped: Buffer): Buffer => {
  const decipher = createDecipheriv('id-aes256-wrap', key, wrapIv);
  return Buffer.concat([decipher.update(wrapped), decipher.final()]);
};
