import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '@triplicate/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RotatingLog } from '../../src/daemon/rotating-log.ts';

let folder: TemporaryFolder;
let file: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  file = join(folder.path, 'logs', 'daemon.log');
});
afterEach(() => folder[Symbol.asyncDispose]());

const now = (): Date => new Date('2026-01-01T00:00:00Z');
const numbers = (name: string): number[] =>
  readFileSync(name, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { n: number }).n);

describe('the log of the daemon', () => {
  it('never grows beyond its size and number, and loses the oldest alone', () => {
    const log = new RotatingLog(file, { mostBytes: 1000, keep: 3 }, now);
    for (let n = 0; n < 200; n += 1) log.write('info', { n, text: 'words' });
    const files = readdirSync(join(folder.path, 'logs')).toSorted();
    expect(files).toEqual(['daemon.log', 'daemon.log.1', 'daemon.log.2', 'daemon.log.3']);
    for (const name of files) expect(statSync(join(folder.path, 'logs', name)).size).toBeLessThanOrEqual(1000);
    const kept = [`${file}.3`, `${file}.2`, `${file}.1`, file].flatMap(numbers);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 200 - kept.length + i));
    expect(kept.length).toBeGreaterThan(40);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('goes on in a file that is there, keeps a line that is longer than a file, and survives the loss of its folder', () => {
    new RotatingLog(file, { mostBytes: 200, keep: 1 }, now).write('info', { n: 1 });
    const log = new RotatingLog(file, { mostBytes: 200, keep: 1 }, now);
    log.write('warn', { n: 2 });
    expect(numbers(file)).toEqual([1, 2]);
    log.write('error', { n: 3, text: 'x'.repeat(500) });
    expect([numbers(`${file}.1`), numbers(file)]).toEqual([[1, 2], [3]]);
    rmSync(join(folder.path, 'logs'), { recursive: true });
    log.write('info', { n: 4 });
    expect(existsSync(file)).toBe(false);
  });
});
