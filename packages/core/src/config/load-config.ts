import { dirname } from 'node:path';
import { loadPlugins } from '../plugin/load-plugins.ts';
import type { PluginEntry, PluginRegistry } from '../plugin/registry.ts';
import { isBackupError } from '../errors.ts';
import { checkPipeline, findTwins } from './check-pipeline.ts';
import { checkSchema } from './check-schema.ts';
import { entriesOf } from './check-uses.ts';
import { findBadNames } from './check-names.ts';
import { findCodeKeys } from './code-keys.ts';
import type { Config } from './config.ts';
import { documentSchema } from './document-schema.ts';
import { sortProblems, type Finding, type Problem } from './problem.ts';
import { migrate } from './version.ts';
import { parseYaml } from './yaml-document.ts';

export interface LoadConfigOptions {
  /** Absolute; where the text comes from. Relative paths and packages are looked for from its folder. */
  readonly file: string;
  /** The plugins that are there without being named under `plugins:`. */
  readonly registry: PluginRegistry;
  /** Whether what runs code is honoured: plugins, hooks, `command:`. Without it each of them is a problem and none of it is run. */
  readonly trusted?: boolean;
}

export interface LoadedConfig {
  /** Absent when there is any problem. */
  readonly config?: Config;
  /** Every mistake, in the order of the text. */
  readonly problems: readonly Problem[];
  /** What the text says, as plain values with aliases and merges resolved; undefined when it cannot be understood. */
  readonly document: unknown;
  /** The given plugins and those of the configuration. */
  readonly registry: PluginRegistry;
}

/** Reads a configuration and collects everything that is wrong with it. Reads no other file and no secret; throws only on our own bugs. */
export const loadConfig = async (
  text: string,
  { file, registry: known, trusted = false }: LoadConfigOptions,
): Promise<LoadedConfig> => {
  const yaml = parseYaml(text);
  const finish = (findings: readonly Finding[], registry: PluginRegistry, config?: Config): LoadedConfig => {
    const problems = sortProblems([...yaml.problems, ...findings.map((finding) => yaml.place(finding))]);
    const loaded = { problems, registry, document: yaml.value };
    return problems.length === 0 && config !== undefined ? { ...loaded, config } : loaded;
  };
  if (yaml.value === undefined && yaml.problems.length > 0) return finish([], known);
  const migrated = migrate(yaml.value);
  const raw = migrated.document;
  if (raw === undefined) return finish(migrated.findings, known);
  const form = checkSchema(documentSchema, raw, []);
  const code = trusted ? [] : findCodeKeys(raw);
  const { registry, findings: broken } = trusted
    ? await addPlugins(raw['plugins'], file, known)
    : { registry: known, findings: [] };
  const incomplete = broken.length > 0 || code.some(({ path }) => path[0] === 'plugins');
  const checked = await Promise.all(
    entriesOf(raw['pipelines']).map(([name, pipeline]) =>
      checkPipeline(name, pipeline, { registry, incomplete, trusted }),
    ),
  );
  const pipelines = checked.flatMap(({ use }) => (use === undefined ? [] : [use]));
  const findings = [
    ...migrated.findings,
    ...form.findings,
    ...findBadNames(raw),
    ...code,
    ...broken,
    ...checked.flatMap((pipeline) => pipeline.findings),
    ...findTwins(pipelines),
  ];
  if (!form.ok) return finish(findings, registry);
  return finish(findings, registry, { file, directory: dirname(file), plugins: form.value.plugins, pipelines });
};

/** The registry with the plugins that the document names, and what is wrong with those that could not be added. */
const addPlugins = async (
  specs: unknown,
  configFile: string,
  known: PluginRegistry,
): Promise<{ registry: PluginRegistry; findings: Finding[] }> => {
  const names = Array.isArray(specs) ? specs.map((spec) => (typeof spec === 'string' ? spec : '')) : [];
  const wanted = names.filter((name) => name !== '');
  const findings: Finding[] = [];
  const report = (spec: string, message: string, hint: string | undefined): void => {
    findings.push({ path: ['plugins', names.indexOf(spec)], at: 'value', message, mend: hint ?? 'remove it' });
  };
  let registry = known;
  const add = (spec: string, entry: PluginEntry): void => {
    try {
      registry = registry.with([entry]);
    } catch (error) {
      if (!isBackupError(error)) throw error;
      report(spec, error.message, error.hint);
    }
  };
  for (const loaded of await loadPlugins(wanted, { configFile })) {
    if ('entry' in loaded) add(loaded.spec, loaded.entry);
    else report(loaded.spec, loaded.error.message, loaded.error.hint);
  }
  return { registry, findings };
};
