import { ContainerModule } from 'inversify';
import type { Clock } from '../clock.ts';
import { foldersOf } from '../config/folders.ts';
import type { Keychain } from '../config/keychain.ts';
import { Redactor } from '../config/redactor.ts';
import { SecretResolver } from '../config/secret-resolver.ts';
import type { Surroundings } from '../config/surroundings.ts';
import type { Log } from '../plugin/plugin.ts';
import { PluginRegistry, type PluginEntry } from '../plugin/registry.ts';
import { Tokens } from './tokens.ts';

/** The services of core, out of what the composition root has bound. A further service is one token and one binding here. */
export const coreModule = new ContainerModule(({ bind }) => {
  bind(Tokens.Redactor).toResolvedValue(() => new Redactor(), []);
  bind(Tokens.Folders).toResolvedValue((surroundings: Surroundings) => foldersOf(surroundings), [Tokens.Surroundings]);
  bind(Tokens.Registry).toResolvedValue(
    (entries: PluginEntry[]) => new PluginRegistry(entries),
    [{ serviceIdentifier: Tokens.PluginEntry, isMultiple: true }],
  );
  bind(Tokens.SecretResolver).toResolvedValue(
    (surroundings: Surroundings, clock: Clock, keychain: Keychain, redactor: Redactor, log: Log) =>
      new SecretResolver({ surroundings, clock, keychain, redactor, log }),
    [Tokens.Surroundings, Tokens.Clock, Tokens.Keychain, Tokens.Redactor, Tokens.Log],
  );
});
