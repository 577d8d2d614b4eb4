import { BackupError, type ErrorCode } from '@triplicate/core';

export type BackupRequest = 'Backup' | 'Restore' | 'ChangePassword' | 'EnableCloudBackup';

interface Meaning {
  readonly code: ErrorCode;
  readonly says: (name: string, request: BackupRequest) => string;
  readonly hint: string | ((request: BackupRequest) => string);
}

const checkAll = 'run `triplicate check --read-data`';
const sendAnew = '`triplicate backup --force` has the phone send everything once more';

/** MBErrorDomain, as far as people have met it. */
const meanings: Readonly<Record<number, Meaning>> = {
  1: {
    code: 'IO',
    says: (name) => `${name} gave up without a reason (error 1)`,
    hint: (request) =>
      request === 'Restore'
        ? 'restart the phone, make sure that its iOS is not older than the backup, and try again'
        : 'restart the phone and try again',
  },
  100: {
    code: 'IO',
    says: (name) => `${name} met an input/output error`,
    hint: 'restart the phone and try again; see the log for what failed on this side',
  },
  102: { code: 'IO', says: (name) => `${name} could not make a folder`, hint: 'restart the phone and try again' },
  103: {
    code: 'CORRUPT',
    says: (name) => `${name} could not read the properties of the backup`,
    hint: (request) => (request === 'Restore' ? `${checkAll}, or take another snapshot` : `${checkAll}; ${sendAnew}`),
  },
  104: {
    code: 'UNAVAILABLE',
    says: (name) => `${name} could not send some of its files, mostly because its screen was locked`,
    hint: 'leave it unlocked while the first backup runs, and start it again; what arrived is not sent to the destinations twice',
  },
  105: {
    code: 'QUOTA_EXCEEDED',
    says: (name, request) =>
      request === 'Restore'
        ? `${name} has too little space for this backup, with what it replaces counted as free`
        : `${name} needs more space than the destinations have`,
    hint: (request) =>
      request === 'Restore'
        ? 'make room on the phone; a whole backup can also replace what is not in it (--remove-others), or go onto the phone when it is erased'
        : 'make room on a destination; `triplicate status` shows what is left',
  },
  205: {
    code: 'CORRUPT',
    says: (name) => `${name} found a file of the backup that is not what its manifest says`,
    hint: (request) =>
      request === 'Restore'
        ? `${checkAll}, and restore from another destination with --from`
        : `${checkAll}; ${sendAnew}`,
  },
  207: {
    code: 'WRONG_PASSWORD',
    says: (name) => `${name} does not accept this backup password`,
    hint: 'name the right secret under "password"; a forgotten one is removed on the phone with Settings > Reset > Reset All Settings',
  },
  208: {
    code: 'UNAVAILABLE',
    says: (name) => `the passcode was not entered on ${name} in time`,
    hint: 'start it again and enter the passcode on the phone when it asks',
  },
  211: {
    code: 'UNSUPPORTED',
    says: (name) => `Find My is turned on on ${name}`,
    hint: 'turn it off for the restore: Settings > your name > Find My',
  },
  212: {
    code: 'UNAVAILABLE',
    says: (name) => `${name} is not set up yet`,
    hint: 'finish its setup assistant up to the home screen, then try again',
  },
};

/** The sentence for the ErrorCode with which a phone ended a request. Its own words are kept in the context. */
export const backupError = (
  errorCode: number,
  name: string,
  { request, description }: { request: BackupRequest; description: string | undefined },
): BackupError => {
  const context = { errorCode, request, ...(description === undefined ? {} : { description }) };
  const meaning = meanings[errorCode];
  if (meaning === undefined)
    return new BackupError('IO', `${name} ended the ${request} with error ${errorCode}`, {
      context,
      hint: 'restart the phone and try again; if it stays, record a transcript as docs/sources/device.md says',
    });
  const { hint } = meaning;
  return new BackupError(meaning.code, meaning.says(name, request), {
    context,
    hint: typeof hint === 'string' ? hint : hint(request),
  });
};
