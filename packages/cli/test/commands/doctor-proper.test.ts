import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProperServer, startProper } from '../../../dest-rest/test/server-proper.ts';
import { createCli, type Cli } from '../support/cli.ts';

let cli: Cli;
let server: ProperServer;
beforeAll(async () => {
  [cli, server] = await Promise.all([createCli(), startProper()]);
  await writeFile(join(cli.folder, 'a.txt'), 'a');
  const text = `version: 1
pipelines:
  main:
    sources: { docs: { type: files, paths: [a.txt] } }
    encrypt: { password: { env: PASSWORD } }
    destinations: { nas: { type: rest, url: '${server.url}' } }
`;
  await writeFile(join(cli.folder, 'triplicate.yaml'), text);
});
afterAll(async () => {
  await cli[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const type = (...parameters: string[]) => cli.type([...parameters, '--json'], { env: { PASSWORD: 'p' } });
const proof = async () => {
  const { code, lines } = await type('doctor', 'nas');
  const found = lines.filter(({ subject }) => subject === 'proof of nas');
  return { code, statuses: found.map(({ name, status }) => `${status as string} ${name as string}`), found };
};

describe('doctor, at a server that keeps the objects of a repository alone', () => {
  it('proves nothing before there is one, and says so', async () => {
    const { code, found } = await proof();
    expect(found).toMatchObject([
      { status: 'skipped', message: 'the server takes the objects of a repository alone, and there is none yet' },
    ]);
    expect(code).toBe(0);
  });

  it('proves what it can inside of the repository, and leaves nothing there', async () => {
    expect(await type('init')).toMatchObject({ code: 0 });
    expect(await type('backup')).toMatchObject({ code: 0 });
    const before = [...server.objects.keys()];
    const { code, statuses } = await proof();
    expect(statuses).toEqual(
      ['stores an object', 'tells its size', 'gives it back', 'gives a part of it', 'lists it once', 'deletes it'].map(
        (name) => `ok ${name}`,
      ),
    );
    expect(code).toBe(0);
    expect([...server.objects.keys()]).toEqual(before);
  });
});
