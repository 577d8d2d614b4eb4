/** What a hook prints, without any secret of the configuration, whether the run has fetched it by then or not. */
import { findReferences, type PipelineConfig, type SecretReference } from '@triplicate/core';
import { formatCount } from '../output/format.ts';
import type { Surrounds } from './around-run.ts';

/** Every secret that the pipeline names. */
const secretsOf = ({ chain, sources, destinations, notify }: PipelineConfig): SecretReference[] => [
  chain.encrypt.password,
  ...[...sources, ...destinations].flatMap(({ options }) => findReferences(options)),
  ...findReferences(notify),
];

/**
 * Lines are shown as they come, while what stands in variables and files is masked as it is at that moment. While a secret is known to a
 * program or the keychain alone, which the hook may have to unlock first, lines wait for the end of the hook; those that may hold one that is
 * not known then are not shown.
 */
export class HookLines implements AsyncDisposable {
  readonly #surrounds: Surrounds;
  readonly #name: string;
  readonly #waiting: string[] = [];
  #turn: Promise<void> = Promise.resolve();

  constructor(surrounds: Surrounds, name: string) {
    this.#surrounds = surrounds;
    this.#name = name;
  }

  readonly take = (line: string): void => {
    this.#waiting.push(line);
    this.#turn = this.#turn.then(async () => void (await this.#show()));
  };

  async #show(): Promise<readonly SecretReference[]> {
    const { services, own, directory, context } = this.#surrounds;
    const count = this.#waiting.length;
    if (count === 0) return [];
    const unknown = await services.secrets.hide(secretsOf(own), { directory, signal: context.signal });
    if (unknown.length > 0) return unknown;
    for (const line of this.#waiting.splice(0, count)) context.output.say(`${this.#name}: ${line}`);
    return [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn;
    if (this.#waiting.length === 0) return;
    const { services, directory, context } = this.#surrounds;
    for (const reference of await this.#show())
      await services.secrets.resolve(reference, { directory, signal: context.signal }).catch(() => undefined);
    await this.#show();
    const hidden = formatCount(this.#waiting.length, 'line');
    if (this.#waiting.length > 0)
      context.output.note(
        `${this.#name}: ${hidden} not shown, which may hold a secret of the configuration that cannot be fetched now`,
      );
  }
}
