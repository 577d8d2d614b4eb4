import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCli, type Cli, type Ended } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';
import { steady } from '../support/steady.ts';

// The tests build on one another, in this order.
const env = { TRIPLICATE_PASSWORD: 'secret words' };
let cli: Cli;
const type = (...parameters: string[]): Promise<Ended> => cli.type(parameters, { env });

const json = async (...parameters: string[]): Promise<Ended> => {
  const ended = await type('--json', ...parameters);
  expectDocumented(ended.lines);
  return ended;
};

beforeAll(async () => {
  cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
  for (let i = 0; i < 30; i += 1) await writeFile(join(cli.folder, 'docs', `file ${i}`), `content ${i}`.repeat(50));
  const config = [
    'version: 1',
    'pipelines:',
    '  main:',
    '    sources: { docs: { type: files, paths: [./docs] } }',
    '    destinations:',
    '      disk: { type: local, path: ./disk }',
    '      nas: { type: local, path: ./nas, media: nas, offsite: true }',
    '    encrypt: { password: { env: TRIPLICATE_PASSWORD } }',
    '    verify: { within: 1d, proof: monthly }',
  ];
  await writeFile(join(cli.folder, 'triplicate.yaml'), config.join('\n'));
  await type('init');
  await type('backup');
});
afterAll(() => cli[Symbol.asyncDispose]());

const packOf = async (destination: string): Promise<string> => {
  const entries = await readdir(join(cli.folder, destination, 'data'), { recursive: true, withFileTypes: true });
  const [first] = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return first ?? '';
};

describe('what keeps the promise that a backup restores', () => {
  it('is missing in status until it was tried', async () => {
    const { code, lines } = await json('status');
    expect(code).toBe(3);
    expect(lines.at(-1)).toMatchObject({
      coverage: {
        verdict: 'short',
        missing: [
          { what: '"disk" was never proven to restore', mend: 'triplicate proof disk' },
          { what: '"nas" was never proven to restore', mend: 'triplicate proof nas' },
        ],
      },
    });
  });

  it('is a proof: files come back from each destination alone', async () => {
    const proof = await type('proof', '--files', '5');
    expect(proof.code).toBe(0);
    expect(steady(proof.out)).toMatchSnapshot();
    const { code, lines } = await json('status');
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatchObject({
      destinations: [
        { destination: 'disk', lastProof: { passed: true, files: 5 } },
        { destination: 'nas', lastProof: { passed: true, files: 5 } },
      ],
    });
  });

  it('is reading what is due, and mending at once what is bad', async () => {
    const pack = await packOf('nas');
    const bytes = await readFile(pack);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    await rm(pack);
    await writeFile(pack, bytes);
    const { code, lines } = await json('check', '--due');
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatchObject({
      command: 'verify',
      destinations: [
        { destination: 'disk', status: 'whole', found: [] },
        { destination: 'nas', status: 'healed', found: [{ kind: 'pack' }], left: [] },
      ],
    });
    expect(await type('check', '--read-data')).toMatchObject({ code: 0 });
  });

  it('is a failure when a destination does not restore', async () => {
    for (const name of ['disk', 'nas']) {
      const pack = await packOf(name);
      await rm(pack);
      await writeFile(pack, 'nothing of it');
    }
    const { code, out } = await type('proof', 'disk');
    expect(code).toBe(1);
    expect(out).toMatch(/^disk {2}(does not restore|failed)/);
  });

  it('is remembered', async () => {
    const { code, lines } = await json('runs');
    expect(code).toBe(0);
    expect(lines.map(({ command, ending }) => `${String(command)} ${String(ending)}`)).toEqual([
      'proof failure',
      'verify partial',
      'proof success',
      'backup success',
    ]);
    expect((await type('runs', '--latest', '1')).out.split('\n')[1]).toMatch(/main\s+proof\s+failure/);
  });
});
