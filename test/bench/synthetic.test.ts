import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesFromText, check, initRepository, restore, Session } from '@triplicate/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pipelineOver } from '../../bench/scale/open-repository.ts';
import { writeSynthetic, type Synthetic } from '../../bench/scale/write-synthetic.ts';
import { password } from '../../bench/tools/password.ts';
import { cheapScrypt } from '../kit/local-pipeline.ts';
import { noRestic, restic } from '../kit/restic.ts';

const size = { packs: 30, packBytes: 2 ** 24, blobsInPack: 84, filesInFolder: 7 };

describe('a synthetic repository', () => {
  let home: string;
  let synthetic: Synthetic;
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'bench-synthetic-'));
    await initRepository(pipelineOver(home, 'a'), { scrypt: cheapScrypt });
    synthetic = await writeSynthetic(home, 'a', { size, seed: 1 });
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('is whole in its structure, lists every blob, and gives its one real file back', async () => {
    const pipeline = pipelineOver(home, 'a');
    expect(await check(pipeline, { random: () => 0 })).toMatchObject([{ status: 'whole', packs: synthetic.packs }]);
    await using session = await Session.open(pipeline, { lock: 'read' });
    expect(session.index.table.count).toBe(synthetic.blobs);
    const to = join(home, 'restored');
    await restore(pipeline, { snapshot: 'latest', to, paths: [bytesFromText(synthetic.realFile.slice(1))] });
    expect(readFileSync(join(to, synthetic.realFile)).equals(synthetic.realBytes)).toBe(true);
  });

  it.skipIf(noRestic)(`is whole to stock restic${noRestic ? ` (skipped: ${noRestic})` : ''}`, async () => {
    const file = join(home, 'password');
    writeFileSync(file, password);
    expect(await restic(join(home, 'a'), ['--password-file', file, 'check'])).toMatchObject({ code: 0 });
  });
});
