import {
  BackupError,
  connectionHint,
  blameClock,
  certificateHint,
  type ErrorCode,
  isBackupError,
} from '@triplicate/core';

interface Meaning {
  readonly code: ErrorCode;
  readonly words?: string;
  readonly hint?: string | undefined;
}

/** How we prove who we are. */
export type ProvedBy = 'key' | 'token' | 'entra';

const credentials = 'Check "account" and "accountKey" or "sasToken" of this destination.';
/** A key may do everything, so what it is refused is not a matter of rights. */
const key =
  'Check "account" and "accountKey" of this destination, and whether the network rules of the account let this machine in.';
const rights = 'Allow this token to read, add, write, delete and list in the container.';
const role =
  'Give who signs in the role "Storage Blob Data Contributor" for the container ("Access control (IAM)"); it takes some minutes to count.';

const hintFor = (hint: string | undefined, by: ProvedBy): string | undefined => {
  if (by === 'entra' && hint === rights) return role;
  if (by === 'entra' && hint === credentials) return 'Check "account", "tenant" and "clientId" of this destination.';
  return by === 'key' && hint === rights ? key : hint;
};

/** https://learn.microsoft.com/en-us/rest/api/storageservices/blob-service-error-codes and common-rest-api-error-codes. */
const meanings: Readonly<Record<string, Meaning>> = {
  BlobNotFound: { code: 'NOT_FOUND', words: 'no such object' },
  ContainerNotFound: {
    code: 'CONFIG_INVALID',
    words: 'there is no such container',
    hint: 'Make the container in the portal, or correct "account", "container" and "endpoint".',
  },
  ContainerBeingDeleted: { code: 'CONFIG_INVALID', words: 'the container is being deleted' },
  ContainerDisabled: { code: 'AUTH', words: 'the container is disabled' },
  AccountIsDisabled: { code: 'AUTH', words: 'the account is disabled' },
  AuthenticationFailed: { code: 'AUTH', words: 'the credentials are wrong or have expired', hint: credentials },
  InvalidAuthenticationInfo: { code: 'AUTH', words: 'the credentials are wrong or have expired', hint: credentials },
  NoAuthenticationInformation: { code: 'AUTH', words: 'there are no credentials', hint: credentials },
  AuthorizationFailure: { code: 'AUTH', words: 'access denied', hint: rights },
  AuthorizationPermissionMismatch: { code: 'AUTH', words: 'access denied', hint: rights },
  AuthorizationServiceMismatch: { code: 'AUTH', words: 'the token is not for blobs', hint: rights },
  AuthorizationResourceTypeMismatch: { code: 'AUTH', words: 'the token is not for this container', hint: rights },
  AuthorizationSourceIPMismatch: { code: 'AUTH', words: 'the token is not for the address of this machine' },
  InsufficientAccountPermissions: { code: 'AUTH', words: 'access denied', hint: rights },
  BlobAlreadyExists: { code: 'ALREADY_EXISTS', words: 'it exists already' },
  ConditionNotMet: { code: 'ALREADY_EXISTS', words: 'it exists already' },
  BlobImmutableDueToPolicy: {
    code: 'READ_ONLY',
    words: 'a policy keeps the object as it is',
    hint: 'Give the container immutability on the level of versions, which hides objects instead of refusing to.',
  },
  BlobArchived: {
    code: 'UNSUPPORTED',
    words: 'the object was moved to the archive tier',
    hint: 'Rehydrate it in the portal, and remove the rule that moves packs there.',
  },
  BlobBeingRehydrated: { code: 'UNSUPPORTED', words: 'the object is on its way out of the archive tier' },
  LeaseIdMissing: { code: 'LOCKED', words: 'somebody holds a lease on the object', hint: 'Break the lease.' },
  InvalidRange: { code: 'INVALID_RANGE', words: 'the object ends before this range' },
  RequestBodyTooLarge: { code: 'UNSUPPORTED', words: 'the service takes no object of this size' },
  APINotImplemented: { code: 'UNSUPPORTED', words: 'the service cannot do this' },
  FeatureVersionMismatch: { code: 'UNSUPPORTED', words: 'the service cannot do this' },
  ServerBusy: { code: 'RATE_LIMITED', words: 'the service is busy' },
  TooManyRequests: { code: 'RATE_LIMITED', words: 'too many requests' },
  IngressIsOverAccountLimit: { code: 'RATE_LIMITED', words: 'too many bytes a second' },
  EgressIsOverAccountLimit: { code: 'RATE_LIMITED', words: 'too many bytes a second' },
  AccountRequestsLimitExceeded: { code: 'RATE_LIMITED', words: 'too many requests' },
  AccountSizeExceeded: {
    code: 'QUOTA_EXCEEDED',
    words: 'the account is full',
    hint: 'Ask for a larger account, or make room with `triplicate forget` and then `triplicate prune`.',
  },
  Md5Mismatch: { code: 'UNAVAILABLE', words: 'the content was damaged on its way' },
  Crc64Mismatch: { code: 'UNAVAILABLE', words: 'the content was damaged on its way' },
  InternalError: { code: 'UNAVAILABLE', words: 'the service has a problem of its own' },
  OperationTimedOut: { code: 'UNAVAILABLE', words: 'the request took too long' },
  InvalidBlockList: { code: 'UNAVAILABLE', words: 'another upload of the same object was in the way' },
  REQUEST_SEND_ERROR: { code: 'UNAVAILABLE', words: 'no connection' },
  PARSE_ERROR: { code: 'UNAVAILABLE', words: 'the answer cannot be understood' },
};

const byStatus = (status: number): Meaning | undefined => {
  if (status === 401 || status === 403) return meanings['AuthorizationFailure'];
  if (status === 404) return meanings['BlobNotFound'];
  if (status === 412) return meanings['ConditionNotMet'];
  if (status === 413) return meanings['RequestBodyTooLarge'];
  if (status === 416) return meanings['InvalidRange'];
  if (status === 429) return meanings['TooManyRequests'];
  if (status === 501) return meanings['APINotImplemented'];
  if (status === 408) return meanings['OperationTimedOut'];
  if (status >= 500) return { code: 'UNAVAILABLE', words: `the service has a problem of its own (status ${status})` };
  // An answer that says yes and cannot be read was cut off or comes from something in between.
  return status < 300 ? meanings['PARSE_ERROR'] : undefined;
};

const network = /^(E[A-Z]+|HPE_\w+|ERR_STREAM_PREMATURE_CLOSE)$/;

interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly statusCode?: number;
  readonly details?: { readonly errorCode?: unknown };
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
  readonly cause?: unknown;
}

/** The word that the service has for what went wrong, or the system's. */
export const serviceCode = (error: unknown): string | undefined => {
  const { code, details } = (error ?? {}) as SdkError;
  if (typeof details?.errorCode === 'string') return details.errorCode;
  return typeof code === 'string' ? code : undefined;
};

export const statusOf = (error: unknown): number | undefined => (error as SdkError | undefined)?.statusCode;

/** Whether there is no such object; a container that is not there is something else. */
export const isMissing = (error: unknown): boolean => {
  const code = serviceCode(error);
  return code === 'BlobNotFound' || (statusOf(error) === 404 && code?.startsWith('Container') !== true);
};

export const exists = (error: unknown): boolean => {
  const code = serviceCode(error);
  return code === 'BlobAlreadyExists' || statusOf(error) === 412;
};

/** Our own aborts never come here: what the SDK calls one is a connection that was cut. */
const cut: Meaning = { code: 'UNAVAILABLE', words: 'the connection was cut' };

/** The one place where a failure of the service becomes an error of ours. `what` says what was tried, e.g. `cannot write "config" to azure://anna/backups`. */
export const translate = (error: unknown, what: string, by: ProvedBy = 'token'): BackupError => {
  if (isBackupError(error)) return error;
  const { message = '', name, response } = (error ?? {}) as SdkError;
  const service = serviceCode(error);
  const status = statusOf(error);
  const meaning = meaningOf(error);
  const own = new BackupError(meaning?.code ?? 'IO', `${what}: ${meaning?.words ?? tidy(message)}`, {
    hint: hintFor(meaning?.hint, by),
    retryAfterMs: retryAfter(response?.headers),
    context: { ...(service === undefined ? {} : { service }), ...(status === undefined ? {} : { status }) },
    cause: withoutSecrets(service ?? name, message),
  });
  return blameClock(own, response?.headers?.get('date'));
};

const meaningOf = (error: unknown): Meaning | undefined => {
  if ((error as SdkError | undefined)?.name === 'AbortError') return cut;
  const service = serviceCode(error) ?? '';
  const status = statusOf(error);
  if (Object.hasOwn(meanings, service)) return meanings[service];
  const trouble = certificateHint(service);
  if (trouble !== undefined) {
    // There is no "ca" here.
    const hint = trouble.includes('"ca"') ? 'Check "endpoint".' : trouble;
    return { code: 'AUTH', words: `the service cannot prove who it is (${service})`, hint };
  }
  if (network.test(service))
    return { code: 'UNAVAILABLE', words: `no connection (${service})`, hint: connectionHint(service) };
  return status === undefined ? undefined : byStatus(status);
};

const tidy = (message: string): string => {
  const line =
    message
      .split('\n')[0]
      ?.replace(/\.\s*$/, '')
      .slice(0, 200) ?? '';
  return line.slice(0, 1).toLowerCase() + line.slice(1);
};

/** The error of the SDK holds the request, and in its address the token: it goes no further. */
const withoutSecrets = (service: string | undefined, message: string): Error => {
  const cause = new Error(/[?&]sig=/.test(message) ? 'told with an address that holds a token' : tidy(message));
  cause.name = service ?? 'Error';
  return cause;
};

const retryAfter = (headers: { get(name: string): string | undefined } | undefined): number | undefined => {
  const milliseconds = Number(headers?.get('retry-after-ms') ?? headers?.get('x-ms-retry-after-ms') ?? Number.NaN);
  const seconds = Number(headers?.get('retry-after') ?? Number.NaN);
  const wait = Number.isFinite(milliseconds) ? milliseconds : seconds * 1000;
  return Number.isFinite(wait) && wait >= 0 ? Math.min(wait, 3_600_000) : undefined;
};
