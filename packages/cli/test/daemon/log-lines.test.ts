import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@triplicate/core/testing';
import { expect, it } from 'vitest';
import { logLines } from '../../src/daemon/log-lines.ts';
import { RotatingLog } from '../../src/daemon/rotating-log.ts';

it('what a command printed is dated by when it was written down, also where it has a time of its own', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'daemon.log');
  const log = new RotatingLog(file, { mostBytes: 10_000, keep: 1 }, () => new Date('2026-11-30T16:00:00Z'));
  const { stream, ended } = logLines({ log, pipeline: 'main', command: 'forget', onTrouble: () => undefined });
  stream.write('{"type":"forget","id":"ab","time":"2025-01-01T00:00:00Z","keep":false}\n');
  await ended();
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    time: '2026-11-30T16:00:00.000Z',
    level: 'info',
    pipeline: 'main',
    command: 'forget',
    type: 'forget',
    id: 'ab',
    snapshotTime: '2025-01-01T00:00:00Z',
    keep: false,
  });
});
