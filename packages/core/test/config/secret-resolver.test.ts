import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath, kill } from 'node:process';
import { describe, expect, it } from 'vitest';
import { systemClock, type Clock } from '../../src/clock.ts';
import type { Keychain } from '../../src/config/keychain.ts';
import { Redactor } from '../../src/config/redactor.ts';
import type { SecretReference } from '../../src/config/secret-reference.ts';
import { SecretResolver } from '../../src/config/secret-resolver.ts';
import { makeHome, surroundingsIn } from './surroundings.ts';

const entries = new Map([['anna', 'from the keychain']]);
const keychain: Keychain = {
  get: (name) => Promise.resolve(entries.get(name)),
  set: (name, secret) => Promise.resolve(void entries.set(name, secret)),
  remove: (name) => Promise.resolve(void entries.delete(name)),
};
const { signal } = new AbortController();

const resolverIn = (home: string, parts: { clock?: Clock; env?: Record<string, string> } = {}) => {
  const warnings: string[] = [];
  const redactor = new Redactor();
  const log = { debug: () => {}, info: () => {}, warn: (message: string) => void warnings.push(message) };
  const surroundings = surroundingsIn(home, { env: { PATH: process.env['PATH'], ...parts.env } });
  const resolver = new SecretResolver({ surroundings, clock: parts.clock ?? systemClock, keychain, redactor, log });
  const resolve = (reference: SecretReference) => resolver.resolve(reference, { directory: home, signal });
  return { resolver, resolve, redactor, warnings };
};

/** Runs a program of Node, as a password manager would be run. */
const node = (program: string, ...parameters: string[]): SecretReference => ({
  command: [execPath, '-e', program, ...parameters],
});

/** A program that prints what stands at /dev/stdin. */
const readStdin = (home: string): string => {
  const module = new URL('../../src/config/read-bounded.ts', import.meta.url).href;
  return `import(${JSON.stringify(module)}).then(async ({ readBounded }) => {
    process.chdir(${JSON.stringify(home)});
    process.stdout.write((await readBounded('/dev/stdin', 100)).bytes.toString().trim());
  })`;
};

describe('a secret is fetched', () => {
  it('from an environment variable as it stands there', async () => {
    await using home = await makeHome();
    const { resolve, redactor } = resolverIn(home.path, { env: { PW: ' with spaces ' } });
    expect(await resolve({ env: 'PW' })).toBe(' with spaces ');
    expect(redactor.redact('it is " with spaces "')).not.toContain('spaces');
    await expect(resolve({ env: 'NOPE' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'the environment variable "NOPE" is not set',
    });
  });

  it('from the first line of a file, relative to the configuration or to the home', async () => {
    await using home = await makeHome();
    await writeFile(join(home.path, 'pw'), 'päss wörds\r\nsecond line\n', { mode: 0o600 });
    const { resolve, redactor, warnings } = resolverIn(home.path);
    expect(await resolve({ file: 'pw' })).toBe('päss wörds');
    expect(await resolve({ file: '~/pw' })).toBe('päss wörds');
    expect(redactor.redact('päss wörds')).toBe('***');
    expect(warnings).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('from a file that others can read, with a warning', async () => {
    await using home = await makeHome();
    await writeFile(join(home.path, 'pw'), 'opal');
    await chmod(join(home.path, 'pw'), 0o644);
    const { resolve, warnings } = resolverIn(home.path);
    expect(await resolve({ file: 'pw' })).toBe('opal');
    expect(warnings).toEqual([expect.stringContaining('chmod 600')]);
    expect(warnings.join()).not.toContain('opal');
  });

  it.skipIf(process.platform === 'win32')(
    'from a named pipe only when a person named it, and never waits otherwise',
    async () => {
      await using home = await makeHome();
      const pipe = join(home.path, 'pipe');
      execFileSync('mkfifo', [pipe]);
      const { resolve, resolver } = resolverIn(home.path);
      await expect(resolve({ file: 'pipe' })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('is not a regular file') as string,
      });
      const [secret] = await Promise.all([
        resolver.resolve({ file: 'pipe' }, { directory: home.path, signal, pipes: true }),
        writeFile(pipe, 'opal\n'),
      ]);
      expect(secret).toBe('opal');
    },
  );

  it.skipIf(process.platform === 'win32')('from what the shell opened for it', async () => {
    await using home = await makeHome();
    const { stdout } = spawnSync('sh', ['-c', 'echo opal | "$0" -e "$1"', execPath, readStdin(home.path)], {
      encoding: 'utf8',
    });
    expect(stdout).toBe('opal');
  });

  it('never from a file that is empty, missing, endless, a folder or no text', async () => {
    await using home = await makeHome();
    await writeFile(join(home.path, 'empty'), '\n');
    await writeFile(join(home.path, 'binary'), Buffer.from([0xff, 0xfe, 0x0a]));
    await writeFile(join(home.path, 'long'), 'x'.repeat(2 ** 20 + 1));
    const { resolve } = resolverIn(home.path);
    for (const [file, why] of [
      ['empty', 'is empty'],
      ['missing', 'no such file'],
      ['long', 'more than 1 MiB'],
      ['.', 'is a folder'],
      ['binary', 'not UTF-8'],
    ] as const)
      await expect(resolve({ file })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining(why) as string,
      });
  });

  it('from the first line that a program writes, with the arguments as they are and no shell', async () => {
    await using home = await makeHome();
    const { resolve, redactor } = resolverIn(home.path);
    expect(await resolve(node('console.log(process.argv[1]); console.log("more")', '$HOME; rm -rf "x"'))).toBe(
      '$HOME; rm -rf "x"',
    );
    expect(redactor.redact('$HOME; rm -rf "x"')).toBe('***');
  });

  it('from the keychain', async () => {
    await using home = await makeHome();
    const { resolve } = resolverIn(home.path);
    expect(await resolve({ keychain: 'anna' })).toBe('from the keychain');
    await expect(resolve({ keychain: 'bob' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('once: a program is not run again', async () => {
    await using home = await makeHome();
    const { resolve } = resolverIn(home.path);
    const count = node('require("fs").appendFileSync("runs", "x"); console.log("opal")');
    await resolve(count);
    await resolve(count);
    expect(await readFile(join(home.path, 'runs'), 'utf8')).toBe('x');
  });
});

describe('a program that gives no secret', () => {
  it('is told by its end, and what it wrote is not repeated', async () => {
    await using home = await makeHome();
    const { resolve } = resolverIn(home.path);
    const error: unknown = await resolve(
      node('console.error("hunter2"); console.log("hunter2"); process.exit(3)'),
    ).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'AUTH', message: expect.stringContaining('exit code 3') as string });
    expect(JSON.stringify(error)).not.toContain('hunter2');
    expect(String(error)).not.toContain('hunter2');
    await expect(resolve({ command: ['triplicate-no-such-program'] })).rejects.toMatchObject({
      code: 'AUTH',
      message: expect.stringContaining('no such file') as string,
    });
    await expect(resolve(node(''))).rejects.toMatchObject({ message: expect.stringContaining('is empty') as string });
    await expect(resolve(node('process.stdout.write("x".repeat(2 ** 21))'))).rejects.toMatchObject({
      message: expect.stringContaining('more than 1 MiB') as string,
    });
  });

  it.skipIf(process.platform === 'win32')('is ended with its children after a minute', async () => {
    await using home = await makeHome();
    // A minute passes as soon as the grandchild has told its process id.
    const pidFile = join(home.path, 'pid');
    const clock: Clock = {
      now: () => systemClock.now(),
      sleep: async () => {
        while ((await readFile(pidFile, 'utf8').catch(() => '')) === '')
          await new Promise((next) => setTimeout(next, 20));
      },
    };
    const { resolve } = resolverIn(home.path, { clock });
    const program = `const { spawn } = require('child_process');
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      require('fs').writeFileSync('pid', String(child.pid)); setInterval(() => {}, 1000);`;
    await expect(resolve(node(program))).rejects.toMatchObject({
      code: 'AUTH',
      message: expect.stringContaining('more than a minute') as string,
    });
    const pid = Number(await readFile(pidFile, 'utf8'));
    await expect.poll(() => isRunning(pid), { timeout: 20_000 }).toBe(false);
  });

  it('is ended when the run is interrupted', async () => {
    await using home = await makeHome();
    const { resolver } = resolverIn(home.path);
    const stop = new AbortController();
    const options = { directory: home.path, signal: stop.signal };
    const waiting = resolver.resolve(node('setInterval(() => {}, 1000)'), options);
    setTimeout(() => stop.abort(), 100);
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(resolver.resolve(node('console.log(1)'), options)).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

/** A zombie that nobody waits for has ended as well. */
const isRunning = async (pid: number): Promise<boolean> => {
  try {
    kill(pid, 0);
  } catch {
    return false;
  }
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/^\d+ \(.*\) Z/.test(status);
};

describe('a plugin', () => {
  it('gets the secrets that its own options name and no others', async () => {
    await using home = await makeHome();
    const { resolver } = resolverIn(home.path, { env: { KEY: 'key-value', OTHER: 'other-value' } });
    const own = { host: 'box', auth: { password: { env: 'KEY' } }, list: [{ key: { keychain: 'anna' } }] };
    const secret = resolver.grant('dest-sftp', own, { directory: home.path, signal });
    expect(await secret({ env: 'KEY' })).toBe('key-value');
    expect(await secret({ keychain: 'anna' })).toBe('from the keychain');
    await expect(secret({ env: 'OTHER' })).rejects.toMatchObject({
      code: 'PLUGIN_INVALID',
      context: { plugin: 'dest-sftp' },
    });
    await expect(secret({ file: 'KEY' })).rejects.toMatchObject({ code: 'PLUGIN_INVALID' });
  });
});
