import type { Patience } from '../compose/pipeline.ts';
import type { Output } from '../output/output.ts';

/** A person waits for the answer: what fails for a minute fails. A run, which nobody waits for, goes on for much longer. */
export const doctorPatience: Patience = { silenceMs: 60_000, retry: { patienceMs: 60_000, downAfterMs: 60_000 } };

const tellEveryMs = 10_000;

/** Says every now and then what takes long, until it is disposed of. */
export class Waiting implements Disposable {
  readonly #output: Pick<Output, 'say'>;
  readonly #name: string;
  #timer: NodeJS.Timeout | undefined;

  constructor(output: Pick<Output, 'say'>, name: string) {
    this.#output = output;
    this.#name = name;
  }

  /** From now on it is this that is waited for. */
  at(what: string): void {
    clearInterval(this.#timer);
    const tell = (): void =>
      this.#output.say(`still at "${this.#name}": ${what}; a call that fails is made again for a minute`);
    this.#timer = setInterval(tell, tellEveryMs);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
