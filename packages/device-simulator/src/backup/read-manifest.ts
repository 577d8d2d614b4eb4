import type { HostFiles } from './host-files.ts';
import { decryptor } from './cipher.ts';
import { ManifestStore } from './manifest-store.ts';

/** Fetches Manifest.db, decrypting it where there is a key; `undefined` when the computer has none that opens. */
export const fetchManifest = async (
  host: HostFiles,
  path: string,
  key: Buffer | undefined,
): Promise<ManifestStore | undefined> => {
  const store = new ManifestStore();
  const decrypt = key && decryptor(key, false);
  let whole = false;
  await host.download([path], {
    write: (_path, bytes) => store.append(decrypt ? decrypt.update(bytes) : bytes),
    end: (_path, error) => {
      whole = error === undefined;
    },
  });
  if (whole && store.size > 0 && store.open()) return store;
  store[Symbol.dispose]();
  return undefined;
};
