import { Session, type Pipeline } from '@triplicate/core';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRun } from '../../src/compose/open-pipeline.ts';
import { Output } from '../../src/output/output.ts';
import { createCli, type Cli } from '../support/cli.ts';

const env = { TRIPLICATE_PASSWORD: 'secret words' };
let cli: Cli;
beforeAll(async () => {
  cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
  await writeFile(join(cli.folder, 'docs', 'a.txt'), 'a');
  await cli.type(['init', '--source', 'docs', '--to', 'one', '--to', 'two'], { env });
});
afterAll(() => cli[Symbol.asyncDispose]());

/** The pipeline as another program has it. */
const otherProgram = async (): Promise<Pipeline> => {
  const surroundings = cli.surroundings(env);
  const output = new Output(surroundings, { json: false, quiet: true, verbose: false });
  const { signal } = new AbortController();
  const { pipeline } = await openRun({ surroundings, output, globals: {}, signal }, () => undefined);
  return pipeline;
};

describe('a destination that another program has locked for itself', () => {
  it('is left alone, and the run is partial while the quorum holds', async () => {
    await using _ = await Session.open(await otherProgram(), { lock: 'exclusive', only: new Set(['two']) });
    const { code, lines } = await cli.type(['backup', '--json'], { env });
    expect(lines.at(-1)).toMatchObject({
      outcomes: [
        { destination: 'one', status: 'stored' },
        { destination: 'two', status: 'locked', error: { code: 'LOCKED' } },
      ],
    });
    expect(code).toBe(3);
  });

  it('is exit code 11 when it is all there is, and no hindrance for who only looks', async () => {
    await using _ = await Session.open(await otherProgram(), { lock: 'exclusive' });
    const { code, err } = await cli.type(['backup'], { env });
    expect(code).toBe(11);
    expect(err).toContain('error: ');
    expect(await cli.type(['snapshots'], { env })).toMatchObject({ code: 0 });
  });
});
