import { ContainerModule } from 'inversify';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { createContainer, token, Tokens } from '../../src/di/index.ts';
import { entryOf } from '../../src/plugin/entries.ts';
import { local } from '../config/plugins.ts';
import { surroundingsIn } from '../config/surroundings.ts';

const parts = {
  surroundings: surroundingsIn('/home/anna', { platform: 'linux', env: { PW: 'opal-and-quartz' } }),
  clock: systemClock,
  log: { debug: () => {}, info: () => {}, warn: () => {} },
  keychain: { get: () => Promise.resolve(undefined), set: () => Promise.resolve(), remove: () => Promise.resolve() },
  plugins: [entryOf(local, 'local')],
};

describe('the container', () => {
  it('gives every service of core', async () => {
    const container = createContainer(parts);
    expect(container.get(Tokens.Registry).types('destination')).toEqual(['local']);
    expect(container.get(Tokens.Registry).types('transform')).toEqual(['compress', 'dedupe']);
    expect(container.get(Tokens.Folders).config).toBe('/home/anna/.config/triplicate');
    const { signal } = new AbortController();
    await container.get(Tokens.SecretResolver).resolve({ env: 'PW' }, { directory: '/', signal });
    // The same redactor as the resolver tells: services are singletons.
    expect(container.get(Tokens.Redactor).redact('opal-and-quartz')).toBe('***');
  });

  it('takes further services that stand on those of core', () => {
    interface Greeter {
      greet(): string;
    }
    const Greeter = token<Greeter>('test:Greeter');
    const module = new ContainerModule(({ bind }) => {
      bind(Greeter).toResolvedValue(
        (registry: { types(kind: 'destination'): readonly string[] }) => ({
          greet: () => registry.types('destination').join(),
        }),
        [Tokens.Registry],
      );
    });
    expect(
      createContainer({ ...parts, modules: [module] })
        .get(Greeter)
        .greet(),
    ).toBe('local');
  });

  it('fails clearly when two plugins are one', () => {
    const container = createContainer({ ...parts, plugins: [...parts.plugins, ...parts.plugins] });
    expect(() => container.get(Tokens.Registry)).toThrow(/both bring the destination "local"/);
  });
});
