/** https://www.dropbox.com/developers/documentation/http/documentation#error-handling */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A text where Dropbox does not answer with JSON: a request that makes no sense. */
  readonly body: object | string;

  constructor(status: number, body: object | string, headers: Readonly<Record<string, string>> = {}) {
    super(`status ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** An error of the call itself: the tag of each union, from the outside in, makes the summary. */
export const refuse = (error: object): Refusal => new Refusal(409, { error_summary: `${tags(error)}/..`, error });

const tags = (value: object): string => {
  const { '.tag': tag = '', reason } = value as { readonly '.tag'?: string; readonly reason?: object };
  const inside = (value as Readonly<Record<string, unknown>>)[tag] ?? reason;
  return typeof inside === 'object' && inside !== null ? `${tag}/${tags(inside)}` : tag;
};

export const senseless = (call: string, why: string): Refusal =>
  new Refusal(400, `Error in call to API function "${call}": ${why}`);

export const unauthorized = (tag: string, more: object = {}): Refusal =>
  new Refusal(401, { error_summary: `${tag}/..`, error: { '.tag': tag, ...more } });

export const tooMany = (reason: 'too_many_requests' | 'too_many_write_operations', seconds: number): Refusal =>
  new Refusal(
    429,
    { error_summary: `${reason}/..`, error: { reason: { '.tag': reason }, retry_after: seconds } },
    { 'retry-after': String(seconds) },
  );
