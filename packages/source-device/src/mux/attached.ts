import { asData, asDictionary, asNumber, asString, type PlistValue } from '@triplicate/plist';

/** A device as the daemon lists it. One that is plugged in and on the network stands twice, under two ids. */
export interface AttachedDevice {
  readonly id: number;
  readonly udid: string;
  /** The identifier as the daemon writes it, which is how it keeps pair records. */
  readonly serial: string;
  readonly connection: 'usb' | 'network';
  /** Where it can be reached without the daemon. */
  readonly address?: string;
}

/** Daemons drop the dash of newer identifiers: `8-16` hex digits. Old ones have 40 digits and none. */
export const normaliseUdid = (udid: string): string =>
  /^[0-9a-f]{24}$/i.test(udid) ? `${udid.slice(0, 8)}-${udid.slice(8)}` : udid;

export const sameUdid = (a: string, b: string): boolean =>
  a.replaceAll('-', '').toLowerCase() === b.replaceAll('-', '').toLowerCase();

/** Safe as the name of a folder; anything else is no identifier of a device. */
export const isUdid = (text: string): boolean => /^[0-9A-Za-z-]{8,64}$/.test(text);

/** `undefined` for what is not a device or has an impossible identifier. */
export const readAttached = (message: PlistValue | undefined): AttachedDevice | undefined => {
  const properties = asDictionary(asDictionary(message)?.['Properties']);
  const id = asNumber(properties?.['DeviceID']) ?? asNumber(asDictionary(message)?.['DeviceID']);
  const udid = asString(properties?.['SerialNumber']);
  if (id === undefined || udid === undefined || !isUdid(udid)) return undefined;
  const address = readSocketAddress(asData(properties?.['NetworkAddress']));
  return {
    id,
    udid: normaliseUdid(udid),
    serial: udid,
    connection: asString(properties?.['ConnectionType']) === 'Network' ? 'network' : 'usb',
    ...(address === undefined ? {} : { address }),
  };
};

/** A `sockaddr`: with a length byte first on Apple's systems, with a family of 16 bits on Linux. */
const readSocketAddress = (bytes: Buffer | undefined): string | undefined => {
  if (bytes === undefined || bytes.length < 8) return undefined;
  const family = bytes[1] === 0 ? bytes[0] : bytes[1];
  if (family === 2) return [...bytes.subarray(4, 8)].join('.');
  const isV6 = family === 0x1e || family === 10;
  if (!isV6 || bytes.length < 24) return undefined;
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(8 + 2 * i).toString(16));
  return groups.join(':');
};
