import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '@triplicate/core';
import { asArray } from '@triplicate/plist';
import { SimDevice } from '@triplicate/device-simulator';
import {
  describeDevice,
  type DeviceAbout,
  listApps,
  findDevice,
  type MuxEvent,
  normaliseUdid,
  openLockdown,
  openMux,
  pair,
  Phone,
  sameUdid,
} from '@triplicate/source-device';
import { ownAddress } from '../../../test/kit/own-address.ts';
import { parseEndpoint } from '../src/mux/address.ts';
import { AfcClient, afcService } from '../src/afc/afc-client.ts';
import { hasPasscode, diagnosticsRelay } from '../src/services/diagnostics-relay.ts';
import { houseArrest, openAppFiles } from '../src/services/house-arrest.ts';
import { answerHeartbeat, heartbeatService } from '../src/services/heartbeat.ts';
import { PropertyChannel } from '../src/wire/property-channel.ts';
import { issueCertificate } from '../src/x509/certificate.ts';
import { hasProgram } from './fixtures/real-client.ts';
import { Phones } from './fixtures/phones.ts';

const { signal } = new AbortController();
const clock = systemClock;

describe('the address of the daemon', () => {
  it('is read as libusbmuxd reads it, and as other tools write it', () => {
    expect(parseEndpoint('UNIX:/run/mux')).toEqual({ path: '/run/mux' });
    expect(parseEndpoint('unix:///run/mux')).toEqual({ path: '/run/mux' });
    expect(parseEndpoint('127.0.0.1:27015')).toEqual({ host: '127.0.0.1', port: 27015 });
    expect(parseEndpoint('[::1]:27015')).toEqual({ host: '::1', port: 27015 });
    for (const wrong of ['', 'host', 'host:0', 'host:99999', 'UNIX:'])
      expect(() => parseEndpoint(wrong)).toThrow('is not the address of a device daemon');
  });

  it('is that of the system where the variable is empty, as one that was unset', async () => {
    const devices = openMux({ address: '', platform: 'linux' }).devices({ signal: AbortSignal.abort() });
    await expect(devices).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('an identifier', () => {
  it('is the same with and without its dash', () => {
    expect(normaliseUdid('00008030001A2B3C4D5E6F70')).toBe('00008030-001A2B3C4D5E6F70');
    expect(sameUdid('00008030-001a2b3c4d5e6f70', '00008030001A2B3C4D5E6F70')).toBe(true);
  });
});

describe('certificates', () => {
  const root = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const leaf = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const now = new Date('2045-06-01T00:00:00Z');
  const authority = issueCertificate({ subject: root.publicKey, issuer: root.privateKey, authority: true, now });
  const pem = issueCertificate({ subject: leaf.publicKey, issuer: root.privateKey, authority: false, now });

  it('are what Node reads, with dates beyond 2050', () => {
    const certificate = new X509Certificate(pem);
    expect(certificate.verify(root.publicKey)).toBe(true);
    expect(certificate.publicKey.equals(leaf.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(new X509Certificate(authority).ca).toBe(true);
    expect(certificate.validToDate).toEqual(new Date('2055-06-01T00:00:00Z'));
  });

  it.skipIf(!hasProgram('openssl'))('are what openssl reads (skipped without it)', () => {
    const text = execFileSync('openssl', ['x509', '-noout', '-text'], { input: pem }).toString();
    expect(text).toContain('sha256WithRSAEncryption');
    expect(text).toMatch(/Basic Constraints: critical\s+CA:FALSE/);
    expect(text).toMatch(/Key Usage: critical\s+Digital Signature, Key Encipherment/);
  });
});

/** Passes everything on in pieces of so many bytes. */
const splitter = async (path: string, size: number): Promise<{ server: Server; port: number }> => {
  const { connect } = await import('node:net');
  const pass = (from: Socket, to: Socket): void => {
    from.on('data', (bytes: Buffer) => {
      for (let at = 0; at < bytes.length; at += size) to.write(bytes.subarray(at, at + size));
    });
    from.on('error', () => to.destroy()).on('close', () => to.destroy());
    from.setNoDelay(true);
  };
  const server = createServer((client) => {
    const daemon = connect(path);
    pass(client, daemon);
    pass(daemon, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { server, port: typeof address === 'object' && address ? address.port : 0 };
};

describe('the daemon and the phone', () => {
  let phones: Phones;
  let phone: SimDevice;
  beforeAll(async () => {
    phones = await Phones.open();
    phone = await phones.add({ seed: 'spoken-to', name: 'Gerds iPhone', dashless: true });
  });
  afterAll(() => phones[Symbol.asyncDispose]());
  const open = async (address = phones.address): Promise<Phone> => {
    const mux = openMux({ address, platform: 'linux' });
    return Phone.open({ mux, device: await findDevice(mux, { udid: phone.udid, wifi: true }, signal), clock, signal });
  };

  it('are understood in whatever pieces their packets arrive', async () => {
    for (const size of [1, 2, 3, 7, 16, 1000]) {
      const { server, port } = await splitter(`${phones.folder}/mux`, size);
      await using opened = await open(`127.0.0.1:${port}`);
      expect(opened.name).toBe('Gerds iPhone');
      server.close();
    }
  });

  it('tell who comes and goes', async () => {
    const other = new SimDevice({ seed: 'visitor' });
    const stop = new AbortController();
    const events: MuxEvent[] = [];
    const listening = (async () => {
      for await (const event of openMux({ address: phones.address, platform: 'linux' }).listen({
        signal: stop.signal,
      })) {
        events.push(event);
        if (event.type === 'attached' && event.device.udid === phone.udid) phones.server.attach(other);
        if (event.type === 'attached' && event.device.udid === other.udid) phones.server.detach(other);
        if (event.type === 'detached') stop.abort();
      }
    })();
    await expect(listening).rejects.toMatchObject({ code: 'ABORTED' });
    expect(events.map(({ type }) => type)).toEqual(['attached', 'attached', 'detached']);
  });

  it('refuse when nobody is there', async () => {
    const mux = openMux({ address: 'UNIX:/nonexistent/mux', platform: 'linux' });
    await expect(mux.devices({ signal })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'no device daemon at /nonexistent/mux',
    });
    const here = openMux({ address: phones.address, platform: 'linux' });
    await expect(findDevice(here, { udid: '0'.repeat(40), wifi: true }, signal)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  it('serve files, documents of apps, diagnostics and the heartbeat', async () => {
    await using opened = await open();
    await using afc = new AfcClient(await opened.startService(afcService));
    expect(await afc.list('/')).toContain('DCIM');
    await using file = await afc.open('/x', 'w');
    await file.write(Buffer.from('hello'));
    await file.close();
    expect((await afc.info('/x')).size).toBe(5);
    await afc.remove('/x');
    await expect(afc.info('/x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await using documents = await openAppFiles(
      await opened.startService(houseArrest),
      'org.example.notes',
      'documents',
    );
    expect((await documents.list('/Documents')).length).toBe(12);
    await expect(openAppFiles(await opened.startService(houseArrest), 'nope', 'documents')).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await using diagnostics = new PropertyChannel(await opened.startService(diagnosticsRelay));
    expect(await hasPasscode(diagnostics)).toBe(false);
    await using heart = new PropertyChannel(await opened.startService(heartbeatService));
    await answerHeartbeat(heart, clock);
    expect(asArray(await opened.value(undefined, 'nothing'))).toBeUndefined();
    await expect(opened.startService('com.example.none')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('are spoken to anew when lockdownd has ended the conversation', async () => {
    await using opened = await open();
    phone.idle.emit('end');
    expect(await opened.value(undefined, 'DeviceName')).toBe('Gerds iPhone');
    phone.idle.emit('end');
    await using channel = await opened.startService(afcService);
    expect(channel).toBeDefined();
  });

  it('are described for a person, whether they know this computer or not', async () => {
    const stranger = new SimDevice({ seed: 'stranger', name: 'Nobody knows me' });
    phones.server.attach(stranger);
    const mux = openMux({ address: phones.address, platform: 'linux' });
    const about = async (udid: string): Promise<DeviceAbout> =>
      describeDevice(await findDevice(mux, { udid, wifi: true }, signal), { mux, clock, signal });
    expect(await about(stranger.udid)).toMatchObject({ name: 'Nobody knows me', paired: false, encrypted: undefined });
    expect(await about(phone.udid)).toMatchObject({
      paired: true,
      encrypted: false,
      batteryPercent: 81,
      version: '17.5.1',
    });
    await using opened = await open();
    expect((await listApps(opened, { signal })).filter((app) => app.sharesFiles).map((app) => app.id)).toEqual([
      'org.example.notes',
    ]);
    phones.server.detach(stranger);
  });

  it('are used while the screen is locked, by the escrow bag', async () => {
    phone.setValue('', 'PasswordProtected', true);
    await using opened = await open();
    await expect(opened.startService(afcService)).rejects.toThrow('is locked');
    await using channel = await opened.startService(afcService, { escrow: true });
    expect(channel).toBeDefined();
    phone.setValue('', 'PasswordProtected', false);
  });

  it('are reached straight through the network where the daemon does not connect', async () => {
    const distant = new SimDevice({ seed: 'distant', name: 'Far away' });
    phones.server.attach(distant);
    await phones.pair(distant);
    phones.server.detach(distant);
    const address = ownAddress();
    await phones.server.attachNetwork(distant, address);
    const mux = openMux({ address: phones.address, platform: 'linux' });
    const device = await findDevice(mux, { udid: distant.udid, wifi: true }, signal);
    expect(device).toMatchObject({ connection: 'network', address });
    await using opened = await Phone.open({ mux, device, clock, signal });
    await using afc = new AfcClient(await opened.startService(afcService));
    expect(await afc.list('/')).toContain('DCIM');
    await expect(findDevice(mux, { udid: distant.udid, wifi: false }, signal)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  it('walk a person through pairing, and know an impostor', async () => {
    // Asked three times, and the person is told once.
    const fresh = new SimDevice({ seed: 'untrusted', name: 'Hannas iPhone', trust: { pending: 3 } });
    phones.server.attach(fresh);
    const mux = openMux({ address: phones.address, platform: 'linux' });
    const device = await findDevice(mux, { udid: fresh.udid, wifi: true }, signal);
    const common = { mux, device, clock, signal };
    await expect(Phone.open(common)).rejects.toMatchObject({ code: 'AUTH' });
    const said: (string | undefined)[] = [];
    await using lockdown = await openLockdown(common);
    await pair(lockdown, { ...common, label: fresh.name, waiting: (what) => said.push(what) });
    expect(said).toEqual(['tap Trust and enter the passcode on Hannas iPhone', undefined]);
    await using opened = await Phone.open(common);
    expect(opened.name).toBe('Hannas iPhone');
    const impostor = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const forged = issueCertificate({
      subject: impostor.publicKey,
      issuer: impostor.privateKey,
      authority: false,
      now: clock.now(),
    });
    for (const [host, record] of fresh.paired)
      fresh.paired.set(host, { ...record, DeviceCertificate: Buffer.from(forged) });
    Object.assign(fresh, { keys: impostor });
    await expect(Phone.open(common)).rejects.toMatchObject({ code: 'AUTH' });
    fresh.trust = 'denies';
    await using again = await openLockdown(common);
    await expect(pair(again, { ...common, label: fresh.name, waiting: () => {} })).rejects.toThrow(
      'was told not to trust',
    );
  });
});
