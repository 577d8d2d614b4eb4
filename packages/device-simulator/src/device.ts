import { EventEmitter } from 'node:events';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { PlistDictionary, PlistValue } from '@triplicate/plist';
import { type ContentFile, contentKey, digestOf } from './content/content-file.ts';
import { seededBytes } from './content/keystream.ts';
import { type ContentOptions, phoneContent, phoneTime, pictureFile } from './content/phone-content.ts';
import { createKeybag, type Keybag } from './crypto/keybag.ts';
import type { FaultPlan } from './faults.ts';
import { initialValues } from './values.ts';
import { Cable } from './wire/cable.ts';

export type Trust = 'accepts' | 'denies' | 'locked' | { readonly pending: number };

export interface DeviceOptions extends ContentOptions {
  readonly udid?: string;
  readonly name?: string;
  readonly productVersion?: string;
  readonly tls?: 'off' | 'TLSv1.2' | 'TLSv1.3';
  /** 300 until iOS 13, 400 since. */
  readonly deviceLinkVersion?: 300 | 400;
  /** What the person does when the phone asks whether to trust the computer. */
  readonly trust?: Trust;
  readonly findMy?: boolean;
  /** What is free beside the content that it has at first; a restore finds no room for more, where it is given. */
  readonly freeBytes?: number;
  /** Iterations of the backup password; a real phone takes ten million. */
  readonly passwordIterations?: number;
  /** Some daemons leave the dash out. */
  readonly dashless?: boolean;
  /** What the cable carries for its services, in bytes a second; as fast as the machine is when absent. */
  readonly cableSpeed?: number;
}

interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Of the first phones of a process; those after them take turns. Keys take a tenth of a second to make, and protect nothing here. */
const keysMade: Keys[] = [];
const enoughKeys = 2;
let phonesMade = 0;

/** Other ones than the phone before it has. */
const nextKeys = (): Keys =>
  (keysMade[phonesMade++ % enoughKeys] ??= generateKeyPairSync('rsa', { modulusLength: 2048 }));

/** A phone made of software: what it holds, whom it knows, and what it is asked to do wrong. */
export class SimDevice {
  readonly udid: string;
  readonly options: DeviceOptions;
  readonly keys: Keys;
  readonly escrowBag: Buffer;
  readonly cable: Cable | undefined;
  /** By domain; the root is the empty string. */
  readonly values: Map<string, Record<string, PlistValue>>;
  readonly content: Map<string, ContentFile>;
  /** By HostID: what each computer that was trusted sent. */
  readonly paired = new Map<string, PlistDictionary>();
  /** Files written over AFC, by path below /; `undefined` for a folder. */
  readonly mediaFiles = new Map<string, Buffer | undefined>();
  /** Who holds the lock of a file, by its path below /. */
  readonly locks = new Map<string, object>();
  readonly notices = new EventEmitter();
  /** `end`: lockdownd ends the conversations that are open. */
  readonly idle = new EventEmitter();
  /** May be changed at any time. */
  faults: FaultPlan = {};
  trust: Trust;
  /** Seconds, as the phone's clock shows them; moves by hand. */
  now = phoneTime;
  restarts = 0;
  /** Of all the content that computers sent so far, in one frame. */
  largestBlock = 0;
  /** How long a computer let the phone wait in the middle of a file that it downloads. */
  longestPauseMs = 0;
  /** How long the last backup or restore took. */
  heldMs = 0;
  #password: string | undefined;
  #keybag: Keybag | undefined;
  #generation = 0;
  #pictures: number;

  constructor(options: DeviceOptions) {
    this.options = options;
    this.udid = options.udid ?? udidFrom(options.seed);
    this.trust = options.trust ?? 'accepts';
    this.keys = nextKeys();
    this.cable = options.cableSpeed === undefined ? undefined : new Cable(options.cableSpeed);
    this.escrowBag = seededBytes(`${options.seed}:escrow`, 32);
    this.content = new Map(phoneContent(options).map((file) => [contentKey(file), file]));
    this.values = initialValues(this);
    this.#pictures = options.photos ?? 12;
    this.notices.setMaxListeners(100);
    this.idle.setMaxListeners(100);
  }

  get name(): string {
    return this.options.name ?? 'Simulated iPhone';
  }

  /** The password of the backups; `undefined` when they are not encrypted. */
  get password(): string | undefined {
    return this.#password;
  }

  get keybag(): Keybag | undefined {
    return this.#keybag;
  }

  /** Counts the passwords that there were: file keys are good for one of them. */
  get generation(): number {
    return this.#generation;
  }

  async setPassword(password: string | undefined): Promise<void> {
    this.#generation += 1;
    const iterations = this.options.passwordIterations ?? 2000;
    const seed = `${this.options.seed}:keybag:${this.#generation}`;
    this.#keybag =
      password === undefined
        ? undefined
        : await createKeybag({ seed, password, firstIterations: iterations, iterations: 1000 });
    this.#password = password;
    this.setValue('com.apple.mobile.backup', 'WillEncrypt', password !== undefined);
  }

  setValue(domain: string, key: string, value: PlistValue): void {
    this.values.set(domain, { ...this.values.get(domain), [key]: value });
  }

  put(file: ContentFile): void {
    this.content.set(contentKey(file), file);
  }

  remove(key: string): void {
    this.content.delete(key);
  }

  /** Takes pictures; gives their keys. */
  takePhotos(count: number, size = 40_000): string[] {
    return Array.from({ length: count }, () => {
      const file = pictureFile(this.options.seed, this.#pictures++, size);
      this.put({ ...file, modified: ++this.now });
      return contentKey(file);
    });
  }

  /** Changes the content of `count` files that are there, the first ones by name. */
  edit(count: number): string[] {
    const edited = [...this.content.values()].filter((file) => file.kind === 'file' && file.size > 0).slice(0, count);
    for (const file of edited)
      this.put({
        ...file,
        modified: ++this.now,
        content: { seed: `${this.options.seed}:edit:${contentKey(file)}:${this.now}` },
      });
    return edited.map(contentKey);
  }

  /** What the phone holds, to compare with another phone: a line for each thing with its attributes and the SHA-256 of its content. */
  inventory(): Map<string, string> {
    const lines = [...this.content].map(([key, file]) => {
      const about = [
        file.kind,
        file.mode.toString(8),
        file.modified,
        file.protection,
        file.size,
        file.target ?? '',
      ].join(' ');
      return [key, file.kind === 'file' ? `${about} ${digestOf(file)}` : about] as const;
    });
    return new Map(lines.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

const udidFrom = (seed: string): string => {
  const hex = seededBytes(`${seed}:udid`, 8).toString('hex').toUpperCase();
  return `00008110-${hex}`;
};
