/** https://learn.microsoft.com/en-us/graph/errors */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, words = code, headers: Readonly<Record<string, string>> = {}) {
    super(words);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  get body(): object {
    const innerError = { date: '2026-11-29T08:00:00', 'request-id': '00000000-0000-0000-0000-000000000000' };
    return { error: { code: this.code, message: this.message, innerError } };
  }
}

export const notFound = (): Refusal => new Refusal(404, 'itemNotFound', 'Item does not exist');
export const invalid = (words: string): Refusal => new Refusal(400, 'invalidRequest', words);
