/** Runs up to `limit` jobs at the same time. A job settles its own failures. */
export class Jobs {
  readonly #limit: number;
  #active = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Resolves as soon as the job has begun, which it does when there is room for it. */
  async start(job: () => Promise<void>): Promise<void> {
    while (this.#active >= this.#limit) await this.#change();
    this.#active += 1;
    void job().finally(() => {
      this.#active -= 1;
      this.#waiting.splice(0).forEach((wake) => wake());
    });
  }

  /** Resolves when no job is left. */
  async idle(): Promise<void> {
    while (this.#active > 0) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
