import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { BackupError, type PluginContext, systemCode, toBackupError } from '@triplicate/core';
import type { AnyAuthMethod, ParsedKey } from 'ssh2';
import type { SftpOptions } from './options.ts';

/** What ssh itself tries. */
const usualKeys = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** The ways to log in, in the order in which they are tried: agent, key, password. */
export const readCredentials = async (options: SftpOptions, context: PluginContext): Promise<AnyAuthMethod[]> => {
  const { agent, key, password } = options;
  const username = options.user ?? userInfo().username;
  const methods: AnyAuthMethod[] = [];
  if (agent !== undefined) {
    const socket = typeof agent === 'string' ? agent : await context.secret(agent);
    methods.push({ type: 'agent', username, agent: socket });
  }
  if (key !== undefined) methods.push({ type: 'publickey', username, key: await readKey(key, options, context) });
  if (password !== undefined) {
    const secret = await context.secret(password);
    methods.push({ type: 'password', username, password: secret });
    // Many servers ask for the password as the answer to a question.
    methods.push({
      type: 'keyboard-interactive',
      username,
      prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => secret)),
    });
  }
  if (methods.length > 0) return methods;
  return (await readUsualKeys()).map((usual) => ({ type: 'publickey', username, key: usual }));
};

const readKey = async (file: string, { passphrase }: SftpOptions, context: PluginContext): Promise<ParsedKey> => {
  const path = resolve(context.configDirectory, file.replace(/^~(?=[\\/])/, homedir()));
  const text = await readFile(path).catch((error: unknown) => {
    throw new BackupError('CONFIG_INVALID', toBackupError(error, 'IO', `cannot read the key ${path}`).message, {
      cause: error,
    });
  });
  const parsed = await parse(text, passphrase === undefined ? undefined : await context.secret(passphrase));
  if (parsed !== undefined) return parsed;
  throw new BackupError('AUTH', `the key ${path} cannot be used`, {
    hint:
      passphrase === undefined
        ? 'If it has a passphrase, say where that is with "passphrase", or use an agent.'
        : 'Check its "passphrase", and that it is a private key of OpenSSH.',
  });
};

/** Those that are there and need no passphrase. */
const readUsualKeys = async (): Promise<ParsedKey[]> => {
  const keys: ParsedKey[] = [];
  for (const name of usualKeys) {
    const text = await readFile(join(homedir(), '.ssh', name)).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT' || systemCode(error) === 'EACCES') return undefined;
      throw error;
    });
    const parsed = text && (await parse(text, undefined));
    if (parsed) keys.push(parsed);
  }
  if (keys.length > 0) return keys;
  throw new BackupError('CONFIG_INVALID', 'there is no way to log in', {
    hint: 'Name a "key", an "agent" or a "password", or make a key with ssh-keygen.',
  });
};

const parse = async (text: Buffer, passphrase: string | undefined): Promise<ParsedKey | undefined> => {
  const { utils } = (await import('ssh2')).default;
  const parsed = utils.parseKey(text, passphrase) as ParsedKey | ParsedKey[] | Error;
  const [first] = [parsed].flat();
  return first instanceof Error || first?.isPrivateKey() !== true ? undefined : first;
};
