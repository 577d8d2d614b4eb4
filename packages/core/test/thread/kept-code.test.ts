import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from '@triplicate/core/testing';
import { describe, expect, it } from 'vitest';

const keptCode = join(import.meta.dirname, '../../src/thread/kept-code.ts');

/** Two functions that take V8 about as much, of which a run calls one. */
const program = (statements: number): string => {
  const body = Array.from({ length: statements }, (_, i) => `x = x * ${i} + (x > ${i} ? 1 : 2);`).join(' ');
  return `(function () { const called = (x) => { ${body} return x; }; const other = (x) => { ${body} return x + 1; }; return { called, other }; })`;
};

/** Runs the program in a process of its own, and calls these functions of it. */
const run = (folder: string, calls: readonly string[], { flags = '', kind = 'backup', adds = false } = {}): string => {
  const script = `
    import { setFlagsFromString } from 'node:v8';
    import { keepCodeIn, runKept } from ${JSON.stringify(keptCode)};
    keepCodeIn({ folder: ${JSON.stringify(join(folder, 'kept'))}, kind: ${JSON.stringify(kind)}, adds: ${adds} });
    const made = runKept(${JSON.stringify(pathToFileURL(join(folder, 'program.kept.js')).href)})();
    console.log(${JSON.stringify(calls)}.map((name) => made[name](1)).join());
    ${flags === '' ? '' : `setFlagsFromString(${JSON.stringify(flags)});`}
  `;
  const args = ['--no-warnings', '--input-type=module', '-e', script];
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim();
};

const withProgram = async (test: (folder: string) => void): Promise<void> => {
  await using temporary = await temporaryFolder();
  writeFileSync(join(temporary.path, 'program.kept.js'), program(300));
  mkdirSync(join(temporary.path, 'kept'));
  test(temporary.path);
};

const keptFiles = (folder: string): readonly string[] => readdirSync(join(folder, 'kept')).toSorted();
const keptFile = (folder: string): string => join(folder, 'kept', keptFiles(folder)[0] ?? '');
const sizeOf = (folder: string): number => statSync(keptFile(folder)).size;
const writtenAt = (folder: string): bigint => statSync(keptFile(folder), { bigint: true }).mtimeNs;

describe('compiled code that is kept', () => {
  it('holds what runs have called, of each that added to it', () =>
    withProgram((folder) => {
      run(folder, []);
      const none = sizeOf(folder);
      run(folder, ['called']);
      const one = sizeOf(folder);
      run(folder, ['other'], { adds: true });
      const two = sizeOf(folder);
      expect(one).toBeGreaterThan(none + 3000);
      expect(two - one).toBeGreaterThan((one - none) * 0.8);
    }));

  it('is written by two runs and read by all', () =>
    withProgram((folder) => {
      for (let turn = 1; turn <= 2; turn += 1) run(folder, ['called']);
      const written = writtenAt(folder);
      expect(run(folder, ['called', 'other'])).toBe(run(folder, ['called', 'other']));
      expect(writtenAt(folder)).toBe(written);
      expect(keptFiles(folder)).toHaveLength(1);
    }));

  it('is added to by some later runs', () =>
    withProgram((folder) => {
      for (let turn = 1; turn <= 2; turn += 1) run(folder, ['called']);
      const before = sizeOf(folder);
      run(folder, ['other']);
      expect(sizeOf(folder)).toBe(before);
      run(folder, ['other'], { adds: true });
      expect(sizeOf(folder)).toBeGreaterThan(before + 3000);
    }));

  it('is taken from other kinds of runs where there is none yet, and then kept by itself', () =>
    withProgram((folder) => {
      const keeps = (kind: string): number => {
        run(folder, [], { kind });
        return statSync(join(folder, 'kept', keptFiles(folder).find((name) => name.includes(`-${kind}-`)) ?? '')).size;
      };
      const none = keeps('restore');
      run(folder, ['called'], { kind: 'other' });
      expect(keeps('check'), 'what `other` has called').toBeGreaterThan(none + 3000);
      run(folder, ['called', 'other'], { kind: 'backup' });
      expect(keeps('backup-thread'), 'what `backup` has called').toBeGreaterThan(keeps('check') + 3000);
      expect(keptFiles(folder)).toHaveLength(5);
    }));

  it('is of one kind of run each', () =>
    withProgram((folder) => {
      run(folder, ['called']);
      run(folder, ['called'], { kind: 'restore' });
      expect(keptFiles(folder)).toHaveLength(2);
    }));

  it('is made anew where it is damaged or cut, and the run is right', () =>
    withProgram((folder) => {
      const answer = run(folder, ['called']);
      const whole = readFileSync(keptFile(folder));
      const damaged = Buffer.from(whole);
      damaged[whole.byteLength >> 1] = (damaged[whole.byteLength >> 1] ?? 0) ^ 1;
      for (const bytes of [damaged, whole.subarray(0, 1000), Buffer.alloc(0), Buffer.alloc(5000)]) {
        writeFileSync(keptFile(folder), bytes);
        expect(run(folder, ['called'])).toBe(answer);
        expect(readFileSync(keptFile(folder)).readUInt32LE(4)).toBe(1);
        expect(sizeOf(folder)).toBeGreaterThan(whole.byteLength * 0.9);
      }
    }));

  it('is of the flags that the program began with', () =>
    withProgram((folder) => {
      // Those that limit the heap are taken back; with others nothing is kept, as V8 would refuse it.
      run(folder, ['called'], { flags: '--heap-growing-percent=80' });
      expect(readFileSync(keptFile(folder)).readUInt32LE(4)).toBe(1);
      run(folder, ['called']);
      expect(readFileSync(keptFile(folder)).readUInt32LE(4)).toBe(2);
      run(folder, ['called'], { flags: '--stress-lazy-source-positions' });
      expect(readFileSync(keptFile(folder)).readUInt32LE(4)).toBe(2);
    }));
});
