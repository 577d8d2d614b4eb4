import { platform } from 'node:os';
import { cLibrary } from './library.ts';

interface Limit {
  readonly when: 'saving' | 'restoring';
  readonly says: string;
  /** Windows has nothing of the kind that could be lost. */
  readonly posixOnly: boolean;
}

const limits: readonly Limit[] = [
  { when: 'restoring', says: 'times are restored to the microsecond, not to the nanosecond', posixOnly: false },
  { when: 'restoring', says: 'device nodes, fifos and sockets cannot be restored', posixOnly: false },
  { when: 'restoring', says: 'extended attributes cannot be restored', posixOnly: false },
  { when: 'saving', says: 'extended attributes are not saved', posixOnly: true },
  { when: 'saving', says: 'names of users and groups are not saved', posixOnly: true },
];

/** What cannot be kept exactly on this machine, a sentence each; empty where everything can. To be said once a run. */
export const posixLimits = (when?: Limit['when']): readonly string[] =>
  cLibrary() !== undefined
    ? []
    : limits
        .filter((limit) => (when === undefined || limit.when === when) && !(limit.posixOnly && platform() === 'win32'))
        .map(({ says }) => says);
