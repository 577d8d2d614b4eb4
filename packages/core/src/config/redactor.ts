const mask = '***';
/**
 * Shorter than this, or nothing but one word or a small number, a secret looks like any part of a sentence. Masked wherever it stands, it would
 * garble messages, break JSON, and be told by what is missing from a sentence that everybody knows; so it is masked only where a secret is told.
 */
const shortest = 6;
const plainWord = /^\p{L}\p{Ll}{0,11}$/u;
const smallNumber = /^\d{1,8}$/;
/** Shorter than this, a piece of base64 is found by chance. */
const shortestPiece = 5;

/** Masks every secret that it was told, in whatever goes out. */
export class Redactor {
  readonly #forms = new Set<string>();
  /** Of secrets that look like text. */
  readonly #textForms = new Set<string>();
  #pattern: RegExp | undefined;

  /** From now on `secret` is masked: as it is, and in its URL, JSON and base64 forms. */
  add(secret: string): void {
    const before = this.#forms.size + this.#textForms.size;
    for (const line of [secret, ...secret.split(/\r?\n/)]) this.#addLine(line);
    if (this.#forms.size + this.#textForms.size > before) this.#pattern = undefined;
  }

  #addLine(secret: string): void {
    const trimmed = secret.trim();
    if (trimmed === '') return;
    const plain = looksLikeText(trimmed) ? this.#textForms : this.#forms;
    for (const form of plainForms(secret)) plain.add(form);
    for (const form of base64Forms(Buffer.from(secret, 'utf8'))) this.#forms.add(form);
  }

  /** `text` without any secret. A secret that is cut into two texts is not found: give whole lines. */
  redact(text: string): string {
    if (this.#forms.size + this.#textForms.size === 0) return text;
    this.#pattern ??= compile(this.#forms, this.#textForms);
    return text.replace(this.#pattern, mask);
  }
}

const plainForms = (secret: string): string[] => {
  const url = encodeURIComponent(secret);
  return [
    secret,
    secret.trim(),
    JSON.stringify(secret).slice(1, -1),
    url,
    url.replaceAll('%20', '+'),
    url.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    // Stricter encoders, e.g. of S3 signatures, escape these too.
    url.replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`),
  ];
};

/**
 * Base64 of the secret alone, and the characters that stay the same wherever it stands inside a longer text, e.g. `user:password` in a
 * header of HTTP.
 */
const base64Forms = (secret: Buffer): string[] => {
  const pieces = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), secret]).toString('base64');
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + secret.length) * 8) / 6));
  });
  const long = [secret.toString('base64'), ...pieces].filter((piece) => piece.length >= shortestPiece);
  return long.flatMap((piece) => [piece, piece.replaceAll('+', '-').replaceAll('/', '_')]);
};

const looksLikeText = (secret: string): boolean =>
  Array.from(secret).length < shortest || plainWord.test(secret) || smallNumber.test(secret);

/** After the word for it, or between user and host in an address. */
const told = String.raw`(?<=(?i:pass(?:word|phrase|wd)?|pwd|secret|token|api[-_]?key)(?:["']?\s?[:=]\s?["']?|\s["'])|:\/\/[^\s/:@]*:)`;

const compile = (forms: ReadonlySet<string>, textForms: ReadonlySet<string>): RegExp => {
  const sources = [
    ...longestFirst(forms).map((form) => RegExp.escape(form)),
    ...longestFirst(textForms).map((form) => `${told}${RegExp.escape(form)}(?![\\p{L}\\p{N}])`),
  ];
  return new RegExp(sources.join('|'), 'gu');
};

/** Of two that begin alike, the shorter would leave the rest of the other. */
const longestFirst = (forms: ReadonlySet<string>): string[] => [...forms].toSorted((a, b) => b.length - a.length);
