import { entriesOf } from './check-uses.ts';
import { isRecord } from './code-keys.ts';
import { isName } from './document-schema.ts';
import type { Finding, KeyPath } from './problem.ts';
import { show } from './schema-words.ts';

/** Every name of a pipeline, source or destination that cannot be one. */
export const findBadNames = (document: Readonly<Record<string, unknown>>): Finding[] => [
  ...badKeys(document['pipelines'], ['pipelines']),
  ...entriesOf(document['pipelines']).flatMap(([name, pipeline]) =>
    ['sources', 'destinations'].flatMap((kind) => badKeys(pipeline[kind], ['pipelines', name, kind])),
  ),
];

const badKeys = (value: unknown, path: KeyPath): Finding[] =>
  Object.keys(isRecord(value) ? value : {})
    .filter((key) => !isName(key))
    .map((key) => ({
      path: [...path, key],
      at: 'key',
      message: `${key === '' ? 'an empty text' : show(key)} cannot be a name`,
      mend: 'use a-z, 0-9 and "-", beginning with a letter or digit, at most 63 of them',
    }));
