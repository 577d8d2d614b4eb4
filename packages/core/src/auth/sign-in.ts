import { randomInt } from 'node:crypto';
import { sleepFor } from '../clock.ts';
import { BackupError } from '../errors.ts';
import type { Grant } from './grant.ts';
import { openLoopback } from './loopback.ts';
import { readPasted } from './pasted.ts';
import type { Redirect, SignInMethod } from './provider.ts';
import { type OAuthParts, TokenEndpoint, type Tokens } from './token-endpoint.ts';

/** What a person is told and asked meanwhile. */
export interface SignInTalk {
  /** A browser of this machine is to show `url`; where none can be opened, the person is told to. */
  browse(url: string): Promise<void>;
  /** The person opens `url` on any machine and types `code` there. */
  showCode(device: { readonly url: string; readonly code: string; readonly expiresAt: Date }): Promise<void>;
  /** The person opens `url` on any machine and brings back a code, or the address that the browser ended at. */
  askForAnswer(question: { readonly url: string; readonly wanted: 'code' | 'address' }): Promise<string>;
}

export interface SignInOptions extends OAuthParts {
  readonly method: SignInMethod;
  readonly talk: SignInTalk;
  readonly signal: AbortSignal;
}

/** Time enough to find a password. */
const waitMs = 10 * 60_000;

/** Lets a person sign in. AUTH when it was refused, or allows less than what is needed; UNSUPPORTED when the provider has no such way. */
export const signIn = async (options: SignInOptions): Promise<Grant> => {
  const { client, clock, method, provider } = options;
  const tokens = await ways[method](options);
  const scope = tokens.scope ?? provider.scopes.join(' ');
  const missing = provider.requiredScopes.find((wanted) => !allows(scope, wanted));
  if (missing !== undefined) {
    throw new BackupError('AUTH', `${provider.name} was not allowed to give "${missing}"`, {
      hint: 'Sign in again and leave everything ticked.',
    });
  }
  if (tokens.refreshToken === undefined) {
    throw new BackupError('AUTH', `${provider.name} gave no sign-in that lasts`, {
      hint: 'Remove Triplicate from the connected applications of the account, and sign in again.',
    });
  }
  return {
    version: 1,
    refreshToken: tokens.refreshToken,
    clientId: client.id,
    scope,
    granted: clock.now().toISOString(),
  };
};

/** Microsoft leaves the address in front of a scope out, or adds it. */
const allows = (scope: string, wanted: string): boolean =>
  scope.split(' ').some((given) => given === wanted || given.endsWith(`/${wanted}`) || wanted.endsWith(`/${given}`));

const inBrowser = async (options: SignInOptions): Promise<Tokens> => {
  const { provider, signal, talk } = options;
  const redirect = provider.redirect ?? unsupported(options, 'browser');
  const question = await newQuestion();
  await using loopback = await openLoopback({ redirect, state: question.state, name: provider.name });
  const { redirectUri } = loopback;
  const late = AbortSignal.timeout(waitMs);
  try {
    const answer = loopback.receive(
      (parameters) => new TokenEndpoint(options).exchange({ ...question, answer: parameters, redirectUri, signal }),
      AbortSignal.any([signal, late]),
    );
    answer.catch(() => undefined);
    await talk.browse(authorizationUrl(options, question, redirectUri));
    return await answer;
  } catch (error) {
    if (!late.aborted) throw error;
    throw new BackupError('AUTH', `nobody signed in to ${provider.name} within ten minutes`);
  }
};

const withDevice = async (options: SignInOptions): Promise<Tokens> => {
  const { clock, provider, signal, talk } = options;
  if (provider.deviceUrl === undefined) return unsupported(options, 'device');
  const endpoint = new TokenEndpoint(options);
  const device = await endpoint.startDevice(signal);
  await talk.showCode({ url: device.url, code: device.userCode, expiresAt: device.expiresAt });
  let waitBetweenMs = device.intervalMs;
  while (clock.now() < device.expiresAt) {
    await sleepFor(clock, waitBetweenMs, signal);
    const told = await endpoint.pollDevice(device.deviceCode, signal);
    if (typeof told !== 'string') return told;
    // RFC 8628 §3.5
    if (told === 'slow_down') waitBetweenMs += 5_000;
  }
  throw new BackupError('AUTH', `nobody signed in to ${provider.name} in time`);
};

const byPasting = async (options: SignInOptions): Promise<Tokens> => {
  const { provider, signal, talk } = options;
  const question = await newQuestion();
  const endpoint = new TokenEndpoint(options);
  if (provider.paste === 'code') {
    const url = authorizationUrl(options, question, undefined);
    const code = readPasted(await talk.askForAnswer({ url, wanted: 'code' }), 'code').get('code') ?? '';
    return endpoint.exchangeShown(code, question.verifier, signal);
  }
  const { host, path, port = randomInt(49_152, 65_536) }: Redirect = provider.redirect ?? unsupported(options, 'paste');
  // Nobody listens there: the browser says so, and has the answer in its address.
  const redirectUri = `http://${host}:${port}${path}`;
  const url = authorizationUrl(options, question, redirectUri);
  const answer = readPasted(await talk.askForAnswer({ url, wanted: 'address' }), 'address');
  return endpoint.exchange({ ...question, answer, redirectUri, signal });
};

const ways: Readonly<Record<SignInMethod, (options: SignInOptions) => Promise<Tokens>>> = {
  browser: inBrowser,
  device: withDevice,
  paste: byPasting,
};

const unsupported = ({ provider }: SignInOptions, method: SignInMethod): never => {
  throw new BackupError('UNSUPPORTED', `${provider.name} has no way to sign in by "${method}"`, {
    hint: `Leave --method out, or write \`--method ${provider.redirect === undefined ? 'paste' : 'browser'}\`.`,
  });
};

interface Question {
  readonly state: string;
  readonly verifier: string;
  readonly challenge: string;
}

const newQuestion = async (): Promise<Question> => {
  const lib = await import('oauth4webapi');
  const verifier = lib.generateRandomCodeVerifier();
  return { state: lib.generateRandomState(), verifier, challenge: await lib.calculatePKCECodeChallenge(verifier) };
};

const authorizationUrl = (
  { client, provider }: SignInOptions,
  { challenge, state }: Question,
  redirectUri: string | undefined,
): string => {
  const url = new URL(provider.authorizationUrl);
  const parameters = {
    ...provider.authorizationParameters,
    response_type: 'code',
    client_id: client.id,
    scope: provider.scopes.join(' '),
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...(redirectUri === undefined ? {} : { redirect_uri: redirectUri }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
};
