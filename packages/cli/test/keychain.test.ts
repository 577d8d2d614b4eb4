import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isBackupError } from '@triplicate/core';
import type { AsyncEntry } from '@napi-rs/keyring';
import { describe, expect, it } from 'vitest';
import { createSystemKeychain } from '../src/keychain.ts';

const { signal } = new AbortController();

/** As the library answers: null without a word when the store is out of reach, an error only from `getSecret`. */
const entry = (parts: Partial<AsyncEntry>): (() => Promise<AsyncEntry>) => {
  const whole = { getPassword: () => Promise.resolve(null), getSecret: () => Promise.resolve(null), ...parts };
  return () => Promise.resolve(whole as AsyncEntry);
};

describe('the keychain of the system', () => {
  it('gives the password of an entry', async () => {
    const keychain = createSystemKeychain(entry({ getPassword: () => Promise.resolve('opal') }));
    expect(await keychain.get('anna', { signal })).toBe('opal');
  });

  it('gives nothing for an entry that is not there', async () => {
    expect(await createSystemKeychain(entry({})).get('anna', { signal })).toBeUndefined();
  });

  it('does not take a keychain out of reach for an empty one, and names the other ways', async () => {
    const reason = new Error("Couldn't access platform storage: AccessDenied");
    const keychain = createSystemKeychain(entry({ getSecret: () => Promise.reject(reason) }));
    const error: unknown = await keychain.get('anna', { signal }).catch((thrown: unknown) => thrown);
    expect(isBackupError(error, 'AUTH') && error.message).toMatchInlineSnapshot(
      `"the keychain of this system cannot be read: Couldn't access platform storage: AccessDenied"`,
    );
    expect(isBackupError(error) && error.hint).toMatch(/\{ env: NAME \}.*\{ file: .*\{ command: /);
  });

  it('says so when the system has none', async () => {
    const keychain = createSystemKeychain(() => Promise.reject(new Error('Failed to connect to socket')));
    await expect(keychain.set('anna', 'opal', { signal })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('stores only where it lasts: the kernel forgets on a restart', async () => {
    let asked: unknown;
    const keychain = createSystemKeychain((_, options) => {
      asked = options;
      return entry({ setPassword: () => Promise.resolve() })();
    });
    await keychain.set('anna', 'opal', { signal });
    expect(asked).toEqual({ linux: { store: 'secret-service' } });
  });

  it('removes an entry, and only where it stores', async () => {
    const removed: unknown[] = [];
    const keychain = createSystemKeychain((name, options) => {
      removed.push(name, options);
      return entry({ deletePassword: () => Promise.resolve(true) })();
    });
    await keychain.remove('anna', { signal });
    expect(removed).toEqual(['anna', { linux: { store: 'secret-service' } }]);
  });

  const noBus = process.platform !== 'linux' || spawnSync('dbus-run-session', ['true']).status !== 0;
  it.skipIf(noBus)(
    'tells a session bus without a keychain from a keychain without the entry (skipped where no bus can be started)',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'triplicate-keychain-'));
      try {
        // A bus that starts no services, so that a desktop's own keychain is left alone.
        await writeFile(join(folder, 'bus.conf'), emptyBus);
        const source = new URL('../src/keychain.ts', import.meta.url).href;
        const program = `const { createSystemKeychain } = await import(${JSON.stringify(source)});
        const { signal } = new AbortController();
        await createSystemKeychain().set('triplicate-test', 'opal', { signal }).catch((error) => console.log(error.code));`;
        const run = spawnSync(
          'dbus-run-session',
          [
            `--config-file=${join(folder, 'bus.conf')}`,
            '--',
            process.execPath,
            '--conditions=@triplicate/source',
            '--input-type=module',
            '-e',
            program,
          ],
          { encoding: 'utf8', timeout: 60_000 },
        );
        expect(run.stdout.trim()).toMatch(/^(UNSUPPORTED|AUTH)$/);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  );
});

const emptyBus = `<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`;
