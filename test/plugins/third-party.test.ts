import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { noRestic, restic } from '../kit/restic.ts';
import { type Ended, triplicate as runProgram } from '../kit/program.ts';

const here = import.meta.dirname;
const home = mkdtempSync(join(tmpdir(), 'triplicate-plugins-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const config = `version: 1
plugins: [${['memo-source', 'mirror-codec', 'shelf-destination'].map((name) => JSON.stringify(join(here, 'example', `${name}.ts`))).join(', ')}]
pipelines:
  notes:
    sources:
      memos: { type: memo, notes: { first: hello, second: ${'"' + 'long '.repeat(5000) + '"'} } }
    transforms:
      - dedupe: {}
      - compress: {}
      - mirror: { mark: 42 }
      - encrypt: { password: { env: PASSWORD } }
    destinations:
      shelf: { type: shelf, folder: ./shelf }
      disk: { type: local, path: ./disk }
`;

/** As a program of its own, so that plugins load through Node itself, also in the worker threads. */
const triplicate = (...parameters: string[]): Promise<Ended> => runProgram(home, parameters);

describe('third-party plugins of all three kinds', () => {
  it('work together in one run, and what they stored comes back from each destination', async () => {
    mkdirSync(join(home, 'disk'));
    writeFileSync(join(home, 'triplicate.yaml'), config);
    const init = await triplicate('init');
    expect(init).toMatchObject({ code: 0 });
    expect(init.talk.match(/third-party/g)).toHaveLength(1);
    expect(init.talk).toMatch(/source memo \(.*memo-source\.ts\), transform mirror .*, destination shelf /);
    const backup = await triplicate('--json', 'backup');
    expect(backup).toMatchObject({ code: 0 });
    expect(backup.lines.filter(({ type }) => type === 'plugin')).toMatchObject([
      { kind: 'source', name: 'memo', origin: expect.stringMatching(/memo-source\.ts$/) as string },
      { kind: 'transform', name: 'mirror' },
      { kind: 'destination', name: 'shelf' },
    ]);
    expect(JSON.parse(backup.out.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'summary',
      outcomes: [
        { destination: 'shelf', status: 'stored' },
        { destination: 'disk', status: 'stored' },
      ],
    });
    const check = await triplicate('check', '--read-data');
    expect(check).toMatchObject({ code: 0 });
    expect(check.talk.match(/third-party/g)).toHaveLength(1);
    expect((await triplicate('--quiet', 'check')).talk).not.toContain('third-party');
    for (const from of ['shelf', 'disk']) {
      const to = join(home, `restored-${from}`);
      const restored = await triplicate('restore', 'latest', '--to', to, '--from', from);
      expect(restored).toMatchObject({ code: 0 });
      expect(readFileSync(join(to, 'memo/first.txt'), 'utf8')).toBe('hello');
      expect(readFileSync(join(to, 'memo/second.txt'), 'utf8')).toBe('long '.repeat(5000));
    }
  });

  it.skipIf(noRestic !== undefined)(
    `make a repository that stock restic refuses in one line${noRestic ? ` (${noRestic})` : ''}`,
    async () => {
      const result = await restic(join(home, 'disk'), ['snapshots']);
      expect(result.code).not.toBe(0);
      expect(result.out.trimEnd().split('\n')).toHaveLength(1);
      expect(result.out).toMatch(/unsupported repository version/);
    },
  );
});
