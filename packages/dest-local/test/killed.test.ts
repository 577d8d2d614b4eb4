import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { collect } from '@triplicate/core';
import { seededInteger, seededRandom, temporaryFolder } from '@triplicate/core/testing';
import { expect, it } from 'vitest';
import { keys, open, signal } from './kit.ts';

const script = fileURLToPath(new URL('killed-writer.ts', import.meta.url));
const seed = Date.now() % 2 ** 31;

/** Lets a writer work for a while, kills it in the middle of things, and gives the ids that it was told are safe. */
const killed = async (path: string, afterMs: number): Promise<string[]> => {
  const child = spawn(execPath, ['--conditions=@triplicate/source', script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(child.stdout, 'data');
  await pause(afterMs);
  child.kill('SIGKILL');
  await once(child, 'close');
  return said.split('\n').slice(0, -1);
};

it(`a writer that is killed leaves whole objects only, and all that it was promised (seed ${seed})`, async () => {
  await using folder = await temporaryFolder();
  const random = seededRandom(seed);
  const promised: string[] = [];
  for (let round = 0; round < 6; round += 1)
    promised.push(...(await killed(folder.path, seededInteger(random, 0, 60))));
  const destination = await open(folder.path);
  const found = await keys(destination);
  expect(found).toEqual(expect.arrayContaining(promised.map((id) => `data/${id.slice(0, 1)}/${id}`)));
  for (const key of found) {
    expect(hash('sha256', await collect(destination.get(key, { signal })))).toBe(key.slice('data/0/'.length));
  }
  const names = await readdir(join(folder.path, 'data'), { recursive: true });
  const halves = names.filter((name) => name.includes('.~'));
  expect(found.length + halves.length + (await readdir(join(folder.path, 'data'))).length).toBe(names.length);
});
