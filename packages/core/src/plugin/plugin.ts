import type { z } from 'zod';
import type { OAuthClientOptions } from '../auth/client.ts';
import type { GrantStore } from '../auth/grant-store.ts';
import type { OAuthProvider } from '../auth/provider.ts';
import type { Clock } from '../clock.ts';
import type { SecretReference } from '../config/secret-reference.ts';
import type { Destination } from '../destination/destination.ts';
import type { RestoreTarget, Source } from '../source/source.ts';
import type { Chunker, Codec } from '../transform/transform.ts';

/** The version of the contracts below; a plugin for another one is refused. */
export const pluginApiVersion = 1;

export interface Log {
  debug(message: string, context?: Readonly<Record<string, unknown>>): void;
  info(message: string, context?: Readonly<Record<string, unknown>>): void;
  warn(message: string, context?: Readonly<Record<string, unknown>>): void;
}

/** What a plugin is given. It reads nothing else of its surroundings: no environment, no terminal. */
export interface PluginContext {
  /** The name that the configuration gives this source or destination. */
  readonly name: string;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly clock: Clock;
  /** The value of a secret that the plugin's own options name; any other is refused. */
  secret(reference: SecretReference): Promise<string>;
  /** Absolute; relative paths in the options count from here. */
  readonly configDirectory: string;
  /** A private folder for what can be made again; may vanish between runs. */
  readonly cacheDirectory: string;
  /** A private folder for what must be kept between runs, e.g. tokens (files 0600). */
  readonly stateDirectory: string;
  /** For a destination: the configuration says that it may be absent (the common key `removable`). */
  readonly removable?: boolean | undefined;
  /** For a destination: how long what is stored there can be neither deleted nor replaced (the common key `immutable`); only with `canLock`. */
  readonly immutableMs?: number | undefined;
  /** For a destination: where its sign-in is kept, for `openAccount`. */
  readonly grants?: GrantStore | undefined;
  /** Masks a secret in all output from now on, for those that did not come from `secret`, e.g. access tokens. */
  readonly protect?: ((secret: string) => void) | undefined;
  /** The value of USBMUXD_SOCKET_ADDRESS, where the program was started with one: the daemon that knows the phones. */
  readonly deviceDaemon?: string | undefined;
}

interface PluginBase<Kind extends string, Options> {
  readonly apiVersion: typeof pluginApiVersion;
  readonly kind: Kind;
  /** The word after `type:` in the configuration (for a transform: the key of its step). */
  readonly type: string;
  /** One sentence for `triplicate plugins`. */
  readonly summary: string;
  /** A `z.strictObject`; every field has `.describe()`, secrets are `secretReference`. Without `type` and the common keys. */
  readonly options: z.ZodType<Options>;
}

export interface SourcePlugin<Options = unknown> extends PluginBase<'source', Options> {
  open(options: Options, context: PluginContext): Promise<Source>;
  openTarget?(options: Options, context: PluginContext): Promise<RestoreTarget>;
}

export interface DestinationPlugin<Options = unknown> extends PluginBase<'destination', Options> {
  /**
   * UNAVAILABLE when the place is not there now (an absent removable disk, a host that does not answer), AUTH when it refuses us.
   * Never creates anything: the first `put` does.
   */
  open(options: Options, context: PluginContext): Promise<Destination>;
  /** It keeps `immutableMs`: nobody can delete or replace what is stored before its time. Without it the key `immutable` is refused. */
  readonly canLock?: boolean;
  /** Where it cannot: why, and what to do instead, to follow a colon. */
  readonly insteadOfLock?: string;
  /** For places that a person signs in to (`triplicate auth`): where and how; `undefined` when these options need none. */
  signIn?(options: Options): SignInNeed | undefined;
}

export interface SignInNeed extends OAuthClientOptions {
  readonly provider: OAuthProvider;
}

/** What a transform may depend on besides its options. */
export interface TransformContext {
  /** 32 bytes derived from the repository's secret for this plugin alone; equal on every replica and in every run. */
  readonly key: Uint8Array;
  /** restic's `chunker_polynomial`, 16 hex digits or fewer. */
  readonly polynomial: string;
}

/**
 * Loaded again inside each worker by its module URL, so `open` is synchronous and its result is not shared between threads.
 * `stage` says which shape it has.
 */
export type TransformPlugin<Options = unknown> = PluginBase<'transform', Options> &
  (
    | { readonly stage: 'chunker'; open(options: Options, context: TransformContext): Chunker }
    | { readonly stage: 'codec'; open(options: Options, context: TransformContext): Codec }
  );

export type Plugin<Options = unknown> = SourcePlugin<Options> | DestinationPlugin<Options> | TransformPlugin<Options>;
export type PluginKind = Plugin['kind'];
