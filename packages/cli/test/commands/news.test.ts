import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { desktopCommand } from '../../src/around/desktop.ts';
import { startPost, type PostServer } from '../support/post-server.ts';
import { createCli, type Cli, type Ended } from '../support/cli.ts';

let cli: Cli;
let server: Server;
let post: PostServer;
let mails: string[] = [];
let told: { readonly path: string | undefined; readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];

beforeEach(async () => {
  cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
  await writeFile(join(cli.folder, 'docs', 'a.txt'), 'a');
  told = [];
  mails = [];
  post = startPost((mail) => mails.push(mail));
  server = createServer((request, response) => {
    void text(request).then((body) => {
      told.push({ path: request.url, headers: request.headers, body });
      response.writeHead(200).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(post, 'listening')]);
  const config = [
    'version: 1',
    'pipelines:',
    '  main:',
    '    sources: { docs: { type: files, paths: [./docs] } }',
    '    destinations: { disk: { type: local, path: ./disk } }',
    '    encrypt: { password: { env: SECRET } }',
    '    notify:',
    '      - { type: ntfy, url: { env: NTFY }, token: { env: TOKEN } }',
    '      - { type: healthchecks, url: { env: HC } }',
    '      - { type: email, server: { env: SMTP }, from: nas@example.org, to: [anna@example.org, ben@example.org] }',
  ];
  await writeFile(join(cli.folder, 'triplicate.yaml'), config.join('\n'));
});
afterEach(async () => {
  server.close();
  post.close();
  await cli[Symbol.asyncDispose]();
});

const type = (...words: readonly (string | Record<string, string>)[]): Promise<Ended> => {
  const parameters = words.filter((word) => typeof word === 'string');
  const more = words.find((word) => typeof word !== 'string');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const SMTP = `smtp://anna:mail%20secret@127.0.0.1:${(post.address() as AddressInfo).port}`;
  const env = {
    SMTP,
    SECRET: 'secret words',
    NTFY: `${base}/topic-1234`,
    TOKEN: 'tk_5678',
    HC: `${base}/ping/abcd/`,
    ...more,
  };
  return cli.type(parameters, { env });
};

describe('news of runs', () => {
  it('give no password to a mail server in clear', async () => {
    await type('init');
    await rm(join(cli.folder, 'docs'), { recursive: true });
    // Not an address of this machine alone.
    const SMTP = `smtp://anna:mail%20secret@0.0.0.0:${(post.address() as AddressInfo).port}`;
    const { err } = await type({ SMTP }, 'backup');
    expect(mails.join('')).not.toContain('AUTH');
    expect(err).toContain('warning: the mail was not sent: the server has no TLS that works, and a password is given');
  });

  it('go to ntfy and healthchecks, each outcome once', async () => {
    await type('init');
    expect(await type('backup')).toMatchObject({ code: 0 });
    expect(told.map(({ path, body }) => [path, body])).toEqual([['/ping/abcd', 'main was backed up']]);
    await rm(join(cli.folder, 'docs'), { recursive: true });
    const failed = await type('backup');
    expect(failed.code).toBe(1);
    expect(failed.err).not.toMatch(/topic-1234|tk_5678|mail secret/);
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatch(/^AUTH PLAIN .*\n[\s\S]*RCPT TO:<anna@example.org>\n[\s\S]*RCPT TO:<ben@example.org>\n/m);
    expect(mails[0]).toContain('Subject: Triplicate: main was not backed up');
    expect(told.slice(1).map(({ path }) => path)).toEqual(['/topic-1234', '/ping/abcd/fail']);
    expect(told[1]?.headers).toMatchObject({
      title: 'Triplicate: main',
      priority: 'high',
      tags: 'rotating_light',
      authorization: 'Bearer tk_5678',
    });
    expect(told[1]?.body).toMatch(/^main was not backed up/);
    await mkdir(join(cli.folder, 'docs'));
    await type('backup');
    expect(told.slice(3).map(({ path, headers }) => [path, headers['tags']])).toEqual([
      ['/topic-1234', 'white_check_mark'],
      ['/ping/abcd', undefined],
    ]);
    expect(told[3]?.body).toMatch(
      /^main recovered: it was backed up again, after 1 run that failed since 20\d\d-[\d: -]+\nthe last of them: main was not backed up; .*no such file or folder/,
    );
  });

  it('on a desktop are arguments, and never a part of a script', () => {
    const note = { title: 'Triplicate: main', text: '" & do shell script "rm -rf /', urgent: true };
    expect(desktopCommand(note, 'linux')).toEqual([
      'notify-send',
      '--app-name=Triplicate',
      '--urgency=critical',
      '--',
      note.title,
      note.text,
    ]);
    const [program, , script, ...rest] = desktopCommand(note, 'darwin') ?? [];
    expect([program, rest]).toEqual(['osascript', [note.title, note.text]]);
    expect(script).not.toContain('rm -rf');
    expect(desktopCommand(note, 'win32')).toBeUndefined();
  });
});
