/** Items as Graph describes them. */
import type { Item, Tree } from './tree.ts';

export const driveId = 'be7b000000000001';

export interface Bases {
  /** Where what may be read and written without a token is, e.g. `https://my.microsoftpersonalcontent.com`. */
  readonly open: string;
  /** Of Graph, for the next page. */
  readonly graph: string;
}

export const itemAnswer = (tree: Tree, item: Item, bases: Bases): object => {
  const { children, clientModified, content, created, eTag, hash, id, modified, name, parent } = item;
  const about = {
    id,
    name,
    eTag,
    cTag: `"c:${eTag.slice(1)}`,
    createdDateTime: created,
    lastModifiedDateTime: clientModified ?? modified,
  };
  const more = {
    parentReference:
      parent === undefined
        ? { driveId, driveType: 'personal' }
        : { driveId, driveType: 'personal', id: parent, path: pathOf(tree, parent) },
    fileSystemInfo: { createdDateTime: created, lastModifiedDateTime: clientModified ?? modified },
    webUrl: `https://onedrive.live.com/?id=${id}`,
  };
  if (children !== undefined) {
    return {
      ...about,
      ...more,
      size: 0,
      folder: { childCount: children.size },
      ...(parent === undefined ? { root: {} } : {}),
    };
  }
  const file = { mimeType: 'application/octet-stream', hashes: { quickXorHash: hash } };
  return {
    '@microsoft.graph.downloadUrl': `${bases.open}/download/${encodeURIComponent(id)}?tempauth=v1.secret`,
    ...about,
    ...more,
    size: content?.byteLength ?? 0,
    file,
  };
};

const pathOf = (tree: Tree, id: string): string => {
  const { name, parent } = tree.byId(id);
  return parent === undefined ? `/drives/${driveId}/root:` : `${pathOf(tree, parent)}/${encodeURIComponent(name)}`;
};

export const driveAnswer = ({ total, used }: Tree): object => ({
  id: driveId,
  driveType: 'personal',
  owner: { user: { displayName: 'Anna Example', id: 'be7b000000000001' } },
  quota: { deleted: 0, remaining: total - used, state: 'normal', total, used },
});
