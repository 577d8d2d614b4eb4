import { isRecord } from './code-keys.ts';
import { configVersion } from './document-schema.ts';
import type { Finding } from './problem.ts';

type Migration = (document: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

/** From each older version to the next one. Version 1 is the first. */
const migrations: ReadonlyMap<number, Migration> = new Map();

/** The document in today's version, or why it has none. */
export const migrate = (
  document: unknown,
  steps: ReadonlyMap<number, Migration> = migrations,
): { readonly document: unknown } | { readonly finding: Finding } => {
  if (!isRecord(document))
    return refuse('not a configuration', `begin with "version: ${configVersion}" and "pipelines:"`);
  const { version } = document;
  if (version === undefined) return refuse('"version" is missing', `add the line "version: ${configVersion}"`);
  if (typeof version !== 'number' || !Number.isSafeInteger(version))
    return refuse('a version is a whole number', `write "version: ${configVersion}"`);
  if (version > configVersion)
    return refuse(
      `version ${version} is newer than this program, which knows ${configVersion}`,
      'install a newer triplicate',
    );
  let migrated: Readonly<Record<string, unknown>> = document;
  for (let from = version; from < configVersion; from += 1) {
    const step = steps.get(from);
    if (step === undefined) return refuse(`there was no version ${from}`, `write "version: ${configVersion}"`);
    migrated = { ...step(migrated), version: from + 1 };
  }
  return { document: migrated };
};

const refuse = (message: string, mend: string): { finding: Finding } => ({
  finding: { path: ['version'], at: 'value', message, mend },
});
