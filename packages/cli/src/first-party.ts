import type { LazyPlugins } from '@triplicate/core';

/** The plugins that need no entry under `plugins:`. Each package, and its SDK, is imported when a configuration names it. */
export const firstPartyPlugins: LazyPlugins = {
  sources: {
    files: () => import('@triplicate/source-files'),
    mobilesync: () => import('@triplicate/source-mobilesync'),
    device: () => import('@triplicate/source-device'),
  },
  destinations: {
    local: () => import('@triplicate/dest-local'),
    s3: () => import('@triplicate/dest-s3'),
    azure: () => import('@triplicate/dest-azure'),
    sftp: () => import('@triplicate/dest-sftp'),
    webdav: () => import('@triplicate/dest-webdav'),
    rest: () => import('@triplicate/dest-rest'),
  },
};
