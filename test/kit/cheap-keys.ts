/** Key files that open at once, where a program that knows no cheap ones has made a repository. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKeyFile, openKeyFile, readKeyFileInfo } from '../../packages/core/src/repository/key-file.ts';
import { cheapScrypt, password } from './local-pipeline.ts';

/**
 * The one key file of each of these replicas of one repository becomes one that `password` opens as well, at next to no cost: a key that was
 * made for people takes half a second of every command.
 */
export const cheapenKeys = async (...replicas: readonly string[]): Promise<void> => {
  const folders = replicas.map((replica) => join(replica, 'keys'));
  const found = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  const [first = ''] = found;
  const json = readFileSync(first);
  const info = { ...readKeyFileInfo(json), params: cheapScrypt };
  const cheap = createKeyFile(password, await openKeyFile(json, password), info);
  const name = createHash('sha256').update(cheap).digest('hex');
  for (const folder of folders) writeFileSync(join(folder, name), cheap, { mode: 0o400 });
  for (const costly of found) rmSync(costly);
};
