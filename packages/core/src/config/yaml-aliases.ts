import { isAlias, isMap, isScalar, isSeq, visit, type Document } from 'yaml';
import { yamlMessages } from './yaml-messages.ts';

export interface BadAlias {
  readonly offset: number;
  readonly message: string;
  readonly mend: string;
}

/** Aliases that name no anchor above them, or the anchor that they stand in. Their names are not repeated: one may be a secret. */
export const findBadAliases = (document: Document.Parsed): BadAlias[] => {
  const bad: BadAlias[] = [];
  visit(document, {
    Alias: (_, alias, ancestors) => {
      const offset = alias.range?.[0] ?? 0;
      const source = alias.resolve(document);
      if (source === undefined || isAlias(source)) bad.push({ offset, ...yamlMessages.BAD_ALIAS });
      else if (ancestors.includes(source)) bad.push({ offset, ...circle });
    },
  });
  return bad;
};

const circle = { message: 'an alias inside its own anchor', mend: 'write the inner part out' };

/** Merge keys of something else than a map or a list of maps, which have no values to take over. */
export const findBadMerges = (document: Document.Parsed): BadAlias[] => {
  const bad: BadAlias[] = [];
  const hasKeys = (node: unknown): boolean => isMap(isAlias(node) ? node.resolve(document) : node);
  visit(document, {
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || key.source !== '<<' || key.type !== 'PLAIN') return;
      const from = isAlias(value) ? value.resolve(document) : value;
      if (!(isSeq(from) ? from.items.every(hasKeys) : hasKeys(from)))
        bad.push({ offset: key.range?.[0] ?? 0, ...noMap });
    },
  });
  return bad;
};

const noMap = { message: '"<<" takes over the keys of maps alone', mend: 'name an anchor of a map, e.g. <<: *base' };
