import { clockHint, clockSkewMs, describeSkew } from '@triplicate/core';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import type { Diagnosis } from './diagnosis.ts';

/** A person's clock is rarely better, and nothing minds. */
const fineMs = 60_000;
/** From here on S3 and Azure refuse everything (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html). */
const refusedMs = 15 * 60_000;

/**
 * Listens to the answers of all HTTP servers until it is disposed of, whoever asks them, and compares their clocks with ours: refused answers
 * tell the time as well.
 */
export class ServerClock implements Disposable {
  readonly #now: () => Date;
  #skewMs: number | undefined;

  constructor(now: () => Date) {
    this.#now = now;
    subscribe('http.client.response.finish', this.#heard);
    subscribe('undici:request:headers', this.#heard);
  }

  /** Nothing where no server told the time, as on a disk. */
  async tell(subject: string, diagnosis: Diagnosis): Promise<void> {
    const skew = this.#skewMs;
    if (skew === undefined) return;
    const name = 'its clock and that of this machine agree';
    const size = Math.abs(skew);
    if (size < fineMs) return diagnosis.add({ subject, name, status: 'ok' });
    const status = size < refusedMs ? 'warning' : 'failed';
    const hint = `${clockHint} If it is the server that is wrong, set its clock.`;
    await diagnosis.add({ subject, name, status, message: `ours is ${describeSkew(skew)}`, hint });
  }

  [Symbol.dispose](): void {
    unsubscribe('http.client.response.finish', this.#heard);
    unsubscribe('undici:request:headers', this.#heard);
  }

  /** The one that is nearest counts: an answer may have been long on its way, or have waited in a cache. */
  readonly #heard = (message: unknown): void => {
    const skew = clockSkewMs(dateOf((message as { readonly response?: Answer }).response), this.#now());
    if (skew !== undefined && Math.abs(skew) < Math.abs(this.#skewMs ?? Infinity)) this.#skewMs = skew;
  };
}

/** Of Node's client, or of that behind `fetch`, where names and values take turns. */
type Answer = Pick<IncomingMessage, 'headers'> | { readonly headers: readonly Uint8Array[] };

const dateOf = (answer: Answer | undefined): string | undefined => {
  const headers = answer?.headers ?? [];
  if (!isList(headers)) return headers.date;
  const texts = headers.map((bytes) => Buffer.from(bytes).toString('latin1'));
  const at = texts.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === 'date');
  return at < 0 ? undefined : texts[at + 1];
};

const isList = (headers: Answer['headers'] | readonly []): headers is readonly Uint8Array[] => Array.isArray(headers);
