import { expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { calls } from '../fixtures/phone/calls.ts';
import { signal } from '../fixtures/signal.ts';

it('a recording that no list has is exported by its file, and named', async () => {
  const domain = 'AppDomainGroup-group.com.apple.VoiceMemos.shared';
  const file = (path: string) => ({ domain, path, bytes: Buffer.from('sound'), modified: 1_700_000_000 });
  const entries = [
    ...calls,
    ...['unlisted.m4a', 'x.waveform', 'a.composition/part.m4a'].map((name) => file(`Recordings/${name}`)),
  ];
  const exported = async (list: typeof entries) => {
    await using backup = await openBackup(buildBackup({ entries: list }), { signal });
    const sink = new MemorySink();
    return { ...(await exportBackup(backup, { kind: 'voice-memos' }, sink, { signal })), sink };
  };
  const whole = await exported(entries);
  expect(whole).toMatchObject({ read: 3, exported: 3, files: { written: 2 } });
  expect(whole.sink.paths).toContain('recordings/unlisted.m4a');
  expect(whole.gaps).toContain('Recordings/unlisted.m4a: no list of recordings has it; exported by its file alone');
  const bare = await exported([file('Recordings/unlisted.m4a')]);
  expect(bare).toMatchObject({ read: 1, exported: 1, files: { written: 1 } });
});
