import {
  BackupError,
  connectionHint,
  blameClock,
  certificateHint,
  clockHint,
  type ErrorCode,
  isBackupError,
} from '@triplicate/core';

interface Meaning {
  readonly code: ErrorCode;
  readonly words?: string;
  readonly hint?: string | undefined;
}

const credentials = 'Check "accessKeyId" and "secretAccessKey", or the profile, of this destination.';
const room = 'Raise the limit at the provider, or make room with `triplicate forget` and then `triplicate prune`.';
const region = 'Set "region" of this destination to where the bucket is.';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and what other services add. */
const meanings: Readonly<Record<string, Meaning>> = {
  NoSuchKey: { code: 'NOT_FOUND', words: 'no such object' },
  NoSuchBucket: {
    code: 'CONFIG_INVALID',
    words: 'there is no such bucket',
    hint: 'Make the bucket at the provider, or correct "bucket", "region" and "endpoint".',
  },
  InvalidBucketName: { code: 'CONFIG_INVALID', words: 'no bucket can have this name' },
  PermanentRedirect: { code: 'CONFIG_INVALID', words: 'the bucket is in another region', hint: region },
  AuthorizationHeaderMalformed: { code: 'CONFIG_INVALID', words: 'the bucket is in another region', hint: region },
  IllegalLocationConstraintException: { code: 'CONFIG_INVALID', words: 'the bucket is elsewhere', hint: region },
  ObjectLockConfigurationNotFoundError: {
    code: 'CONFIG_INVALID',
    words: 'the bucket has no object lock',
    hint: 'Make a bucket with object lock, or remove "immutable" from this destination.',
  },
  AccessDenied: {
    code: 'AUTH',
    words: 'access denied',
    hint: 'Allow this key to list, read, write and delete in the bucket; docs/destinations/s3.md has the policy.',
  },
  AllAccessDisabled: { code: 'AUTH', words: 'the account is disabled' },
  AccountProblem: { code: 'AUTH', words: 'there is a problem with the account', hint: 'Ask the provider.' },
  InvalidAccessKeyId: { code: 'AUTH', words: 'the service does not know this access key', hint: credentials },
  SignatureDoesNotMatch: { code: 'AUTH', words: 'the secret of the access key is wrong', hint: credentials },
  CredentialsProviderError: { code: 'AUTH', words: 'there are no credentials', hint: credentials },
  ExpiredToken: { code: 'AUTH', words: 'the credentials have expired', hint: 'Get new ones and run again.' },
  InvalidToken: { code: 'AUTH', words: 'the session token is not valid', hint: credentials },
  RequestTimeTooSkewed: { code: 'AUTH', words: 'requests by a wrong clock are refused', hint: clockHint },
  PreconditionFailed: { code: 'ALREADY_EXISTS', words: 'it exists already' },
  InvalidRange: { code: 'INVALID_RANGE', words: 'the object ends before this range' },
  EntityTooLarge: { code: 'UNSUPPORTED', words: 'the service takes no object of this size' },
  InvalidObjectState: {
    code: 'UNSUPPORTED',
    words: 'the object was moved to an archive',
    hint: 'Restore it from the archive at the provider, and remove the lifecycle rule that moves packs there.',
  },
  NotImplemented: { code: 'UNSUPPORTED', words: 'the service cannot do this' },
  MethodNotAllowed: { code: 'UNSUPPORTED', words: 'the service does not allow this' },
  QuotaExceeded: { code: 'QUOTA_EXCEEDED', words: 'the quota is used up', hint: room },
  InsufficientCapacity: { code: 'QUOTA_EXCEEDED', words: 'no space left', hint: room },
  XMinioStorageFull: { code: 'QUOTA_EXCEEDED', words: 'no space left', hint: room },
  SlowDown: { code: 'RATE_LIMITED', words: 'too many requests' },
  TooManyRequests: { code: 'RATE_LIMITED', words: 'too many requests' },
  Throttling: { code: 'RATE_LIMITED', words: 'too many requests' },
  ThrottlingException: { code: 'RATE_LIMITED', words: 'too many requests' },
  RequestLimitExceeded: { code: 'RATE_LIMITED', words: 'too many requests' },
  BandwidthLimitExceeded: { code: 'RATE_LIMITED', words: 'too many bytes a second' },
  BadDigest: { code: 'UNAVAILABLE', words: 'the content was damaged on its way' },
  XAmzContentSHA256Mismatch: { code: 'UNAVAILABLE', words: 'the content was damaged on its way' },
  XAmzContentChecksumMismatch: { code: 'UNAVAILABLE', words: 'the content was damaged on its way' },
  IncompleteBody: { code: 'UNAVAILABLE', words: 'the content did not arrive as a whole' },
  RequestTimeout: { code: 'UNAVAILABLE', words: 'the request took too long' },
  TimeoutError: { code: 'UNAVAILABLE', words: 'the service does not answer' },
  OperationAborted: { code: 'UNAVAILABLE', words: 'another request was in the way' },
  ConditionalRequestConflict: { code: 'UNAVAILABLE', words: 'another request was in the way' },
  NoSuchUpload: { code: 'UNAVAILABLE', words: 'the upload in parts was given up by somebody else' },
};

const byStatus = (status: number): Meaning | undefined => {
  if (status === 301 || status === 307) return meanings['PermanentRedirect'];
  if (status === 401 || status === 403) return meanings['AccessDenied'];
  if (status === 404) return meanings['NoSuchKey'];
  if (status === 405) return meanings['MethodNotAllowed'];
  if (status === 408) return meanings['RequestTimeout'];
  if (status === 412) return meanings['PreconditionFailed'];
  if (status === 413) return meanings['EntityTooLarge'];
  if (status === 416) return meanings['InvalidRange'];
  if (status === 429) return meanings['SlowDown'];
  if (status === 501) return meanings['NotImplemented'];
  if (status === 507) return meanings['InsufficientCapacity'];
  if (status >= 500) return { code: 'UNAVAILABLE', words: `the service has a problem of its own (status ${status})` };
  // An answer that says yes and cannot be read was cut off or comes from something in between.
  return status < 300 ? { code: 'UNAVAILABLE', words: 'the answer cannot be understood' } : undefined;
};

const network = /^(E[A-Z]+|UND_ERR\w*|HPE_\w+|ERR_STREAM_PREMATURE_CLOSE)$/;

interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly Code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** The word that the service has for what went wrong. */
export const serviceCode = (error: unknown): string | undefined => {
  const { Code, name } = (error ?? {}) as SdkError;
  return typeof Code === 'string' ? Code : name;
};

export const statusOf = (error: unknown): number | undefined =>
  (error as SdkError | undefined)?.$metadata?.httpStatusCode;

/** Whether there is no such object, whatever the way in which the service says so. */
export const isMissing = (error: unknown): boolean => {
  const code = serviceCode(error);
  return code === 'NoSuchKey' || (code !== 'NoSuchBucket' && statusOf(error) === 404);
};

/** Our own aborts never come here: what the SDK calls one is a connection that was cut. */
const cut: Meaning = { code: 'UNAVAILABLE', words: 'the connection was cut' };

/** The one place where a failure of the service becomes an error of ours. `what` says what was tried, e.g. `cannot write "config" to s3://backups`. */
export const translate = (error: unknown, what: string): BackupError => {
  if (isBackupError(error)) return error;
  const { code, message = '', $metadata, $response } = (error ?? {}) as SdkError;
  const service = serviceCode(error);
  const status = $metadata?.httpStatusCode;
  const meaning = meaningOf(error);
  const fallback = tidy(message) || String(service);
  const context = {
    ...(service === undefined ? {} : { service }),
    ...(status === undefined ? {} : { status }),
    ...(typeof code === 'string' ? { system: code } : {}),
    ...($metadata?.requestId === undefined ? {} : { requestId: $metadata.requestId }),
  };
  const own = new BackupError(meaning?.code ?? 'IO', `${what}: ${meaning?.words ?? fallback}`, {
    hint: meaning?.hint,
    retryAfterMs: retryAfter($response?.headers),
    context,
    cause: withoutSecrets(service, message),
  });
  return blameClock(own, $response?.headers?.['date']);
};

const meaningOf = (error: unknown): Meaning | undefined => {
  const service = serviceCode(error) ?? '';
  const status = statusOf(error);
  const { code, message = '', name } = (error ?? {}) as SdkError;
  if (name === 'AbortError') return cut;
  // Some services tell their limits on spending as a refusal.
  if (status === 403 && /\bcap (was )?(exceeded|reached)|storage limit|quota/i.test(message))
    return meanings['QuotaExceeded'];
  if (Object.hasOwn(meanings, service)) return meanings[service];
  const hint = typeof code === 'string' ? certificateHint(code) : undefined;
  if (hint !== undefined) return { code: 'AUTH', words: `the service cannot prove who it is (${String(code)})`, hint };
  if (typeof code === 'string' && network.test(code))
    return { code: 'UNAVAILABLE', words: `no connection (${code})`, hint: connectionHint(code) };
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

/** The error of the SDK holds the request with its headers, session token included: it goes no further. */
const withoutSecrets = (service: string | undefined, message: string): Error => {
  const cause = new Error(tidy(message));
  cause.name = service ?? 'Error';
  return cause;
};

const retryAfter = (headers: Readonly<Record<string, string>> | undefined): number | undefined => {
  const seconds = Number(headers?.['retry-after']);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 3600) * 1000 : undefined;
};
