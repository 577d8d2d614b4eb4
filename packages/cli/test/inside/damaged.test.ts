import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { phone } from '../../../ios-backup/test/fixtures/phone/phone.ts';
import { createCli, type Cli } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';
import { initPhone, writePhone } from '../support/phone.ts';

// A phone in February, and a copy of it in March whose messages cannot be read.

let cli: Cli;
let february = '';
let march = '';

beforeAll(async () => {
  cli = await createCli();
  const folder = join(cli.folder, 'phone');
  await writePhone(folder, { entries: phone });
  await initPhone(cli, 'phone');
  await cli.type(['backup']);
  await rm(folder, { recursive: true });
  const damaged = Buffer.from('no database at all '.repeat(100));
  await writePhone(folder, {
    entries: phone.map((entry) => (entry.path === 'Library/SMS/sms.db' ? { ...entry, bytes: damaged } : entry)),
  });
  await cli.type(['backup']);
  [february = '', march = ''] = (await cli.type(['snapshots', '--json'])).lines.map(({ id }) => String(id).slice(0, 8));
});
afterAll(() => cli[Symbol.asyncDispose]());

describe('messages that cannot be read in the newest snapshot', () => {
  it('are not said to be gone by find, which ends with 3 and says where it could not look', async () => {
    const { code, out, err } = await cli.type(['find', '--logical', 'typed 😀']);
    expect(code).toBe(3);
    expect(out).toMatch(new RegExp(`last seen in ${february}.*; ${march}.* could not be looked through`));
    expect(err).toContain(`snapshot ${march} was not looked through as a whole: HomeDomain Library/SMS/sms.db`);
    const { lines } = await cli.type(['find', '--logical', 'typed 😀', '--json']);
    expectDocumented(lines);
    expect(lines.find(({ type }) => type === 'hit')).toMatchObject({
      goneSince: null,
      lastIn: { id: expect.stringMatching(`^${february}`) as string },
      unknownIn: { id: expect.stringMatching(`^${march}`) as string },
    });
    const contact = await cli.type(['find', '--logical', 'köln']);
    expect(contact.code).toBe(3);
    expect(contact.out).toContain('still there');
  });

  it('are not said to be deleted by diff, which ends with 3', async () => {
    const { code, out, err } = await cli.type(['diff', '--logical', february, march]);
    expect({ code, out }).toEqual({ code: 3, out: 'no difference in what could be compared\n' });
    expect(err).toContain('not compared: messages: ');
  });
});
