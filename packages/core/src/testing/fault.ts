export type Verb = 'put' | 'get' | 'stat' | 'list' | 'delete' | 'space' | 'keepUntil';

export interface Call {
  readonly verb: Verb;
  /** The prefix, for a list. */
  readonly key: string;
  /** How many calls of this verb there were before, plus one. */
  readonly number: number;
}

/** Which calls go wrong, and how. Of several faults that fit a call, the first one that is not used up applies. */
export interface Fault {
  readonly failOn: Verb | readonly Verb[];
  /** From the so many-th fitting call on, counted from 1; default 1. */
  readonly at?: number;
  /** How many calls in a row; default 1, `Infinity` for all that follow. */
  readonly times?: number;
  /** Only calls that this picks, e.g. by their key. */
  readonly only?: (call: Call) => boolean;
  /** What is thrown; default UNAVAILABLE. */
  readonly error?: Error;
  /** The call takes effect, then it fails: an answer that got lost. */
  readonly afterEffect?: boolean;
  /** Content breaks off with the error after so many bytes (put, get), a listing after so many entries. */
  readonly cutAfter?: number;
  /** Only so many bytes arrive, and nobody notices. */
  readonly truncate?: number;
  /** The bit at this byte is turned, and nobody notices. */
  readonly corrupt?: number;
  /** Nothing happens until the signal fires. */
  readonly hang?: boolean;
  /** Content passes at so many bytes a second. */
  readonly slow?: number;
}

/** Whether a fault changes content and lets the call succeed. */
export const isSilent = (fault: Fault): boolean =>
  fault.truncate !== undefined || fault.corrupt !== undefined || fault.slow !== undefined;

/** Deals out faults to calls. */
export class FaultSchedule {
  readonly #faults: { readonly fault: Fault; fitting: number }[] = [];

  add(fault: Fault): void {
    this.#faults.push({ fault, fitting: 0 });
  }

  clear(): void {
    this.#faults.length = 0;
  }

  /** Each fault counts every call that fits it, also one that another fault takes. */
  next(call: Call): Fault | undefined {
    let chosen: Fault | undefined;
    for (const entry of this.#faults) {
      const { at = 1, failOn, only, times = 1 } = entry.fault;
      if (![failOn].flat().includes(call.verb) || (only !== undefined && !only(call))) continue;
      entry.fitting += 1;
      if (entry.fitting >= at && entry.fitting < at + times) chosen ??= entry.fault;
    }
    return chosen;
  }
}
