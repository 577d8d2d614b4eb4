import { posix } from 'node:path';
import { checkDestination, checkSource, entriesOf, type CheckedUse, type UseContext } from './check-uses.ts';
import { checkSchema } from './check-schema.ts';
import { isRecord } from './code-keys.ts';
import { checkTransforms } from './check-transforms.ts';
import type { DestinationConfig, PipelineConfig } from './config.ts';
import { pipeline, type PipelineDocument } from './document-schema.ts';
import { suggest } from './did-you-mean.ts';
import type { Finding, KeyPath } from './problem.ts';
import { retain } from './retain.ts';
import { show } from './schema-words.ts';

type Raw = Readonly<Record<string, unknown>>;

/** The second pass over one pipeline: the plugins' own options, and what holds between keys. The first has looked at every key's form. */
export const checkPipeline = async (
  name: string,
  raw: Raw,
  context: UseContext,
): Promise<CheckedUse<PipelineConfig>> => {
  const path = ['pipelines', name];
  const retained = checkSchema(retain.optional(), raw['retain'], path);
  const inherited = retained.ok ? retained.value : undefined;
  const sources = await Promise.all(
    entriesOf(raw['sources']).map(([key, use]) => checkSource(key, use, [...path, 'sources', key], context)),
  );
  const destinations = await Promise.all(
    entriesOf(raw['destinations']).map(([key, use]) =>
      checkDestination(key, use, [...path, 'destinations', key], { ...context, inherited }),
    ),
  );
  const chain = await checkTransforms(raw, path, context);
  const findings = [
    ...[...sources, ...destinations, chain].flatMap((checked) => checked.findings),
    ...checkQuorum(raw, path),
    ...checkPublish(raw, path),
  ];
  const form = checkSchema<PipelineDocument>(pipeline, raw, path);
  if (findings.length > 0 || chain.use === undefined || !form.ok) return { findings };
  const { quorum, pace, schedule, verify, hooks, publish, notify, metrics } = form.value;
  return {
    findings,
    use: {
      name,
      sources: usesOf(sources),
      chain: chain.use,
      destinations: usesOf(destinations),
      quorum,
      pace,
      schedule,
      retain: inherited,
      verify,
      hooks,
      publish,
      notify,
      metrics,
    },
  };
};

const usesOf = <Use>(checked: readonly CheckedUse<Use>[]): Use[] =>
  checked.flatMap(({ use }) => (use === undefined ? [] : [use]));

const checkQuorum = (raw: Raw, path: KeyPath): Finding[] => {
  const { quorum } = raw;
  const all = isRecord(raw['destinations']) ? Object.values(raw['destinations']) : [];
  const count = all.filter((one) => !isRecord(one) || one['readOnly'] !== true).length;
  if (!Number.isSafeInteger(quorum) || typeof quorum !== 'number' || count === 0 || quorum <= count) return [];
  const message = `a quorum of ${quorum} cannot be met by ${count === 1 ? 'one destination' : `${count} destinations`}${count < all.length ? ' that may be written' : ''}`;
  return [{ path: [...path, 'quorum'], at: 'value', message, mend: `write a number of at most ${count}` }];
};

/** A name that no source has would publish nothing, and nobody would know. */
const checkPublish = (raw: Raw, path: KeyPath): Finding[] => {
  const names = isRecord(raw['sources']) ? Object.keys(raw['sources']) : [];
  const entries: readonly unknown[] = Array.isArray(raw['publish']) ? raw['publish'] : [];
  return entries.flatMap((entry, i): Finding[] => {
    const source = isRecord(entry) ? entry['source'] : undefined;
    if (typeof source !== 'string' || names.includes(source)) return [];
    const message = `there is no source ${show(source)}`;
    return [{ path: [...path, 'publish', i, 'source'], at: 'value', message, mend: suggest(source, names, 'sources') }];
  });
};

/** Two names for one place count a copy twice, or put two repositories into one folder. */
export const findTwins = (pipelines: readonly PipelineConfig[]): Finding[] => {
  const seen = new Map<string, string>();
  return pipelines.flatMap(({ name, destinations }) =>
    destinations.flatMap((destination): Finding[] => {
      const place = placeOf(destination);
      const twin = seen.get(place);
      seen.set(place, twin ?? `${name}.${destination.name}`);
      if (twin === undefined) return [];
      return [
        {
          path: ['pipelines', name, 'destinations', destination.name],
          at: 'key',
          message: `the same place as "${twin}"`,
          mend: 'remove one of the two, or give this one a "prefix" of its own',
        },
      ];
    }),
  );
};

const placeOf = ({ type, options, common }: DestinationConfig): string =>
  JSON.stringify([type, common.prefix ?? '', sortKeys(withPlainPath(options))]);

/** `./backup`, `backup/` and `backup` are one folder. */
const withPlainPath = (options: unknown): unknown =>
  isRecord(options) && typeof options['path'] === 'string'
    ? { ...options, path: posix.join(options['path'], '.').replace(/(.)\/$/, '$1') }
    : options;

const sortKeys = (value: unknown): unknown => {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, child]) => [key, sortKeys(child)]),
  );
};
