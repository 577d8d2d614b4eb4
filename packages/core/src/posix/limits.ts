import { cLibrary } from './library.ts';

/** What cannot be kept exactly on this machine, a sentence each; empty where everything can. To be said once a run. */
export const posixLimits = (): readonly string[] =>
  cLibrary() !== undefined
    ? []
    : [
        'times are restored to the microsecond, not to the nanosecond',
        'extended attributes are neither saved nor restored',
        'names of users and groups are not saved',
        'device nodes, fifos and sockets cannot be restored',
      ];
