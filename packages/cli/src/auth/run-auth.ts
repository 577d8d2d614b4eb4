import { isBackupError, revokeGrant, signIn, type Grant, type GrantPlace } from '@triplicate/core';
import type { AuthFlags } from '../commands/auth.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../program/command.ts';
import { findAccount, type Account } from './find-account.ts';
import { hasBrowser } from './open-browser.ts';
import { talkTo } from './talk.ts';

export const runAuth = async (context: CommandContext, name: string, flags: AuthFlags): Promise<ExitCode> => {
  const account = await findAccount(context, name);
  await (flags.revoke === true ? signOut(context, account) : letIn(context, account, flags));
  return exitCodes.ok;
};

const letIn = async (context: CommandContext, account: Account, flags: AuthFlags): Promise<void> => {
  const { output, signal, surroundings } = context;
  const { destination, parts } = account;
  const { name, withoutBrowser } = parts.provider;
  const method = flags.method ?? (hasBrowser(surroundings) && parts.provider.redirect ? 'browser' : withoutBrowser);
  const grant = await signIn({ ...parts, method, talk: talkTo(context, { destination, name }), signal });
  const store = await keep(context, account, grant, flags.store);
  await output.line({
    ...lineOf(account, 'signed-in'),
    store,
    ...(store === 'file' ? { file: account.store.file } : {}),
  });
  const where = store === 'file' ? `in ${account.store.file}, which only you can read` : 'in the keychain';
  await output.report(`signed in to ${name} for "${destination}"; it is kept ${where}`, exitCodes.ok);
  output.say(`\`triplicate doctor ${destination}\` proves that everything works there`);
};

/** In a file where there is no keychain, and the person is told so. */
const keep = async (
  { output, signal }: CommandContext,
  { store }: Account,
  grant: Grant,
  wanted: GrantPlace | undefined,
): Promise<GrantPlace> => {
  if (wanted !== 'file') {
    try {
      await store.writeTo('keychain', grant, { signal });
      return 'keychain';
    } catch (error) {
      if (wanted === 'keychain' || !isBackupError(error) || error.code === 'ABORTED') throw error;
      output.note(`${error.message}; the sign-in goes into a file`);
    }
  }
  await store.writeTo('file', grant, { signal });
  return 'file';
};

const signOut = async ({ output, signal }: CommandContext, account: Account): Promise<void> => {
  const { destination, parts, store } = account;
  const { name } = parts.provider;
  const grant = await store.read({ signal });
  if (grant === undefined) {
    await output.line(lineOf(account, 'none'));
    return output.report(`nobody is signed in to ${name} for "${destination}"`, exitCodes.ok);
  }
  const page = await revokeGrant({ ...parts, client: { ...parts.client, id: grant.clientId } }, grant, signal);
  await store.remove({ signal });
  await output.line({ ...lineOf(account, 'signed-out'), ...(page === undefined ? {} : { page }) });
  const rest = page === undefined ? '' : `; end it at the provider too: ${page}`;
  await output.report(`signed out of ${name} for "${destination}"${rest}`, exitCodes.ok);
};

const lineOf = ({ destination, parts, pipeline }: Account, change: 'signed-in' | 'signed-out' | 'none') =>
  ({ type: 'auth', change, pipeline, destination, provider: parts.provider.name }) as const;
