import { asDictionary, asString, type PlistDictionary } from '@triplicate/plist';
import type { SimDevice } from '../device.ts';
import type { SimStream } from '../wire/sim-stream.ts';

/** Relays what the phone posts and the computer observes; tells the phone what the computer posts. */
export const serveNotifications = async (device: SimDevice, stream: SimStream): Promise<void> => {
  const observed = new Set<string>();
  const relay = (name: string): void => {
    if (observed.has(name)) stream.send({ Command: 'RelayNotification', Name: name }).catch(() => stream.close());
  };
  device.notices.on('post', relay);
  try {
    for (;;) {
      const request = asDictionary(await stream.receive()) ?? {};
      const name = asString(request['Name']) ?? '';
      if (request['Command'] === 'ObserveNotification') observed.add(name);
      if (request['Command'] === 'PostNotification') device.notices.emit('posted', name);
      if (request['Command'] === 'Shutdown') {
        await stream.send({ Command: 'ProxyDeath' });
        return;
      }
    }
  } finally {
    device.notices.off('post', relay);
  }
};

export const serveHeartbeat = async ({ faults }: SimDevice, stream: SimStream): Promise<void> => {
  for (let beat = 0; beat < (faults.heartbeats ?? 3); beat++) {
    await stream.send({ Command: 'Marco', Interval: 10, SupportsSleepyTime: false });
    await stream.receive();
  }
  if (faults.heartbeats !== undefined) await stream.read(1);
};

export const serveSpringboard = async (_device: SimDevice, stream: SimStream): Promise<void> => {
  for (;;) {
    await stream.receive();
    await stream.send({ pngData: Buffer.from('89504e470d0a1a0a', 'hex') });
  }
};

const apps: readonly PlistDictionary[] = [
  {
    CFBundleIdentifier: 'org.example.notes',
    CFBundleDisplayName: 'Notes in Triplicate',
    CFBundleShortVersionString: '3.2',
    CFBundleVersion: '321',
    UIFileSharingEnabled: true,
    StaticDiskUsage: 41_000_000,
    DynamicDiskUsage: 3_500_000,
    ApplicationType: 'User',
    ApplicationSINF: Buffer.from('sinf of notes'),
    iTunesMetadata: Buffer.from('metadata of notes'),
  },
  {
    CFBundleIdentifier: 'net.whatsapp.WhatsApp',
    CFBundleDisplayName: 'WhatsApp',
    CFBundleShortVersionString: '2.24',
    CFBundleVersion: '224',
    StaticDiskUsage: 180_000_000,
    DynamicDiskUsage: 2_400_000_000,
    ApplicationType: 'User',
    ApplicationSINF: Buffer.from('sinf of chat'),
    iTunesMetadata: Buffer.from('metadata of chat'),
  },
];

export const serveInstallation = async (_device: SimDevice, stream: SimStream): Promise<void> => {
  for (;;) {
    const request = asDictionary(await stream.receive()) ?? {};
    if (request['Command'] === 'Browse') {
      for (const [index, app] of apps.entries())
        await stream.send({
          Status: 'BrowsingApplications',
          CurrentIndex: index,
          CurrentAmount: 1,
          Total: apps.length,
          CurrentList: [app],
        });
      await stream.send({ Status: 'Complete' });
    } else if (request['Command'] === 'Lookup') {
      const found = Object.fromEntries(apps.map((app) => [asString(app['CFBundleIdentifier']) ?? '', app]));
      await stream.send({ Status: 'Complete', LookupResult: found });
    } else {
      await stream.send({ Error: 'UnknownCommand', ErrorDescription: 'not made for this' });
    }
  }
};

export const isSharingFiles = (bundleId: string): boolean =>
  apps.some((app) => app['CFBundleIdentifier'] === bundleId && app['UIFileSharingEnabled'] === true);

export const serveDiagnostics = async (device: SimDevice, stream: SimStream): Promise<void> => {
  for (;;) {
    const request = asDictionary(await stream.receive()) ?? {};
    switch (request['Request']) {
      case 'MobileGestalt': {
        const answer = { Status: 'Success', PasswordConfigured: device.faults.passcode !== undefined };
        await stream.send({ Status: 'Success', Diagnostics: { MobileGestalt: answer } });
        break;
      }
      case 'Restart':
        device.restarts += 1;
        await stream.send({ Status: 'Success' });
        break;
      case 'Goodbye':
        await stream.send({ Status: 'Success' });
        return;
      default:
        await stream.send({ Status: 'UnknownRequest' });
    }
  }
};
