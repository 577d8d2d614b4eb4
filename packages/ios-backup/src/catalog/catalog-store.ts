import type { CallOptions } from '@triplicate/core';

export interface CatalogStoreOptions extends CallOptions {
  /** Of an encrypted backup: what only its password gives. */
  readonly secret?: Uint8Array | undefined;
}

/** Where catalogs are kept between two looks at the same backup; `SealedCache` of core is one. */
export interface CatalogStore {
  read(name: string, options: CatalogStoreOptions): Promise<Uint8Array | undefined>;
  write(name: string, bytes: Uint8Array, options: CatalogStoreOptions): Promise<boolean>;
}
