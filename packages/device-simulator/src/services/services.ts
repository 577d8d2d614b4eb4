import { serveBackup } from '../backup/serve-backup.ts';
import type { SimDevice } from '../device.ts';
import type { SimStream } from '../wire/sim-stream.ts';
import { serveAfc } from './serve-afc.ts';
import { serveHouseArrest } from './serve-house-arrest.ts';
import {
  serveDiagnostics,
  serveHeartbeat,
  serveInstallation,
  serveNotifications,
  serveSpringboard,
} from './small-services.ts';

export type Service = (device: SimDevice, stream: SimStream) => Promise<void>;

export const services: Readonly<Record<string, Service>> = {
  'com.apple.afc': (device, stream) => serveAfc(device, stream),
  'com.apple.mobile.house_arrest': serveHouseArrest,
  'com.apple.mobile.notification_proxy': serveNotifications,
  'com.apple.mobile.diagnostics_relay': serveDiagnostics,
  'com.apple.mobile.installation_proxy': serveInstallation,
  'com.apple.springboardservices': serveSpringboard,
  'com.apple.mobile.heartbeat': serveHeartbeat,
  'com.apple.mobilebackup2': serveBackup,
};
