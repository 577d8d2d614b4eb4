import type { RunEvent } from '@triplicate/core';
import type { Surrounds } from './around-run.ts';
import { deliver } from './deliver.ts';

/** Tells that a phone waits for its passcode: once for each source of a run, while it waits. */
export class PasscodeNews {
  readonly #told = new Set<string>();
  readonly #sent: Promise<void>[] = [];
  #surrounds: Surrounds | undefined;

  /** Nothing is told before. */
  begin(surrounds: Surrounds): void {
    this.#surrounds = surrounds;
  }

  hear(event: RunEvent): void {
    if (event.type !== 'waiting' || event.what?.includes('passcode') !== true) return;
    if (!this.#surrounds || this.#told.has(event.source)) return;
    this.#told.add(event.source);
    this.#sent.push(this.#tell(this.#surrounds, event.what));
  }

  /** Resolves when what was told has arrived, or is given up. */
  async sent(): Promise<void> {
    await Promise.all(this.#sent);
  }

  async #tell(surrounds: Surrounds, what: string): Promise<void> {
    const { pipeline } = surrounds;
    const now = pipeline.clock.now().toISOString();
    const news = { pipeline: pipeline.name, host: pipeline.host.hostname, started: now, ended: now };
    await deliver(surrounds, {
      events: ['passcode'],
      news: { ...news, event: 'passcode', text: `${pipeline.name} waits: ${what}`, snapshots: [], outcomes: [] },
    });
  }
}
