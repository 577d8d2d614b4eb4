/** The Google Drive plugin, led to servers on loopback: Google's addresses cannot be written in a configuration. */
import { type DestinationPlugin, MemoryGrantStore } from '../../packages/core/src/index.ts';
import gdrive, { type GdriveOptions, openGdriveAt } from '../../packages/dest-gdrive/src/index.ts';

const from = (name: string): string => process.env[name] ?? '';
const origins: Readonly<Record<string, string>> = {
  'www.googleapis.com': from('LOOPBACK_DRIVE'),
  'oauth2.googleapis.com': from('LOOPBACK_OAUTH'),
};

const lead = (url: URL): URL => {
  const origin = origins[url.hostname];
  return origin === undefined ? url : new URL(url.pathname + url.search, origin);
};

const plugin: DestinationPlugin<GdriveOptions> = {
  ...gdrive,
  type: 'drive-on-loopback',
  open: (options, context) => {
    const grants = new MemoryGrantStore({
      version: 1,
      refreshToken: from('LOOPBACK_REFRESH_TOKEN'),
      clientId: options.clientId ?? '',
      scope: '',
      granted: '2026-01-01T12:00:00Z',
    });
    return openGdriveAt(options, { ...context, grants }, lead);
  },
};

export default plugin;
