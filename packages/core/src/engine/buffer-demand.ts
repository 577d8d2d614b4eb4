/** A fast destination gives a buffer back sooner than in so many looks of `FanOut`, which are 10 ms apart at least. */
const patience = 25;

/** What of `PackPool` is looked at. */
interface Buffers {
  readonly starved: boolean;
  readonly released: number;
}

/** Whether one more pack buffer would be of use, as is seen by and by. */
export class BufferDemand {
  #looks = 0;
  #released = 0;

  /**
   * True when for a while a worker has slept for want of a buffer, none came back, and all that time a lane would have written another pack at once.
   * While every lane has its hands full, one more buffer only lets a worker sleep a little later: what is slow are the destinations, and no memory
   * makes up for that.
   */
  look({ starved, released }: Buffers, lanes: readonly { readonly hasRoom: boolean }[]): boolean {
    const isOfUse = starved && (lanes.length === 0 || lanes.some(({ hasRoom }) => hasRoom));
    this.#looks = isOfUse && released === this.#released ? this.#looks + 1 : 0;
    this.#released = released;
    if (this.#looks < patience) return false;
    this.#looks = 0;
    return true;
  }
}
