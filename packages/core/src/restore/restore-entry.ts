import type { BytePath } from '../bytes.ts';
import type { Node } from '../repository/node.ts';
import type { RestoreContext } from './context.ts';
import type { Hardlinks, LinkSource } from './hardlinks.ts';
import { linkSourceOf, type Place, restoreFile } from './restore-file.ts';
import { restoreHardlink, restoreSpecial, tellHardlink } from './restore-link.ts';

export interface Entry {
  readonly node: Node;
  readonly path: BytePath;
  readonly claim: ReturnType<Hardlinks['claim']>;
}

/** Restores anything that is not a folder. Without a place, which a dry run may lack, it is only counted. */
export const restoreEntry = async (place: Place | undefined, entry: Entry, context: RestoreContext): Promise<void> => {
  const { node, path, claim } = entry;
  const isOther = claim !== undefined && 'source' in claim;
  if (place === undefined) {
    if (claim !== undefined && 'settle' in claim) claim.settle(undefined);
    if (node.type === 'file' && !isOther) context.tally.bytes += node.size ?? 0;
    context.tally.wrote(path);
    return;
  }
  if (node.type !== 'file') return restoreSpecial(place, node, context);
  if (claim === undefined) return void (await restoreFile(place, node, context));
  if ('source' in claim) {
    const source = await claim.source;
    if (context.options.dryRun === true) return tellHardlink(place, source, context);
    if (source === undefined || !(await restoreHardlink(place, source, context)))
      await restoreFile(place, node, context);
    return;
  }
  let source: LinkSource | undefined;
  try {
    if (await restoreFile(place, node, context)) source = linkSourceOf(place);
  } finally {
    claim.settle(source);
  }
};
