import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PhoneEntry } from '../../../ios-backup/test/fixtures/backup-builder.ts';
import { createCli, type Cli, type Ended } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';
import { writePhone } from '../support/phone.ts';

let cli: Cli;
beforeEach(async () => {
  cli = await createCli();
  await mkdir(join(cli.folder, 'phone'));
  const config = [
    'version: 1',
    'pipelines:',
    '  main:',
    '    sources: { anna: { type: mobilesync, folder: ./phone, patience: 0 } }',
    '    destinations: { disk: { type: local, path: ./disk } }',
    '    encrypt: { password: { env: SECRET } }',
  ];
  await writeFile(join(cli.folder, 'triplicate.yaml'), config.join('\n'));
});
afterEach(() => cli[Symbol.asyncDispose]());

const type = async (parameters: readonly string[], phone?: string): Promise<Ended> => {
  const env = { SECRET: 'secret words', ...(phone === undefined ? {} : { TRIPLICATE_PHONE_PASSWORD: phone }) };
  const ended = await cli.type(parameters, { env });
  expectDocumented(ended.lines);
  return ended;
};

const entry = (path: string, lost = false): PhoneEntry => ({
  domain: 'CameraRollDomain',
  path,
  bytes: Buffer.from(`picture ${path}`),
  lost,
});
const entries = [entry('Media/1.jpg'), entry('Media/2.jpg')];

const problems = ({ lines }: Ended): unknown =>
  (lines.at(-1) as { destinations?: { problems: unknown }[] } | undefined)?.destinations?.[0]?.problems;

describe('the proof of a backup that the phone encrypted', () => {
  it('looks into its Manifest with the password that is known, and finds a file that is named and not there', async () => {
    await writePhone(join(cli.folder, 'phone'), { entries, password: 'winter' });
    await type(['init']);
    expect(await type(['backup'])).toMatchObject({ code: 0 });
    expect((await type(['proof'], 'winter')).code).toBe(0);
    await writePhone(join(cli.folder, 'phone'), {
      entries: [...entries, entry('Media/3.jpg', true)],
      password: 'winter',
      seed: 'later',
    });
    expect((await type(['backup'])).code).toBe(0);
    const proof = await type(['proof', '--json'], 'winter');
    expect(proof.code).toBe(1);
    expect(problems(proof)).toEqual([
      expect.stringMatching(/^Manifest\.db of [0-9a-f]{8}: it names [0-9a-f]{2}\/[0-9a-f]{40}, which is not there$/),
    ]);
    // Without it the rest is proven, and what was not is said.
    const without = await type(['proof']);
    expect(without.code).toBe(0);
    expect(without.err).toContain('note: the Manifest of the phone was not looked into: ');
    expect((await type(['proof'], 'summer')).err).toContain('the password is not the one that the phone encrypted');
    expect((await type(['proof'], 'winter')).out).not.toContain('winter');
  });
});
