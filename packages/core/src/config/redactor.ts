const mask = '***';
/** Shorter than this, a secret is masked only as a word of its own: it would be found inside other words everywhere. */
const shortest = 4;
/** Shorter than this, a piece of base64 is found by chance. */
const shortestPiece = 5;

/** Masks every secret that it was told, in whatever goes out. */
export class Redactor {
  readonly #forms = new Set<string>();
  #pattern: RegExp | undefined;

  /** From now on `secret` is masked: as it is, and in its URL, JSON and base64 forms. */
  add(secret: string): void {
    for (const line of [secret, ...secret.split(/\r?\n/)]) for (const form of formsOf(line)) this.#forms.add(form);
    this.#pattern = undefined;
  }

  /** `text` without any secret. A secret that is cut into two texts is not found: give whole lines. */
  redact(text: string): string {
    if (this.#forms.size === 0) return text;
    this.#pattern ??= compile(this.#forms);
    return text.replace(this.#pattern, mask);
  }
}

const formsOf = (secret: string): string[] => {
  const trimmed = secret.trim();
  if (trimmed === '') return [];
  const url = encodeURIComponent(secret);
  const escaped = [
    secret,
    trimmed,
    JSON.stringify(secret).slice(1, -1),
    url,
    url.replaceAll('%20', '+'),
    url.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    // Stricter encoders, e.g. of S3 signatures, escape these too.
    url.replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`),
  ];
  return [...escaped, ...base64Forms(Buffer.from(secret, 'utf8'))];
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

const compile = (forms: ReadonlySet<string>): RegExp => {
  // The longest first: of two that begin alike, the shorter would leave the rest of the other.
  const sorted = [...forms].toSorted((a, b) => b.length - a.length);
  const sources = sorted.map((form) =>
    form.length >= shortest ? RegExp.escape(form) : `(?<![\\p{L}\\p{N}])${RegExp.escape(form)}(?![\\p{L}\\p{N}])`,
  );
  return new RegExp(sources.join('|'), 'gu');
};
