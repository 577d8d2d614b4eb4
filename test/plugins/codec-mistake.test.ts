/** A mistake in a codec leaves packs that are whole and content that is wrong: no hash of a pack finds it, a restore test does. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Ended, triplicate as runProgram } from '../kit/program.ts';

const home = mkdtempSync(join(tmpdir(), 'triplicate-mistake-'));
const triplicate = (...parameters: string[]): Promise<Ended> => runProgram(home, parameters);

const configure = (plugin: string, step: string): void =>
  writeFileSync(
    join(home, 'triplicate.yaml'),
    `version: 1
plugins: [${JSON.stringify(join(import.meta.dirname, 'example', `${plugin}.ts`))}]
pipelines:
  main:
    sources: { docs: { type: files, paths: [./docs] } }
    transforms: [{ dedupe: {} }, { compress: {} }, ${step}, { encrypt: { password: { env: PASSWORD } } }]
    destinations: { one: { type: local, path: ./${plugin}/one }, two: { type: local, path: ./${plugin}/two } }
`,
  );

beforeAll(() => {
  mkdirSync(join(home, 'docs'));
  // Sealed after zstd where that is shorter; random bytes are not, so they reach the codec as they are.
  for (let i = 0; i < 6; i += 1) {
    const bytes = randomBytes(5000 + i);
    if (i === 4) bytes.fill(0, 4990);
    else bytes[bytes.byteLength - 1] = 1;
    writeFileSync(join(home, 'docs', `${i}.bin`), bytes);
  }
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Proofs {
  readonly destinations: readonly {
    readonly destination: string;
    readonly status: string;
    readonly problems: readonly string[];
  }[];
}

it('is found by a proof on each destination, names the file, and spoils the verdict of `status`', async () => {
  configure('padding-codec', '{ padding: {} }');
  await triplicate('init', '--yes');
  expect(await triplicate('backup')).toMatchObject({ code: 0 });
  // What stands there is what was sent, whole and complete.
  expect(await triplicate('check')).toMatchObject({ code: 0 });
  const proof = await triplicate('--json', 'proof');
  expect(proof.code).toBe(1);
  const { destinations } = proof.lines.at(-1) as unknown as Proofs;
  expect(destinations.map(({ destination, status }) => `${destination} ${status}`)).toEqual([
    'one disproven',
    'two disproven',
  ]);
  for (const { problems } of destinations) expect(problems).toEqual([expect.stringContaining('docs/4.bin') as string]);
  const status = await triplicate('status');
  expect(status.out).toContain('the last restore test of "one" failed');
});

it('is not seen where there is none', async () => {
  configure('mirror-codec', '{ mirror: {} }');
  await triplicate('init', '--yes');
  await triplicate('backup');
  expect(await triplicate('proof')).toMatchObject({ code: 0 });
});
