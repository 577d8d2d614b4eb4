import { phoneNumber } from '../../decode/phone-number.ts';
import type { People } from '../people.ts';
import type { Call } from './call.ts';

/** How far the times of one call may be apart in two databases. */
const sameCallMs = 5000;

interface Known {
  readonly at: number;
  readonly keys: readonly string[];
  taken: boolean;
}

/** Calls of one database, so that those of another are not told twice: each of them is found once, at its time and with its people. */
export class KnownCalls {
  readonly #people: People;
  readonly #calls: Known[] = [];

  constructor(people: People) {
    this.#people = people;
  }

  add(call: Call): void {
    if (call.at !== undefined) this.#calls.push({ at: call.at.getTime(), keys: this.#keys(call), taken: false });
  }

  /** Whether the call is among them. One of which nobody can tell with whom it was is known by its time alone. */
  take(call: Call): boolean {
    const at = call.at?.getTime();
    if (at === undefined) return false;
    const near = this.#calls
      .filter((known) => !known.taken && Math.abs(known.at - at) < sameCallMs)
      .toSorted((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at));
    const keys = this.#keys(call);
    const found =
      near.find((known) => known.keys.some((key) => keys.includes(key))) ??
      near.find((known) => keys.length === 0 || known.keys.length === 0);
    if (found !== undefined) found.taken = true;
    return found !== undefined;
  }

  /** What is neither a number nor an address is another name for somebody who may be known by a number elsewhere. */
  #keys({ handle, participants }: Call): string[] {
    return [handle ?? [], participants]
      .flat()
      .filter((one) => phoneNumber(one) !== undefined || /^[^@\s]+@(?!lid$)[^@\s]+\.[^@\s]+$/.test(one))
      .map((one) => this.#people.key(one));
  }
}
