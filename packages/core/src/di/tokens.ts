import type { ServiceIdentifier } from 'inversify';
import type { Clock } from '../clock.ts';
import type { Folders } from '../config/folders.ts';
import type { Keychain } from '../config/keychain.ts';
import type { Redactor } from '../config/redactor.ts';
import type { SecretResolver } from '../config/secret-resolver.ts';
import type { Surroundings } from '../config/surroundings.ts';
import type { Log } from '../plugin/plugin.ts';
import type { PluginEntry, PluginRegistry } from '../plugin/registry.ts';

/** A name for a service that carries the service's type: a binding or an injection of another type does not compile. */
export const token = <Service>(name: string): ServiceIdentifier<Service> => Symbol.for(`triplicate:${name}`);

export const Tokens = {
  // What the composition root brings.
  Surroundings: token<Surroundings>('Surroundings'),
  Clock: token<Clock>('Clock'),
  Log: token<Log>('Log'),
  Keychain: token<Keychain>('Keychain'),
  /** Bound once for each plugin, and never by name: a multi-injection does not see named bindings. */
  PluginEntry: token<PluginEntry>('PluginEntry'),
  // What core makes of it.
  Registry: token<PluginRegistry>('Registry'),
  Redactor: token<Redactor>('Redactor'),
  SecretResolver: token<SecretResolver>('SecretResolver'),
  Folders: token<Folders>('Folders'),
} as const;
