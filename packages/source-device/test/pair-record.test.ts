import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { systemClock } from '@triplicate/core';
import { asDictionary, parsePlist, type PlistDictionary, writeBinaryPlist } from '@triplicate/plist';
import { describeDevice, findDevice, openMux, Phone } from '@triplicate/source-device';
import { Phones } from './fixtures/phones.ts';

const otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

const damages: Readonly<Record<string, (record: PlistDictionary) => PlistDictionary>> = {
  'lacks the key': (record) => Object.fromEntries(Object.entries(record).filter(([key]) => key !== 'HostPrivateKey')),
  'has a key that is none': (record) => ({ ...record, HostPrivateKey: Buffer.from('none') }),
  'has the key of another computer': (record) => ({
    ...record,
    HostPrivateKey: Buffer.from(otherKey.export({ type: 'pkcs1', format: 'pem' })),
  }),
  'has half of a certificate': ({ HostCertificate, ...rest }) => ({
    ...rest,
    HostCertificate: (HostCertificate as Buffer).subarray(0, 200),
  }),
  'has no certificate of the phone': (record) => ({ ...record, DeviceCertificate: Buffer.from('none') }),
};

it.each(Object.entries(damages))('a pair record that %s is one that a new pairing replaces', async (_name, damage) => {
  await using phones = await Phones.open();
  const phone = await phones.add({ seed: 'record', photos: 0, messages: 0, documents: 0 });
  const mux = openMux({ address: phones.address, platform: 'linux' });
  const { signal } = new AbortController();
  const device = await findDevice(mux, { udid: phone.udid, wifi: true }, signal);
  const around = { mux, clock: systemClock, signal };
  const record = asDictionary(parsePlist((await mux.readPairRecord(device, { signal }))!))!;
  await mux.savePairRecord(device, writeBinaryPlist(damage(record)), { signal });
  await expect(Phone.open({ ...around, device })).rejects.toMatchObject({
    code: 'AUTH',
    message: 'the pair record of this device is not whole',
    hint: 'pair again: triplicate devices pair',
  });
  // What `devices pair` asks first.
  expect(await describeDevice(device, around)).toMatchObject({ name: phone.name, paired: false });
  await phones.pair(phone);
  expect(await describeDevice(device, around)).toMatchObject({ paired: true });
});
