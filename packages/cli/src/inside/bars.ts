import type { EventSink, RunEvent } from '@triplicate/core';
import { tellEvent } from '../compose/open-session.ts';
import type { CommandContext } from '../program/command.ts';
import { withReporter } from '../progress/with-reporter.ts';

/** Events of a session that is longer than its work: shown as bars while there is work, told as they come in between. */
export class Bars {
  readonly #context: CommandContext;
  #show: EventSink | undefined;

  /** `show` is where bars stand already. */
  constructor(context: CommandContext, show?: EventSink) {
    this.#context = context;
    this.#show = show;
  }

  readonly emit: EventSink = (event: RunEvent): void => {
    if (this.#show === undefined) tellEvent(event, this.#context);
    else this.#show(event);
  };

  /** Work within other work shows in the same bars. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#show !== undefined) return work();
    return withReporter(this.#context, async (emit) => {
      this.#show = emit;
      try {
        return await work();
      } finally {
        this.#show = undefined;
      }
    });
  }
}
