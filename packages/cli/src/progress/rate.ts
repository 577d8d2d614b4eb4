/** What the rate is taken from: long enough to be calm, short enough to follow. */
const windowMs = 8000;
const spacingMs = 200;

interface Sample {
  readonly at: number;
  readonly value: number;
}

/** How fast a counter grows, over the last seconds. */
export class Rate {
  #samples: Sample[] = [];

  add(value: number, at: number): void {
    const last = this.#samples.at(-1);
    if (last && at - last.at < spacingMs) this.#samples[this.#samples.length - 1] = { at: last.at, value };
    else this.#samples.push({ at, value });
    while ((this.#samples[1]?.at ?? Number.POSITIVE_INFINITY) < at - windowMs) this.#samples.shift();
  }

  /** Units a second; `undefined` while there is too little to tell. */
  perSecond(now: number): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last === first) return undefined;
    const ms = Math.max(now, last.at) - first.at;
    return ms < 2 * spacingMs ? undefined : Math.max(0, ((last.value - first.value) * 1000) / ms);
  }

  /** Seconds that `left` units will take; `undefined` when nothing moves. */
  secondsFor(left: number, now: number): number | undefined {
    const rate = this.perSecond(now);
    return rate === undefined || rate <= 0 ? undefined : left / rate;
  }
}
