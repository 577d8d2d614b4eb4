import { expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import type { ExportReport, ExportRequest } from '../../src/index.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { notePassword } from '../fixtures/phone/notes.ts';
import { phone } from '../fixtures/phone/phone.ts';
import { signal } from '../fixtures/signal.ts';

const exported = async (request: ExportRequest): Promise<ExportReport> => {
  await using backup = await openBackup(buildBackup({ entries: phone }), { signal });
  return await exportBackup(backup, { attachments: false, ...request }, new MemorySink(), { signal });
};

const about = ({ gaps }: ExportReport, words: string): string[] => gaps.filter((gap) => gap.includes(words));

it('a message whose text cannot be decoded is unreadable, and named by its date', async () => {
  const report = await exported({ kind: 'messages' });
  expect(report).toMatchObject({ unreadable: 1, undecoded: 1 });
  expect(about(report, 'cannot be decoded')).toEqual([expect.stringContaining('2024-03-01T10:02:00.000Z')]);
});

it('a note that the given password does not open is unreadable, and named by its title', async () => {
  const right = await exported({ kind: 'notes', notePassword });
  const wrong = await exported({ kind: 'notes', notePassword: 'another' });
  expect(wrong.exported).toBe(right.exported);
  expect(wrong.unreadable).toBeGreaterThan(right.unreadable);
  expect(about(wrong, 'password of the note is not right')).toEqual([expect.stringMatching(/note “.+”/)]);
});

it('a note that stays locked because no password was given is told, and is no failure', async () => {
  const right = await exported({ kind: 'notes', notePassword });
  const without = await exported({ kind: 'notes' });
  expect(without.unreadable).toBe(right.unreadable);
  expect(about(without, 'give their password')).toHaveLength(1);
});
