import { foldText } from '../decode/fold-text.ts';
import { endings, isShortOf, mayBeSameNumber, phoneNumber } from '../decode/phone-number.ts';
import type { Contact } from './contacts/contact.ts';

/**
 * Names by number and address, so that a conversation shows who it was with. A number without the code of its country is that of the
 * only international one, of contacts and of those that were met, that it can stand for; where there are several it is a number of its own.
 */
export class People {
  readonly #contacts: (readonly [value: string, name: string])[] = [];
  readonly #international = new Set<string>();
  readonly #byEnding = new Map<string, string[]>();
  #names: Map<string, string> | undefined;

  add(contact: Contact): void {
    for (const { value } of [...contact.phones, ...contact.emails]) {
      this.#contacts.push([value, contact.name]);
      this.meet(value);
    }
  }

  /** A number or address that records name. All of them are to be met before the first is asked for. */
  meet(handle: string | undefined): void {
    this.#names = undefined;
    const number = phoneNumber(handle ?? '');
    if (number?.form !== 'international' || this.#international.has(number.digits)) return;
    this.#international.add(number.digits);
    for (const ending of endings(number.digits)) {
      const known = this.#byEnding.get(ending);
      if (known === undefined) this.#byEnding.set(ending, [number.digits]);
      else known.push(number.digits);
    }
  }

  name(handle: string | undefined): string | undefined {
    if (handle === undefined) return undefined;
    this.#names ??= this.#read();
    return this.#names.get(this.key(handle));
  }

  /** One key for the ways to write a number or an address. */
  key(handle: string): string {
    const number = phoneNumber(handle);
    if (number === undefined) return foldText(handle.trim());
    if (number.form === 'international') return `+${number.digits}`;
    const [only, ...others] = (this.#byEnding.get(number.digits) ?? []).filter((whole) => isShortOf(number, whole));
    return only !== undefined && others.length === 0 ? `+${only}` : number.digits;
  }

  #read(): Map<string, string> {
    const names = new Map<string, string>();
    for (const [value, name] of this.#contacts) {
      const key = this.key(value);
      if (key !== '' && !names.has(key)) names.set(key, name);
    }
    return names;
  }
}

/** Whether a person who was asked for may be this one: part of the name, the same number, or the same address; of who has no name, part of the address. */
export const matchesPerson = (wanted: string, handle: string | undefined, name: string | undefined): boolean => {
  const plain = foldText(wanted.trim());
  const asked = phoneNumber(wanted.trim());
  // A person without a name is called by the number: a number that was asked for is not found inside of another.
  if (name !== undefined && (asked === undefined ? foldText(name).includes(plain) : hasWord(foldText(name), plain)))
    return true;
  if (handle === undefined) return false;
  const folded = foldText(handle.trim());
  if (folded === plain) return true;
  // It is what the phone calls them.
  if (name === undefined && asked === undefined && isMailAddress(folded) && folded.includes(plain)) return true;
  const number = phoneNumber(handle.trim());
  return asked !== undefined && number !== undefined && mayBeSameNumber(asked, number);
};

/** And none of WhatsApp's, which have numbers before them and say nothing. */
const isMailAddress = (handle: string): boolean => /^[^@]*\D[^@]*@[^@]+\.[^@]+$/.test(handle);

const hasWord = (text: string, word: string): boolean => {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
    if (!/[\p{L}\p{N}+]$/u.test(text.slice(0, at)) && !/^[\p{L}\p{N}]/u.test(text.slice(at + word.length))) return true;
  return false;
};
