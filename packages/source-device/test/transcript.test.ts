import { chmod, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '@triplicate/core';
import { asNumber, asString } from '@triplicate/plist';
import plugin from '@triplicate/source-device';
import { Transcript } from '../src/record/transcript.ts';
import { redact } from '../src/record/redact.ts';
import { backUp, captureOptions, optionsFor, Phones } from './fixtures/phones.ts';

describe('a transcript', () => {
  it('hides what only looks like a word of the protocol', () => {
    const secret = 'DLwinter';
    const shown = JSON.stringify([
      redact(['DLMessageProcessMessage', { MessageName: 'ChangePassword', NewPassword: secret, OldPassword: secret }]),
      redact(['DLMessageDownloadFiles', [secret], {}, 5]),
      redact(['DLMessageMoveItems', { [secret]: secret }, {}, 5]),
      redact({ Request: 'GetValue', Key: 'DeviceName', Value: secret }),
      redact({ Command: 'Browse', CurrentList: [{ CFBundleIdentifier: 'com.apple.winter' }] }),
      redact({ Value: [secret, secret, 20_261_129] }),
    ]);
    expect(shown).not.toMatch(/winter|20261129/);
    expect(shown).toContain('"DLMessageDownloadFiles",["<text>"],{},5');
    expect(redact({ Service: 'com.apple.afc', Request: 'StartService' })).toEqual({
      Service: 'com.apple.afc',
      Request: 'StartService',
    });
  });

  it('takes the place of the one before it, for its owner alone, and of nothing else', async () => {
    await using phones = await Phones.open();
    const record = join(phones.folder, 'transcript.jsonl');
    const modeAfter = async (): Promise<number> => {
      await (await Transcript.open(record, systemClock)).flush();
      return (await stat(record)).mode & 0o777;
    };
    const old = '{"ms":0,"service":"lockdown"}\n';
    await writeFile(record, old);
    await chmod(record, 0o644);
    expect(await modeAfter()).toBe(0o600);
    expect(await readFile(record, 'utf8')).toBe('');
    const letter = join(phones.folder, 'letter.txt');
    await writeFile(letter, 'Dear Anna');
    for (const occupy of [() => writeFile(record, 'Dear Anna'), () => symlink(letter, record)]) {
      await rm(record, { force: true });
      await occupy();
      await expect(Transcript.open(record, systemClock)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: `"${record}" is there already, and is no transcript`,
      });
      expect(await readFile(record, 'utf8')).toBe('Dear Anna');
    }
  });

  it('tells what was said and nothing about the person who said it', async () => {
    await using phones = await Phones.open();
    const phone = await phones.add({ seed: 'private', name: 'Ilses-very-private-iPhone' });
    const record = join(phones.folder, 'transcript.jsonl');
    const options = { encryption: 'required', password: { env: 'X' }, record };
    const { snapshot } = await backUp(phones, phone, { options });
    const backup = await readFile(record, 'utf8');
    await using target = await plugin.openTarget!(optionsFor(phone, options), phones.context());
    await target.restore(snapshot, captureOptions());
    await target[Symbol.asyncDispose]();
    const text = backup + (await readFile(record, 'utf8'));
    for (const word of [
      'StartSession',
      'com.apple.mobilebackup2',
      'DLMessageUploadFiles',
      'ChangePassword',
      '"Restore"',
    ])
      expect.soft(text.includes(word), word).toBe(true);
    const root = phone.values.get('') ?? {};
    const secrets = [
      'secret',
      phone.name,
      phone.udid,
      phone.udid.slice(9),
      'IMG_',
      'Library',
      'Documents',
      'note ',
      'PRIVATE KEY',
      'CERTIFICATE',
      phone.escrowBag.toString('base64').slice(0, 20),
      'org.example',
      'WhatsApp',
      ...[
        'SerialNumber',
        'PhoneNumber',
        'InternationalMobileEquipmentIdentity',
        'WiFiAddress',
        'IntegratedCircuitCardIdentity',
      ].map((key) => asString(root[key]) ?? ''),
      `${asNumber(root['UniqueChipID'])}`,
      ...phone.paired.keys(),
    ];
    for (const secret of secrets) expect.soft(secret !== '' && text.includes(secret), secret).toBe(false);
  });
});
