import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { resolve } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { S3, S3ClientConfig } from '@aws-sdk/client-s3';
import { BackupError, type PluginContext, toBackupError } from '@triplicate/core';
import type { S3Options } from './options.ts';

const connectionTimeoutMs = 15_000;
/** Without a byte in either direction. */
const silenceTimeoutMs = 120_000;
const mostSockets = 64;

/** The client of the SDK, which is loaded here and not before. Nothing is sent yet. */
export const createClient = async (options: S3Options, context: PluginContext): Promise<S3> => {
  const { endpoint, pathStyle, region } = options;
  const [{ S3 }, credentials, agent] = await Promise.all([
    import('@aws-sdk/client-s3'),
    readCredentials(options, context),
    createAgent(options, context),
  ]);
  return new S3({
    region,
    forcePathStyle: pathStyle ?? endpoint !== undefined,
    maxAttempts: 1,
    // The checksums are ours to choose: what a service can differs too much.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: connectionTimeoutMs,
      socketTimeout: silenceTimeoutMs,
      httpAgent: { keepAlive: true, maxSockets: mostSockets },
      httpsAgent: agent,
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...credentials,
  });
};

const readCredentials = async (
  { accessKeyId, profile, secretAccessKey, sessionToken }: S3Options,
  context: PluginContext,
): Promise<Pick<S3ClientConfig, 'credentials' | 'profile'>> => {
  if (accessKeyId === undefined && secretAccessKey === undefined) return profile === undefined ? {} : { profile };
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new BackupError('CONFIG_INVALID', '"accessKeyId" and "secretAccessKey" belong together', {
      hint: 'Name both of them, or none and let the usual places of the AWS tools apply.',
    });
  }
  return {
    credentials: {
      accessKeyId: typeof accessKeyId === 'string' ? accessKeyId : await context.secret(accessKeyId),
      secretAccessKey: await context.secret(secretAccessKey),
      ...(sessionToken === undefined ? {} : { sessionToken: await context.secret(sessionToken) }),
    },
  };
};

const createAgent = async ({ ca }: S3Options, { configDirectory }: PluginContext): Promise<Agent> => {
  const sockets = { keepAlive: true, maxSockets: mostSockets };
  if (ca === undefined) return new Agent(sockets);
  const path = resolve(configDirectory, ca);
  try {
    return new Agent({ ...sockets, ca: [...rootCertificates, await readFile(path, 'utf8')] });
  } catch (error) {
    throw toBackupError(error, 'CONFIG_INVALID', `cannot read the certificate ${path}`);
  }
};
