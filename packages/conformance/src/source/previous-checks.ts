import assert from 'node:assert/strict';
import { rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceCheck } from './scope.ts';
import { capture, type Captured, entryAt, fill, namesIn } from './tools.ts';

const count = ({ builder }: Captured, verb: string): number =>
  builder.calls.filter((call) => call.startsWith(`${verb} `)).length;

const text = (captured: Captured, path: Parameters<typeof entryAt>[1]): string =>
  Buffer.from(entryAt(captured, path).content ?? []).toString();

/** What a source makes of the snapshot before. */
export const previousChecks: readonly SourceCheck[] = [
  {
    name: 'gives the same snapshot again when nothing changed, and reads no file for it',
    plain: 'Every backup reads everything anew. It works, but takes long; this is a fault of the plugin.',
    async run(scope) {
      await fill(scope.folder, { 'a/one': '1', 'a/two': '22', 'b/three': '333' });
      const first = await capture(scope);
      const second = await capture(scope, { previous: first.snapshot });
      assert.deepEqual(namesIn(second, scope), namesIn(first, scope));
      for (const name of ['a/one', 'a/two', 'b/three'])
        assert.equal(text(second, scope.at(name)), text(first, scope.at(name)));
      assert.equal(count(second, 'file'), 0, 'a file was read again');
    },
  },
  {
    name: 'follows what was changed, made, renamed and removed since then',
    plain: 'The second backup of a folder is not what the folder is. Do not rely on it; this is a fault of the plugin.',
    async run(scope) {
      await fill(scope.folder, { 'a/same': '1', 'a/changed': '22', 'a/removed': '3', 'b/moved': '4', 'c/kind': '5' });
      const { snapshot: previous } = await capture(scope);
      const path = (name: string): string => join(scope.folder, name);
      await fill(scope.folder, { 'a/changed': '23', 'a/made': '6' });
      await utimes(path('a/changed'), 2_000_000_000, 2_000_000_000);
      await rm(path('a/removed'));
      await rename(path('b'), path('d'));
      await rm(path('c/kind'));
      await fill(scope.folder, { 'c/kind/is a folder now': '7' });
      const second = await capture(scope, { previous });
      const fresh = await capture(scope);
      assert.deepEqual(namesIn(second, scope), namesIn(fresh, scope));
      for (const [at, { content, type }] of fresh.snapshot.entries) {
        assert.equal(entryAt(second, at).type, type, at);
        assert.deepEqual(Buffer.from(entryAt(second, at).content ?? []), Buffer.from(content ?? []), at);
      }
    },
  },
  {
    name: 'reads a file again when it is told to, though it did not change',
    plain: 'A destination that lacks data does not get it back. This is a fault of the plugin.',
    async run(scope) {
      await fill(scope.folder, { one: '1', two: '22' });
      const { snapshot: previous } = await capture(scope);
      const second = await capture(scope, { previous, keep: 'read-it' });
      assert.deepEqual([text(second, scope.at('one')), text(second, scope.at('two'))], ['1', '22']);
      assert.equal(count(second, 'file'), 2);
    },
  },
];
