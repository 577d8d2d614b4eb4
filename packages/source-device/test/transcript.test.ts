import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asNumber, asString } from '@triplicate/plist';
import plugin from '@triplicate/source-device';
import { backUp, captureOptions, optionsFor, Phones } from './fixtures/phones.ts';

describe('a transcript', () => {
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
