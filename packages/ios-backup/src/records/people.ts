import type { Contact } from './contacts/contact.ts';

/** Names by number and address, so that a conversation shows who it was with. */
export class People {
  readonly #names = new Map<string, string>();

  add(contact: Contact): void {
    for (const { value } of [...contact.phones, ...contact.emails]) {
      const key = handleKey(value);
      if (key !== '' && !this.#names.has(key)) this.#names.set(key, contact.name);
    }
  }

  name(handle: string | undefined): string | undefined {
    return handle === undefined ? undefined : this.#names.get(handleKey(handle));
  }
}

/** Significant digits that tell telephone numbers apart with or without their country code. */
const significantDigits = 9;

/** One key for the ways to write a number or an address: an e-mail in lower case, or the last digits of a number. */
export const handleKey = (handle: string): string => {
  const plain = handle
    .trim()
    .toLowerCase()
    .replace(/@(s\.whatsapp\.net|c\.us)$/, '');
  if (plain.includes('@')) return plain;
  const digits = plain.replaceAll(/\D/g, '');
  return digits.length >= 5 ? digits.slice(-significantDigits) : plain;
};

/** Whether a person who was asked for is this one: part of the name, the same number, or the same address. */
export const matchesPerson = (wanted: string, handle: string | undefined, name: string | undefined): boolean => {
  const plain = wanted.trim().toLowerCase();
  if (name !== undefined && name.toLowerCase().includes(plain)) return true;
  if (handle === undefined) return false;
  return handle.toLowerCase() === plain || handleKey(handle) === handleKey(wanted);
};
