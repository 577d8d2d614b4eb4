/** The system's store of passwords. The command line brings the real one. */
export interface Keychain {
  /** The entry of that name; undefined when there is none. AUTH when the keychain is locked, UNSUPPORTED when this system has none. */
  get(name: string, options: { readonly signal: AbortSignal }): Promise<string | undefined>;
  set(name: string, secret: string, options: { readonly signal: AbortSignal }): Promise<void>;
  /** Removes the entry; none is none. */
  remove(name: string, options: { readonly signal: AbortSignal }): Promise<void>;
}
