import {
  lazyEntries,
  systemClock,
  type Clock,
  type Folders,
  type Keychain,
  type Log,
  type PluginRegistry,
  type Redactor,
  type SecretResolver,
} from '@triplicate/core';
import { createContainer, Tokens } from '@triplicate/core/di';
import type { Container } from 'inversify';
import { firstPartyPlugins } from '../first-party.ts';
import { createSystemKeychain } from '../keychain.ts';
import type { Output } from '../output/output.ts';
import type { CliSurroundings } from '../surroundings.ts';

/** The composition root: what the commands take out of the container. */
export interface Services {
  readonly container: Container;
  readonly surroundings: CliSurroundings;
  readonly clock: Clock;
  readonly log: Log;
  readonly folders: Folders;
  /** First-party plugins alone; a configuration adds its own. */
  readonly registry: PluginRegistry;
  readonly secrets: SecretResolver;
  readonly keychain: Keychain;
  /** For secrets that a person types. */
  readonly redactor: Redactor;
}

/** Puts everything together once for one command. From then on the output masks every secret that is resolved. */
export const createServices = (surroundings: CliSurroundings, output: Output): Services => {
  const clock = surroundings.clock ?? systemClock;
  const log = createLog(output);
  const container = createContainer({
    surroundings,
    clock,
    log,
    keychain: surroundings.keychain ?? createSystemKeychain(),
    plugins: lazyEntries(firstPartyPlugins),
  });
  const redactor = container.get(Tokens.Redactor);
  output.protect((text) => redactor.redact(text));
  return {
    container,
    surroundings,
    clock,
    log,
    folders: container.get(Tokens.Folders),
    registry: container.get(Tokens.Registry),
    secrets: container.get(Tokens.SecretResolver),
    keychain: container.get(Tokens.Keychain),
    redactor,
  };
};

/** What plugins and core have to say in passing: warnings always, the rest with `--verbose`. */
const createLog = (output: Output): Log => {
  const detail = (message: string, context?: Readonly<Record<string, unknown>>): void =>
    output.detail(context === undefined ? message : `${message} ${JSON.stringify(context, plainValue)}`);
  return { debug: detail, info: detail, warn: (message) => output.note(message) };
};

const plainValue = (_key: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Error ? value.message : value;
};
