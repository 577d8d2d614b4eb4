import { isRecord } from './code-keys.ts';
import { configVersion } from './document-schema.ts';
import type { Finding } from './problem.ts';

type Migration = (document: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

/** From each older version to the next one. Version 1 is the first. */
const migrations: ReadonlyMap<number, Migration> = new Map();

export interface Migrated {
  /** In today's version; undefined when there is no way to it. */
  readonly document: Readonly<Record<string, unknown>> | undefined;
  readonly findings: readonly Finding[];
}

/** The document in today's version. A missing version is told, and the rest is looked at as today's. */
export const migrate = (document: unknown, steps: ReadonlyMap<number, Migration> = migrations): Migrated => {
  if (!isRecord(document))
    return refuse('not a configuration', `begin with "version: ${configVersion}" and "pipelines:"`);
  const { version } = document;
  const assume = (finding: Finding): Migrated => ({
    document: { ...document, version: configVersion },
    findings: [finding],
  });
  const today = `"version: ${configVersion}"`;
  if (version === undefined) return assume(find('"version" is missing', `add the line ${today}`));
  if (typeof version !== 'number' || !Number.isSafeInteger(version))
    return assume(find('a version is a whole number', `write ${today}`));
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
  return { document: migrated, findings: [] };
};

const find = (message: string, mend: string): Finding => ({ path: ['version'], at: 'value', message, mend });
const refuse = (message: string, mend: string): Migrated => ({ document: undefined, findings: [find(message, mend)] });
