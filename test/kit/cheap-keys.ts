/** Key files that open at once, where a program that knows no cheap ones has made a repository. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKeyFile, openKeyFile, readKeyFileInfo } from '../../packages/core/src/repository/key-file.ts';
import { cheapScrypt, password } from './local-pipeline.ts';

/**
 * Each key file of these repositories becomes one that `password` opens as well, and that says the same but for its cost: half a second of
 * every command on a repository whose key was made for people.
 */
export const cheapenKeys = async (...repositories: readonly string[]): Promise<void> => {
  for (const repository of repositories) {
    const folder = join(repository, 'keys');
    for (const name of readdirSync(folder)) {
      const json = readFileSync(join(folder, name));
      const info = { ...readKeyFileInfo(json), params: cheapScrypt };
      const cheap = createKeyFile(password, await openKeyFile(json, password), info);
      writeFileSync(join(folder, createHash('sha256').update(cheap).digest('hex')), cheap, { mode: 0o400 });
      rmSync(join(folder, name));
    }
  }
};
