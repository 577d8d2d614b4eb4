import { isBackupError } from '@triplicate/core';
import type { Manifest } from '../manifest/manifest.ts';
import { buildCatalog, catalogVersion } from './build-catalog.ts';
import type { BuildOptions } from './build-catalog.ts';
import { CatalogManifest } from './catalog-manifest.ts';
import type { CatalogStore } from './catalog-store.ts';

export interface CatalogOptions extends BuildOptions {
  readonly store: CatalogStore;
  /** Says which manifest it is: another text when a byte of it is another one. */
  readonly fingerprint: string;
  readonly secret?: Uint8Array | undefined;
}

const nameOf = ({ fingerprint }: CatalogOptions): string => `catalog ${catalogVersion} ${fingerprint}`;

/** The manifest from the catalog that was kept of it, if there is one. */
export const openCatalog = async (options: CatalogOptions): Promise<Manifest | undefined> => {
  const kept = await options.store.read(nameOf(options), options);
  if (kept === undefined) return undefined;
  try {
    return new CatalogManifest(kept);
  } catch (error) {
    if (isBackupError(error, 'CORRUPT') || isBackupError(error, 'UNSUPPORTED')) return undefined;
    throw error;
  }
};

/**
 * Makes a catalog of a manifest, keeps it, and gives it in place of the manifest, which is closed. Of a damaged one none is made: it
 * would look whole.
 */
export const catalogOf = async (manifest: Manifest, options: CatalogOptions): Promise<Manifest> => {
  if ((manifest.damage ?? []).length > 0) return manifest;
  await using original = manifest;
  const catalog = await buildCatalog(original, options);
  await options.store.write(nameOf(options), catalog, options);
  return new CatalogManifest(catalog);
};
