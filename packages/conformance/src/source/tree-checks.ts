import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, symlink, utimes } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import { seededBytes, seededInteger } from '@triplicate/core/testing';
import type { SourceCheck } from './scope.ts';
import { bytePath, capture, entryAt, fill, namesIn } from './tools.ts';

export const treeChecks: readonly SourceCheck[] = [
  {
    name: 'puts every file with exactly its content',
    plain: 'A file in the snapshot is not what it is on the disk. This is a fault of the plugin.',
    async run(scope) {
      const sizes = [0, 1, 65_535, 65_536, 65_537, 3_000_000, seededInteger(scope.random, 2, 1_000_000)];
      const files = Object.fromEntries(sizes.map((size, i) => [`d${i % 2}/f${i}`, seededBytes(scope.random, size)]));
      await fill(scope.folder, { ...files, empty: null });
      const captured = await capture(scope);
      assert.deepEqual(namesIn(captured, scope), [...Object.keys(files), 'd0', 'd1', 'empty'].toSorted());
      for (const [name, content] of Object.entries(files)) {
        const entry = entryAt(captured, scope.at(name));
        assert.equal(entry.type, 'file');
        assert.ok(entry.content && content.equals(entry.content), `${name} differs`);
      }
      assert.deepEqual(captured.builder.problems, []);
    },
  },
  {
    name: 'keeps modes and times to the nanosecond',
    plain: 'Permissions or times of files are lost in the snapshot. This is a fault of the plugin.',
    async run(scope) {
      await fill(scope.folder, { 'd/file': 'x', 'd/tool': 'y' });
      await chmod(join(scope.folder, 'd/tool'), 0o750);
      await utimes(join(scope.folder, 'd/file'), 1_234_567_890.123, 1_234_567_890.123);
      await chmod(join(scope.folder, 'd'), 0o711);
      const captured = await capture(scope);
      for (const name of ['d', 'd/file', 'd/tool']) {
        const stat = await lstat(join(scope.folder, name), { bigint: true });
        const { info } = entryAt(captured, scope.at(name));
        assert.equal(info.mode, Number(stat.mode & 0o7777n), `mode of ${name}`);
        assert.equal(info.mtimeNs, stat.mtimeNs, `mtime of ${name}`);
      }
    },
  },
  {
    name: 'puts a folder before what is in it and nothing into it after its end',
    plain: 'The snapshot is not told in an order that can be sealed. This is a fault of the plugin.',
    async run(scope) {
      await fill(scope.folder, { 'b/c/d': '1', 'b/a': '2', 'b-': '3', 'b.txt': '4', a: '5', 'z/e': null });
      // The builder throws for anything that comes after the end of its folder.
      const { builder } = await capture(scope);
      assert.deepEqual(builder.problems, []);
      const order = new Map(builder.calls.map((call, i) => [call, i] as const));
      for (const call of builder.calls) {
        const [verb, path = ''] = call.split(/ (.*)/s);
        if (verb === 'end' || !path.includes('/')) continue;
        const parent = `dir ${path.slice(0, path.lastIndexOf('/'))}`;
        assert.ok((order.get(parent) ?? -1) < (order.get(call) ?? -1), `${call} came before ${parent}`);
      }
    },
  },
  {
    name: 'takes a link for a link, and a circle of links for nothing else',
    plain: 'Links are followed, so a circle would never end. This is a fault of the plugin.',
    async run(scope) {
      await fill(scope.folder, { 'd/e/file': 'x' });
      const links = {
        'd/e/up': '../..',
        'd/self': 'self',
        'd/dangling': 'nowhere/at all',
        'd/abs': '/etc',
        to: 'd/e/file',
      };
      for (const [name, target] of Object.entries(links)) await symlink(target, join(scope.folder, name));
      const captured = await capture(scope);
      for (const [name, target] of Object.entries(links)) {
        const entry = entryAt(captured, scope.at(name));
        assert.deepEqual({ type: entry.type, target: entry.target }, { type: 'symlink', target });
      }
      assert.deepEqual(namesIn(captured, scope), [...Object.keys(links), 'd', 'd/e', 'd/e/file'].toSorted());
    },
  },
  {
    name: 'keeps names byte for byte, also those that are no text',
    plain: 'Names with unusual characters are changed or lost in the snapshot. This is a fault of the plugin.',
    async run(scope) {
      if (platform() !== 'linux') scope.skip('the file system takes names of valid text only');
      const names = [
        '\xff\xfe',
        '\xc3(',
        'a\nb',
        ' ',
        '\xe2\x82\xac',
        'back\\slash',
        '-rf',
        '*',
        'n'.repeat(255),
        '\x01\x7f',
      ];
      await fill(scope.folder, Object.fromEntries(names.map((name) => [name, `content of ${name}`])));
      await mkdir(bytePath(scope.folder, 'folder\xff'));
      const captured = await capture(scope);
      assert.deepEqual(namesIn(captured, scope), [...names, 'folder\xff'].toSorted());
      for (const name of names) {
        const { content } = entryAt(captured, scope.at(name));
        assert.equal(Buffer.from(content ?? []).toString(), `content of ${name}`);
      }
    },
  },
  {
    name: 'goes as deep and as wide as folders go',
    plain: 'Deep or full folders are not saved whole. This is a fault of the plugin.',
    async run(scope) {
      const deep = Array.from({ length: 100 }, (_, i) => `d${i}`).join('/');
      const wide = Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`wide/${i}`, String(i)]));
      await fill(scope.folder, { [`${deep}/file`]: 'deep', ...wide });
      const captured = await capture(scope);
      assert.equal(namesIn(captured, scope).length, 100 + 1 + 1500 + 1);
      assert.equal(Buffer.from(entryAt(captured, scope.at(`${deep}/file`)).content ?? []).toString(), 'deep');
    },
  },
  {
    name: 'gives back on the way back what it took',
    plain: 'What is restored is not what was saved. Do not use this source before you know why.',
    async run(scope) {
      await fill(scope.folder, { 'a/file': seededBytes(scope.random, 100_000), 'a/empty': '', 'b/c': null });
      await symlink('../a/file', join(scope.folder, 'b/link'));
      await chmod(join(scope.folder, 'a/file'), 0o640);
      for (const name of ['a/file', 'a/empty']) await utimes(join(scope.folder, name), 1_234_567_890, 1_234_567_890);
      const before = await capture(scope);
      const other = await scope.restored(before.snapshot);
      const after = await capture(other);
      assert.deepEqual(namesIn(after, other), namesIn(before, scope));
      for (const name of namesIn(before, scope)) {
        const [was, is] = [entryAt(before, scope.at(name)), entryAt(after, other.at(name))];
        assert.deepEqual([is.type, is.target, is.info.mode], [was.type, was.target, was.info.mode], name);
        assert.deepEqual(Buffer.from(is.content ?? []), Buffer.from(was.content ?? []), name);
        if (was.type === 'file') assert.equal(is.info.mtimeNs, was.info.mtimeNs, name);
      }
    },
  },
  {
    name: 'says who it is',
    plain:
      'The plugin does not say what it saves, so its snapshots cannot be told apart. This is a fault of the plugin.',
    async run(scope) {
      await using source = await scope.open();
      assert.ok(source.label.length > 0);
      assert.ok(source.identity.host.length > 0);
      assert.ok(source.identity.paths.length > 0);
      assert.ok(['empty', 'previous'].includes(source.base));
      await using again = await scope.open();
      assert.deepEqual(again.identity, source.identity);
    },
  },
];
