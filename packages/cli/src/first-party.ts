import type { LazyPlugins } from '@triplicate/core';

/**
 * The plugins that need no entry under `plugins:`. Each package, and its SDK, is imported when a configuration names it. A test holds
 * this list against the packages that have a plugin.
 */
export const firstPartyPlugins: LazyPlugins = {
  sources: {
    device: () => import('@triplicate/source-device'),
    files: () => import('@triplicate/source-files'),
    mobilesync: () => import('@triplicate/source-mobilesync'),
  },
  destinations: {
    azure: () => import('@triplicate/dest-azure'),
    dropbox: () => import('@triplicate/dest-dropbox'),
    gdrive: () => import('@triplicate/dest-gdrive'),
    local: () => import('@triplicate/dest-local'),
    onedrive: () => import('@triplicate/dest-onedrive'),
    rest: () => import('@triplicate/dest-rest'),
    s3: () => import('@triplicate/dest-s3'),
    sftp: () => import('@triplicate/dest-sftp'),
    webdav: () => import('@triplicate/dest-webdav'),
  },
};
