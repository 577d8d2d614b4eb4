import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PhoneEntry } from '../../../ios-backup/test/fixtures/backup-builder.ts';
import { phone } from '../../../ios-backup/test/fixtures/phone/phone.ts';
import { createCli, type Cli } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';
import { initPhone, writePhone } from '../support/phone.ts';

// A phone in four months: its messages lack one in February, the database has no bytes in March, and all is back in April.

let cli: Cli;
let months: readonly string[] = [];

const messages = 'Library/SMS/sms.db';

const changed = (change: (bytes: Uint8Array) => Uint8Array): readonly PhoneEntry[] =>
  phone.map((entry) =>
    entry.path === messages && entry.bytes !== undefined ? { ...entry, bytes: change(entry.bytes) } : entry,
  );

const after =
  (sql: string) =>
  (bytes: Uint8Array): Uint8Array => {
    const db = new DatabaseSync(':memory:');
    db.deserialize(bytes);
    db.exec(sql);
    const bytesNow = db.serialize();
    db.close();
    return bytesNow;
  };

beforeAll(async () => {
  cli = await createCli();
  const folder = join(cli.folder, 'phone');
  const states = [
    phone,
    changed(after("DELETE FROM message WHERE guid = 'M1'")),
    changed(() => new Uint8Array(0)),
    changed(after("UPDATE message SET text = 'anything' WHERE guid = 'M9'")),
  ];
  for (const [i, entries] of states.entries()) {
    await rm(folder, { recursive: true, force: true });
    await writePhone(folder, { entries, seed: String(i) });
    if (i === 0) await initPhone(cli, 'phone');
    await cli.type(['backup']);
  }
  months = (await cli.type(['snapshots', '--json'])).lines.map(({ id }) => String(id).slice(0, 8));
});
afterAll(() => cli[Symbol.asyncDispose]());

it('find tells of words that were not there in between', async () => {
  const { out } = await cli.type(['find', '--logical', 'Hello']);
  expect(out).toContain('still there');
  expect(out).toMatch(new RegExp(`still there, and was not in ${months[1]} of .*; first in ${months[0]}`));
  const { lines } = await cli.type(['find', '--logical', 'Hello', '--json']);
  expectDocumented(lines);
  expect(lines.filter(({ type }) => type === 'hit')).toMatchObject([
    { goneSince: null, missingIn: [{ id: expect.stringMatching(`^${months[1]}`) as string }] },
  ]);
  const whole = await cli.type(['find', '--logical', 'typed 😀', '--json']);
  expect(whole.lines.find(({ type }) => type === 'hit')).not.toHaveProperty('missingIn');
});

it('a database without any bytes is called empty, and not damaged', async () => {
  const [, , march = ''] = months;
  const { code, err } = await cli.type(['export', 'messages', march, '--to', 'messages']);
  expect(err).toContain('HomeDomain Library/SMS/sms.db is empty');
  expect(code).toBe(1);
  const { lines } = await cli.type(['export', 'messages', march, '--to', 'messages', '--json']);
  expect(lines).toContainEqual(expect.objectContaining({ type: 'error', code: 'NOT_FOUND' }));
});
