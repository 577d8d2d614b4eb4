import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesFromText } from '../../src/bytes.ts';
import type { ListPart } from '../../src/engine/messages.ts';
import type { Node } from '../../src/repository/node.ts';
import { encodeTree, readTree, treeLimits } from '../../src/repository/tree.ts';
import { ChangedList } from '../../src/snapshot/changed-list.ts';

const time = '2026-11-29T04:29:56.123456789Z';
const id = (n: number): string => n.toString(16).padStart(64, '0');

const nodeOf = (name: string, isFolder: boolean, n: number): Node => ({
  name: bytesFromText(name),
  type: isFolder ? 'dir' : 'file',
  mtime: time,
  atime: time,
  ctime: time,
  uid: 1000,
  gid: n,
  user: 'ann "x" \\ <é>',
  ...(isFolder ? { subtree: id(n) } : { content: [id(n)], size: n }),
});

/** What becomes of an entry of a list. */
const fate = fc.constantFrom('stays', 'stays', 'stays', 'changed', 'gone', 'new');

describe('a list of which most stays', () => {
  it('has the bytes that all of its nodes have', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ name: fc.string({ minLength: 1, maxLength: 5 }), isFolder: fc.boolean(), fate })),
        (drawn) => {
          const usable = drawn.filter(({ name }) => !/[/\0]|^\.\.?$/.test(name));
          const entries = [...new Map(usable.map((entry) => [bytesFromText(entry.name), entry]))].toSorted(
            ([a], [b]) => (a < b ? -1 : 1),
          );
          const before = entries.flatMap(([, { name, isFolder, fate }], i) =>
            fate === 'new' ? [] : [nodeOf(name, isFolder, i)],
          );
          const json = encodeTree(before);
          const places = new Map<string, ListPart>();
          readTree(json, treeLimits, ({ name }, from, to) => places.set(name, { from, to }) !== undefined);
          const list = new ChangedList(json);
          const after: Node[] = [];
          entries.forEach(([key, { name, isFolder, fate }], i) => {
            const part = places.get(key);
            if (fate === 'gone') return;
            const node = nodeOf(name, isFolder, fate === 'stays' ? i : i + 1000);
            after.push(node);
            if (part === undefined) list.add(node);
            else if (fate === 'stays') list.keep(part);
            else if (isFolder) {
              // Only its tree is another.
              after.splice(-1, 1, { ...nodeOf(name, true, i), subtree: id(i + 1000) });
              list.keepFolder({ ...part, tree: id(i) }, id(i + 1000));
            } else list.add(node);
          });
          expect(list.end().toString('latin1')).toBe(encodeTree(after).toString('latin1'));
        },
      ),
    );
  });

  it('puts no tree where a folder names none', () => {
    const json = encodeTree([nodeOf('a', true, 1)]);
    const list = new ChangedList(json);
    const part = { from: '{"nodes":['.length, to: json.byteLength - ']}\n'.length, tree: id(2) };
    expect(() => list.keepFolder(part, id(3))).toThrow(TypeError);
  });
});
