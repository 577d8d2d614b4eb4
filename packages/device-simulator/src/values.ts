import type { PlistValue } from '@triplicate/plist';
import type { SimDevice } from './device.ts';

/** A phone whose free space was said is as large as that and what it holds at first. */
const diskUsage = ({ options: { freeBytes }, content }: SimDevice): Record<string, PlistValue> => {
  const held = [...content.values()].reduce((sum, { size }) => sum + size, 0);
  const free = freeBytes ?? 64_000_000_000;
  const capacity = freeBytes === undefined ? 128_000_000_000 : free + held;
  return { TotalDataCapacity: capacity, TotalDataAvailable: free, AmountDataAvailable: free };
};

/** What lockdown tells about the phone, by domain. */
export const initialValues = (device: SimDevice): Map<string, Record<string, PlistValue>> => {
  const { udid, options, name, keys } = device;
  const publicKey = Buffer.from(keys.publicKey.export({ type: 'pkcs1', format: 'pem' }));
  return new Map<string, Record<string, PlistValue>>([
    [
      '',
      {
        ActivationState: 'Activated',
        BuildVersion: '21F79',
        CPUArchitecture: 'arm64e',
        DeviceClass: 'iPhone',
        DeviceName: name,
        DevicePublicKey: publicKey,
        HardwareModel: 'D63AP',
        InternationalMobileEquipmentIdentity: '356789012345678',
        IntegratedCircuitCardIdentity: '89490200001234567890',
        MobileEquipmentIdentifier: '35678901234567',
        PasswordProtected: false,
        PhoneNumber: '+49 30 1234567',
        ProductName: 'iPhone OS',
        ProductType: 'iPhone14,2',
        ProductVersion: options.productVersion ?? '17.5.1',
        SerialNumber: 'SIM0TRIPLICATE',
        TimeIntervalSince1970: 1_779_010_200,
        TimeZone: 'Europe/Berlin',
        UniqueChipID: 7_205_759_403_792_794,
        UniqueDeviceID: udid,
        WiFiAddress: '02:00:5e:10:00:01',
      },
    ],
    [
      'com.apple.mobile.backup',
      { WillEncrypt: false, RequiresEncryption: false, Version: '2.4', CloudBackupEnabled: false },
    ],
    ['com.apple.disk_usage', diskUsage(device)],
    ['com.apple.mobile.battery', { BatteryCurrentCapacity: 81, BatteryIsCharging: true, ExternalConnected: true }],
    ['com.apple.mobile.iTunes', { MinITunesVersion: '12.10.1' }],
    ['com.apple.iTunes', { DriveFormatVersion: 1 }],
    ['com.apple.mobile.wireless_lockdown', { EnableWifiConnections: true }],
    ['com.apple.international', { Language: 'de', Locale: 'de_DE' }],
    ['com.apple.fmip', { IsAssociated: options.findMy ?? false }],
    ['com.apple.mobile.data_sync', {}],
  ]);
};
