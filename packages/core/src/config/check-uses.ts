import { splitDestinationOptions, commonDestinationOptions } from '../destination/common-options.ts';
import { isBackupError } from '../errors.ts';
import type { PluginRegistry } from '../plugin/registry.ts';
import { checkSchema, type Checked } from './check-schema.ts';
import { findMarkedOptions, isRecord } from './code-keys.ts';
import { commonSourceOptions } from './common-source-options.ts';
import type { DestinationConfig, SourceConfig } from './config.ts';
import { suggest } from './did-you-mean.ts';
import { findLiteralSecrets } from './literal-secrets.ts';
import type { Finding, KeyPath } from './problem.ts';
import { retain as retainSchema, type Retain } from './retain.ts';

export interface UseContext {
  readonly registry: PluginRegistry;
  /** Whether some plugin of the document is missing from the registry: its types are then not called unknown. */
  readonly incomplete: boolean;
  readonly trusted: boolean;
}

export interface CheckedUse<Use> {
  readonly use?: Use;
  readonly findings: readonly Finding[];
}

type Raw = Readonly<Record<string, unknown>>;

/** One source: the keys that every source has, and the rest by the plugin's own schema. What is no mapping is the first pass's affair. */
export const checkSource = async (
  name: string,
  raw: Raw,
  path: KeyPath,
  context: UseContext,
): Promise<CheckedUse<SourceConfig>> => {
  const { tags, type, ...own } = raw;
  const common = checkSchema(commonSourceOptions, tags === undefined ? {} : { tags }, path);
  const options = await checkOptions('source', { type, own, path, common: ['tags'] }, context);
  const findings = [...common.findings, ...options.findings];
  if (!common.ok || !options.ok) return { findings };
  return { findings, use: { name, type: String(type), options: options.value, tags: common.value.tags } };
};

/** One destination; see `checkSource`. `inherited` is the retention of the pipeline. */
export const checkDestination = async (
  name: string,
  raw: Raw,
  path: KeyPath,
  context: UseContext & { readonly inherited: Retain | undefined },
): Promise<CheckedUse<DestinationConfig>> => {
  const { common, own } = splitDestinationOptions(raw);
  const shared = checkSchema(commonDestinationOptions, common, path);
  const retained =
    common['retain'] === undefined ? undefined : checkSchema(retainSchema, common['retain'], [...path, 'retain']);
  const also = Object.keys(commonDestinationOptions.shape);
  const options = await checkOptions('destination', { type: raw['type'], own, path, common: also }, context);
  const locked =
    !shared.ok || shared.value.immutable === undefined ? [] : await checkLock(raw['type'], path, context.registry);
  const findings = [...shared.findings, ...(retained?.findings ?? []), ...options.findings, ...locked];
  if (!shared.ok || !options.ok || locked.length > 0) return { findings };
  const retain = retained?.ok === true ? retained.value : context.inherited;
  return { findings, use: { name, type: String(raw['type']), options: options.value, common: shared.value, retain } };
};

/** A promise that the place cannot keep would count as a copy that nobody can destroy. What cannot be loaded is told elsewhere. */
const checkLock = async (type: unknown, path: KeyPath, registry: PluginRegistry): Promise<Finding[]> => {
  const found = await registry.find('destination', String(type)).catch(() => undefined);
  if (found === undefined || found.plugin.canLock === true) return [];
  const why = found.plugin.insteadOfLock;
  const message = `a destination of type "${String(type)}" cannot keep anything from being deleted${why === undefined ? '' : `: ${why}`}`;
  return [
    {
      path: [...path, 'immutable'],
      at: 'key',
      message,
      mend: 'remove "immutable", or use a place that can lock objects',
    },
  ];
};

interface Use {
  readonly type: unknown;
  readonly own: Raw;
  readonly path: KeyPath;
  /** Keys that every use of this kind has. */
  readonly common: readonly string[];
}

const checkOptions = async (
  kind: 'source' | 'destination',
  { type, own, path, common }: Use,
  { registry, incomplete, trusted }: UseContext,
): Promise<Checked<unknown>> => {
  if (typeof type !== 'string') return { ok: false, findings: [] };
  const at = (message: string, mend: string): Checked<unknown> => ({
    ok: false,
    findings: [{ path: [...path, 'type'], at: 'value', message, mend }],
  });
  try {
    const found = await registry.find(kind, type);
    if (found === undefined)
      return incomplete
        ? { ok: false, findings: [] }
        : at(`unknown ${kind} type "${type}"`, suggest(type, registry.types(kind), `${kind} types`));
    const { options } = found.plugin;
    const checked = checkSchema<unknown>(options, own, path, common);
    const marked = trusted ? [] : findMarkedOptions(options, own, path);
    const findings = [...checked.findings, ...marked, ...findLiteralSecrets(own, path)];
    return findings.length === 0 ? checked : { ok: false, findings };
  } catch (error) {
    if (!isBackupError(error)) throw error;
    return at(error.message, error.hint ?? 'reinstall triplicate');
  }
};

/** Whether the second pass can look at it at all. */
export const entriesOf = (value: unknown): [string, Raw][] =>
  isRecord(value) ? Object.entries(value).filter((entry): entry is [string, Raw] => isRecord(entry[1])) : [];
