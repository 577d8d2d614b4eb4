/** What the module that a thread works by is given: its setup, and a port whose messages wait until it listens. */
import type { MessagePort } from 'node:worker_threads';

export interface ThreadPort<Setup> {
  readonly setup: Setup;
  readonly postMessage: MessagePort['postMessage'];
  readonly close: () => void;
  /** Gets every message, those first that have come already. Called once. */
  readonly listen: (listener: (message: never) => void) => void;
}

let bound: ThreadPort<unknown> | undefined;

/** Once a thread, before the module is loaded. */
export const bindPort = (port: MessagePort, setup: unknown): void => {
  const early: unknown[] = [];
  let listener: ((message: never) => void) | undefined;
  port.on('message', (message: unknown) => (listener ? listener(message as never) : void early.push(message)));
  bound = {
    setup,
    postMessage: (...message: Parameters<MessagePort['postMessage']>) => port.postMessage(...message),
    close: () => port.close(),
    listen: (given) => {
      listener = given;
      for (const message of early.splice(0)) given(message as never);
    },
  };
};

export const threadPort = <Setup>(): ThreadPort<Setup> => {
  if (bound === undefined) throw new Error('this module runs as a worker');
  return bound as ThreadPort<Setup>;
};
