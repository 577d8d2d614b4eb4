/** Where a files source would read what the pipeline itself writes: a destination on a folder inside it. */
import type { DestinationConfig, PipelineConfig, SourceConfig } from '@triplicate/core';
import { realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { absoluteOf, type PathBase } from './disks.ts';

export interface OwnPlace {
  readonly source: string;
  readonly destination: string;
  /** As the source comes by it; absolute. */
  readonly path: string;
}

export const ownPlaces = async (
  { sources, destinations }: Pick<PipelineConfig, 'sources' | 'destinations'>,
  base: PathBase,
): Promise<readonly OwnPlace[]> =>
  (
    await Promise.all(
      sources.flatMap((source) => destinations.map((destination) => placesIn(source, destination, base))),
    )
  ).flat();

const placesIn = async (source: SourceConfig, destination: DestinationConfig, base: PathBase): Promise<OwnPlace[]> => {
  if (source.type !== 'files' || destination.type !== 'local') return [];
  const { paths = [] } = source.options as { paths?: readonly string[] };
  const { path } = destination.options as { path: string };
  const place = await real(join(absoluteOf(path, base), destination.common.prefix ?? ''));
  const found: OwnPlace[] = [];
  for (const root of paths.map((one) => absoluteOf(one, base))) {
    const inside = relative(await real(root), place);
    if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || /^[a-z]:/i.test(inside)) continue;
    found.push({ source: source.name, destination: destination.name, path: join(root, inside) });
  }
  return found;
};

/** Without links, as far as it is there. */
const real = (path: string): Promise<string> => realpath(path).catch(() => path);

/** The source without what the pipeline's own destinations keep inside it, whatever its patterns take back. */
export const withoutOwnPlaces = (source: SourceConfig, places: readonly OwnPlace[]): SourceConfig => {
  const own = places.filter((place) => place.source === source.name).map(({ path }) => patternOf(path));
  if (own.length === 0) return source;
  const options = source.options as { readonly exclude?: readonly string[] };
  return { ...source, options: { ...options, exclude: [...(options.exclude ?? []), ...own] } };
};

/** The pattern that matches this folder alone; a drive is its letter, as in the snapshot. */
const patternOf = (path: string): string => {
  const slashed = path.replaceAll(sep, '/').replace(/^([A-Za-z]):/, '$1');
  return (slashed.startsWith('/') ? slashed : `/${slashed}`).replace(/[\\*?[\]!#]/g, '\\$&');
};

export const ownPlaceWords = ({ source, destination, path }: OwnPlace): string =>
  `source "${source}" leaves out ${path}: destination "${destination}" stands inside it`;
