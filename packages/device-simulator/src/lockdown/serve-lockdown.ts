import { asBoolean, asData, asDictionary, asString, type PlistDictionary, type PlistValue } from '@triplicate/plist';
import type { SimDevice } from '../device.ts';
import { openPort } from '../services/ports.ts';
import { secureServer } from '../wire/secure.ts';
import type { SimStream } from '../wire/sim-stream.ts';

interface Session {
  record: PlistDictionary | undefined;
  /** Set by StartSession: the conversation is encrypted after the reply. */
  encrypt: boolean;
  ended: boolean;
}

type Answer = Readonly<Record<string, PlistValue>>;
const refuse = (error: string): Answer => ({ Error: error });

/** One conversation with lockdownd. */
export const serveLockdown = async (device: SimDevice, plain: SimStream): Promise<void> => {
  const conversation: Conversation = { stream: plain, session: { record: undefined, encrypt: false, ended: false } };
  const end = (): void => conversation.stream.close();
  device.idle.on('end', end);
  try {
    while (!conversation.session.ended) await exchange(device, conversation);
    conversation.stream.end();
  } finally {
    device.idle.off('end', end);
  }
};

interface Conversation {
  stream: SimStream;
  readonly session: Session;
}

/** A request and its answer. */
const exchange = async (device: SimDevice, conversation: Conversation): Promise<void> => {
  const { stream, session } = conversation;
  const request = asDictionary(await stream.receive()) ?? {};
  const name = asString(request['Request']) ?? '';
  const handler = handlers[name];
  await stream.send({ Request: name, ...(handler ? handler(device, request, session) : refuse('InvalidRequest')) });
  if (!session.encrypt || session.record === undefined) return;
  session.encrypt = false;
  conversation.stream = await secureServer(stream, device, session.record);
  if (device.faults.segmentBytes !== undefined) conversation.stream.faults.segmentBytes = device.faults.segmentBytes;
};

type Handler = (device: SimDevice, request: PlistDictionary, session: Session) => Answer;

const handlers: Readonly<Record<string, Handler>> = {
  QueryType: () => ({ Type: 'com.apple.mobile.lockdown' }),
  GetValue: (device, request) => getValue(device, request),
  SetValue: (device, request, session) => {
    const [domain, key, value] = [asString(request['Domain']) ?? '', asString(request['Key']), request['Value']];
    if (session.record === undefined) return refuse('SessionInactive');
    if (key === undefined || value === undefined) return refuse('MissingValue');
    device.setValue(domain, key, value);
    return { Key: key, Value: value };
  },
  Pair: (device, request) => pair(device, request),
  ValidatePair: (device, request) => (isPaired(device, request) ? {} : refuse('InvalidHostID')),
  Unpair: (device, request) => {
    const host = asString(asDictionary(request['PairRecord'])?.['HostID']) ?? '';
    return device.paired.delete(host) ? {} : refuse('InvalidHostID');
  },
  StartSession: (device, request, session) => {
    session.record = device.paired.get(asString(request['HostID']) ?? '');
    if (session.record === undefined) return refuse('InvalidHostID');
    session.encrypt = device.options.tls !== 'off';
    return { SessionID: '6F1A2B3C-0000-4000-8000-000000000001', EnableSessionSSL: session.encrypt };
  },
  StopSession: (_device, _request, session) => {
    session.ended = true;
    return {};
  },
  Goodbye: (_device, _request, session) => {
    session.ended = true;
    return {};
  },
  StartService: (device, request, session) => startService(device, request, session),
};

const getValue = (device: SimDevice, request: PlistDictionary): Answer => {
  const domain = asString(request['Domain']);
  const key = asString(request['Key']);
  const values = device.values.get(domain ?? '');
  const value = key === undefined ? values : values?.[key];
  const echo = { ...(domain === undefined ? {} : { Domain: domain }), ...(key === undefined ? {} : { Key: key }) };
  return value === undefined ? { ...echo, ...refuse('MissingValue') } : { ...echo, Value: value };
};

const isPaired = (device: SimDevice, request: PlistDictionary): boolean =>
  device.paired.has(asString(asDictionary(request['PairRecord'])?.['HostID']) ?? '');

const pair = (device: SimDevice, request: PlistDictionary): Answer => {
  const { trust } = device;
  const record = asDictionary(request['PairRecord']);
  const host = asString(record?.['HostID']);
  const whole = ['DeviceCertificate', 'HostCertificate', 'RootCertificate'].every((key) => asData(record?.[key]));
  if (record === undefined || host === undefined || !whole) return refuse('InvalidPairRecord');
  if (trust === 'denies') return refuse('UserDeniedPairing');
  if (trust === 'locked') return refuse('PasswordProtected');
  if (typeof trust === 'object' && trust.pending > 0) {
    device.trust = { pending: trust.pending - 1 };
    return refuse('PairingDialogResponsePending');
  }
  device.paired.set(host, record);
  return { EscrowBag: device.escrowBag };
};

const startService = (device: SimDevice, request: PlistDictionary, session: Session): Answer => {
  const name = asString(request['Service']) ?? '';
  if (session.record === undefined) return refuse('SessionInactive');
  const bag = asData(request['EscrowBag']);
  if (asBoolean(device.values.get('')?.['PasswordProtected']) === true && !bag?.equals(device.escrowBag))
    return refuse('PasswordProtected');
  const port = openPort(device, name, session.record);
  if (port === undefined) return refuse('InvalidService');
  return { Service: name, Port: port, ...(device.options.tls === 'off' ? {} : { EnableServiceSSL: true }) };
};
