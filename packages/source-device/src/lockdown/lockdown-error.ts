import { BackupError, type ErrorCode } from '@triplicate/core';

interface Meaning {
  readonly code: ErrorCode;
  readonly says: string;
  readonly hint: string;
}

const pairAgain = 'unlock it and pair again: triplicate devices pair';

const meanings: Readonly<Record<string, Meaning>> = {
  InvalidHostID: { code: 'AUTH', says: 'does not know this computer, or has forgotten it', hint: pairAgain },
  InvalidPairRecord: { code: 'AUTH', says: 'does not accept the pair record', hint: pairAgain },
  PasswordProtected: { code: 'UNAVAILABLE', says: 'is locked', hint: 'unlock it and try again' },
  EscrowLocked: {
    code: 'UNAVAILABLE',
    says: 'was not unlocked since it started',
    hint: 'unlock it once and try again',
  },
  UserDeniedPairing: { code: 'AUTH', says: 'was told not to trust this computer', hint: 'pair again and tap Trust' },
  PairingDialogResponsePending: {
    code: 'UNAVAILABLE',
    says: 'asks whether to trust this computer',
    hint: 'tap Trust on it',
  },
  PairingProhibitedOverThisConnection: {
    code: 'UNSUPPORTED',
    says: 'can be paired over its cable alone',
    hint: 'plug it in',
  },
  MCChallengeRequired: {
    code: 'UNSUPPORTED',
    says: 'is supervised and pairs with its organisation alone',
    hint: 'pair it with the tools of that organisation; the record is used from then on',
  },
  MCProtected: { code: 'UNSUPPORTED', says: 'forbids pairing by a profile', hint: 'ask who manages it' },
  FMiPProtected: { code: 'UNSUPPORTED', says: 'is protected by Find My', hint: 'sign in on it and try again' },
  InvalidService: {
    code: 'UNSUPPORTED',
    says: 'does not offer this service',
    hint: 'update it, or turn the feature on in its settings',
  },
  ServiceProhibited: { code: 'UNSUPPORTED', says: 'forbids this service', hint: 'ask who manages it' },
  ServiceLimit: { code: 'UNAVAILABLE', says: 'runs too many services', hint: 'close other programs that talk to it' },
  SessionInactive: { code: 'UNAVAILABLE', says: 'has ended the session', hint: 'try again' },
  GetProhibited: { code: 'UNSUPPORTED', says: 'does not tell this value', hint: 'unlock it and try again' },
};

/** The sentence for an error of lockdown; `context.lockdown` holds its own word. */
export const lockdownError = (word: string, label: string, request: string): BackupError => {
  const context = { lockdown: word, request };
  const meaning = Object.hasOwn(meanings, word) ? meanings[word] : undefined;
  return meaning === undefined
    ? new BackupError('UNAVAILABLE', `${label} answered ${request} with "${word}"`, { context })
    : new BackupError(meaning.code, `${label} ${meaning.says}`, { hint: meaning.hint, context });
};
