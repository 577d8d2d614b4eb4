import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// The program as a process of its own: what the tests that run inside this one cannot see.

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const own = ['--conditions=@triplicate/source', main];
const run = promisify(execFile);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplicate-spawned-'));
  await mkdir(join(folder, 'docs'));
  // Several chunks.
  await writeFile(join(folder, 'docs', 'a.txt'), randomBytes(8_000_000));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const options = (): { cwd: string; env: NodeJS.ProcessEnv; timeout: number } => ({
  cwd: folder,
  env: {
    PATH: process.env['PATH'],
    HOME: folder,
    TRIPLICATE_PASSWORD: 'secret words',
    NODE_COMPILE_CACHE: join(folder, 'cache'),
  },
  timeout: 110_000,
});

describe('the program', () => {
  it('tells its version before it loads anything', async () => {
    const { stdout } = await run(process.execPath, [...own, '--version'], options());
    const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(stdout).toBe(`${version}\n`);
  });

  it('stops on SIGTERM as on Ctrl-C', async () => {
    const slow = '{ type: local, path: ./disk, bandwidth: { up: 16KiB/s } }';
    await run(process.execPath, [...own, 'init', '--source', 'docs', '--to', `disk=${slow}`], options());
    const child = spawn(process.execPath, [...own, 'backup'], { ...options(), stdio: ['ignore', 'ignore', 'pipe'] });
    let talk = '';
    child.stderr.on('data', (part: Buffer) => {
      talk += part.toString('utf8');
      if (talk.includes('reading docs') && !talk.includes('stopping')) child.kill('SIGTERM');
    });
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(130);
    expect(talk).toContain('stopping; the next run goes on from here');
  });

  it('goes through a whole backup, and ends quietly when nobody reads its result', async () => {
    const config = join(folder, 'triplicate.yaml');
    await writeFile(config, (await readFile(config, 'utf8')).replace(', bandwidth: { up: 16KiB/s }', ''));
    const { stdout } = await run(process.execPath, [...own, 'backup', '--json'], options());
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'summary',
      quorum: { held: true },
    });
    const child = spawn(process.execPath, [...own, 'cat', 'latest', join(folder, 'docs', 'a.txt')], {
      ...options(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const talk: Buffer[] = [];
    child.stderr.on('data', (part: Buffer) => void talk.push(part));
    const [code] = (await once(child, 'close')) as [number];
    expect([code, Buffer.concat(talk).toString('utf8')]).toEqual([0, '']);
  });
});
