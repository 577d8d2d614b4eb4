import { asArray, asBoolean, asDictionary, asString, type PlistDictionary, PlistReal } from '@triplicate/plist';
import type { SimDevice } from '../device.ts';
import { type SimStream, StreamEnded } from '../wire/sim-stream.ts';
import { HostFailure, HostFiles } from './host-files.ts';
import { readDictionary } from './manifest-plist.ts';
import { askPasscode } from './passcode.ts';
import { runBackup } from './run-backup.ts';
import { runRestore } from './run-restore.ts';

const generic = 1;
const wrongPassword = 207;

/** mobilebackup2: the hellos of DeviceLink, then requests until the computer says goodbye. */
export const serveBackup = async (device: SimDevice, stream: SimStream): Promise<void> => {
  stream.faults.dropAfterBytes = device.faults.dropAfterBytes;
  const host = new HostFiles(stream, {
    frameBytes: device.faults.frameBytes,
    onUploaded: uploadFaults(device, stream),
  });
  const version = device.options.deviceLinkVersion ?? 400;
  await host.send('DLMessageVersionExchange', version, 0);
  const agreed = await host.receive();
  if (agreed[1] !== 'DLVersionsOk' || agreed[2] !== version) return;
  await host.send('DLMessageDeviceReady');
  await malformed(device, stream);
  for (;;) {
    const message = await host.receive();
    const request = asDictionary(message[1]);
    if (message[0] !== 'DLMessageProcessMessage' || request === undefined) continue;
    if (asString(request['MessageName']) === 'Hello') await sendHello(host, request);
    else await answer(device, host, request);
  }
};

const sendHello = (host: HostFiles, request: PlistDictionary): Promise<void> => {
  const known = (asArray(request['SupportedProtocolVersions']) ?? []).some((version) => version === 2.1);
  return host.send('DLMessageProcessMessage', {
    MessageName: 'Response',
    ErrorCode: known ? 0 : generic,
    ...(known ? { ProtocolVersion: new PlistReal(2.1) } : {}),
  });
};

const answer = async (device: SimDevice, host: HostFiles, request: PlistDictionary): Promise<void> => {
  const { code, content } = await attempt(device, host, request);
  await host.send('DLMessageProcessMessage', {
    MessageName: 'Response',
    ErrorCode: code,
    ...(code === 0 ? {} : { ErrorDescription: `MBErrorDomain/${code}` }),
    ...(content === undefined ? {} : { Content: content }),
  });
};

interface Outcome {
  readonly code: number;
  readonly content?: string;
}

const attempt = async (device: SimDevice, host: HostFiles, request: PlistDictionary): Promise<Outcome> => {
  const begun = performance.now();
  try {
    return await attemptOnce(device, host, request);
  } finally {
    device.heldMs = performance.now() - begun;
    device.largestBlock = Math.max(device.largestBlock, host.largestBlock);
    device.longestPauseMs = Math.max(device.longestPauseMs, host.longestPauseMs);
  }
};

const attemptOnce = async (device: SimDevice, host: HostFiles, request: PlistDictionary): Promise<Outcome> => {
  try {
    const { errorCode } = device.faults;
    // 104 comes after files were sent; the others before anything happens.
    if (errorCode !== undefined && errorCode !== 104) return { code: errorCode };
    return await handle(device, host, request);
  } catch (error) {
    if (error instanceof HostFailure) return { code: error.status === -15 ? 105 : 100 };
    throw error;
  }
};

const handle = async (device: SimDevice, host: HostFiles, request: PlistDictionary): Promise<Outcome> => {
  switch (asString(request['MessageName'])) {
    case 'Backup':
      return {
        code: await runBackup(device, host, asBoolean(asDictionary(request['Options'])?.['ForceFullBackup']) === true),
      };
    case 'Restore':
      return { code: await runRestore(device, host, request) };
    case 'ChangePassword':
      return { code: await changePassword(device, request) };
    case 'EnableCloudBackup':
      device.setValue('com.apple.mobile.backup', 'CloudBackupEnabled', asBoolean(request['CloudBackupState']) === true);
      return { code: 0 };
    case 'Info':
    case 'List':
      return describe(host, asString(request['SourceIdentifier']) ?? device.udid);
    default:
      return { code: generic };
  }
};

const changePassword = async (device: SimDevice, request: PlistDictionary): Promise<number> => {
  if (asString(request['OldPassword']) !== device.password) return wrongPassword;
  const refused = await askPasscode(device);
  if (refused === 0) await device.setPassword(asString(request['NewPassword']));
  return refused;
};

const describe = async (host: HostFiles, source: string): Promise<Outcome> => {
  const path = `${source}/Info.plist`;
  const info = readDictionary((await host.fetch([path])).get(path) ?? Buffer.alloc(0));
  if (info === undefined) return { code: generic };
  const line = (key: string): string => `${key}: ${asString(info[key]) ?? ''}`;
  return { code: 0, content: ['Device Name', 'Product Version', 'Target Identifier'].map(line).join('\n') };
};

const uploadFaults = (device: SimDevice, stream: SimStream): (() => Promise<void>) => {
  let files = 0;
  return async () => {
    files += 1;
    if (files === device.faults.cancelAfterFiles)
      device.notices.emit('post', 'com.apple.itunes-client.syncCancelRequest');
    if (files === device.faults.stallAfterFiles) await stall(device, stream);
    if (files !== device.faults.dropAfterFiles) return;
    stream.close();
    throw new StreamEnded('cut by the plan');
  };
};

/** Within the names of the next file. */
const stall = async (device: SimDevice, stream: SimStream): Promise<void> => {
  await stream.write(Buffer.from('0000', 'hex'));
  device.notices.emit('stalled');
  await stream.read(1);
};

const malformed = async (device: SimDevice, stream: SimStream): Promise<void> => {
  if (device.faults.endlessMessage === true) await stream.write(Buffer.from('fffffff0', 'hex'), Buffer.alloc(64));
  if (device.faults.plistBomb !== true) return;
  const levels = 60;
  const objects = Array.from({ length: levels }, (_, i) => Buffer.of(0xa2, i + 1, i + 1));
  const body = Buffer.concat([Buffer.from('bplist00'), ...objects, Buffer.of(0x09)]);
  const trailer = Buffer.alloc(32);
  trailer.writeUInt16BE(0x0101, 6);
  trailer.writeBigUInt64BE(BigInt(levels + 1), 8);
  trailer.writeBigUInt64BE(BigInt(body.length), 24);
  const offsets = Buffer.from(Array.from({ length: levels + 1 }, (_, i) => 8 + 3 * i));
  const bomb = Buffer.concat([body, offsets, trailer]);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(bomb.length);
  await stream.write(head, bomb);
};
