/** A telephone number without its punctuation. */
export interface PhoneNumber {
  /** Without `+`, `00` and the `0` that stands before a number inside its country. */
  readonly digits: string;
  /** `international` begins with the code of its country, `national` does not, of a `bare` one nobody can tell. */
  readonly form: 'international' | 'national' | 'bare';
}

/** What may stand between digits; format characters come with a copied number. */
const punctuation = /[\s().\-‐‑–/\p{Cf}]/gu;
/** A mobile of some countries has a digit more where it is written with the code of the country. */
const mobilePrefix = /^(52)1(?=\d{10}$)|^(54)9(?=\d{10}$)/;

/** `undefined` for what is no telephone number: an address, a name, a sender with letters. */
export const phoneNumber = (text: string): PhoneNumber | undefined => {
  const account = /^(\d+)(:\d+)?@(s\.whatsapp\.net|c\.us)$/.exec(text)?.[1];
  // What is dialled after a pause is no part of the number.
  const plain = account === undefined ? text.replace(/[,;].*$/s, '').replaceAll(punctuation, '') : `+${account}`;
  if (!/^\+?\d+$/.test(plain)) return undefined;
  const abroad = /^(?:\+|00|011(?=\d{10}))(\d+)$/.exec(plain)?.[1];
  if (abroad !== undefined) return { digits: abroad.replace(mobilePrefix, '$1$2'), form: 'international' };
  if (plain.startsWith('0') && plain.length > 1) return { digits: plain.slice(1), form: 'national' };
  // Russia writes an 8 before its numbers; the mobiles among them cannot be the number of another country.
  return /^89\d{9}$/.test(plain) ? { digits: plain.slice(1), form: 'national' } : { digits: plain, form: 'bare' };
};

const longestCountryCode = 3;
/** Shorter ones are services: "12345" is no end of a longer number. */
const shortestBare = 7;

/** Every beginning of an international number that a national or bare form may leave out, as the rest of it. */
export const endings = (digits: string): readonly string[] =>
  Array.from({ length: longestCountryCode + 1 }, (_, left) => digits.slice(left));

/** Whether two ways of writing may be one number. Two with the code of their country are compared in full. */
export const mayBeSameNumber = (a: PhoneNumber, b: PhoneNumber): boolean => {
  if (a.form === 'international' && b.form === 'international') return a.digits === b.digits;
  if (b.form === 'international') return isShortOf(a, b.digits);
  return a.form === 'international' ? isShortOf(b, a.digits) : a.digits === b.digits;
};

/** Whether a form without a country code may stand for an international number. */
export const isShortOf = ({ digits, form }: PhoneNumber, international: string): boolean => {
  const left = international.length - digits.length;
  if (!international.endsWith(digits) || left > longestCountryCode) return false;
  return form === 'national' ? left > 0 : digits.length >= shortestBare;
};
