import { scryptSync } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deriveKey } from '../../src/repository/scrypt.ts';
import { scryptInThreads } from '../../src/repository/scrypt-threads.ts';
import { endThreadAhead, startThread, startThreadAhead } from '../../src/thread/start-thread.ts';

afterEach(async () => {
  await endThreadAhead();
  vi.restoreAllMocks();
});

const parameters = { N: 32_768, r: 8, p: 5 };
const stockKey = scryptSync('secret', 'salt', 64, { ...parameters, maxmem: 1e9 }).toString('hex');
const ourKey = async (): Promise<string | undefined> =>
  (await scryptInThreads('secret', Buffer.from('salt'), { parameters, keyLength: 64 }))?.toString('hex');

const echo = new URL('./echo-work.ts', import.meta.url);
const answers = (worker: Worker, count: number): Promise<unknown[]> =>
  new Promise((resolve, reject) => {
    const heard: unknown[] = [];
    worker.on('error', reject);
    worker.on('message', (message: unknown) => {
      if (typeof message === 'object') heard.push(message);
      if (heard.length === count) resolve(heard);
    });
  });

describe.skipIf(availableParallelism() < 2)('a thread that is started ahead', () => {
  it('helps with a key at whatever moment it is asked for, and it is the right one', async () => {
    for (const ms of [0, 20, 50, 80, 110, 150, 400]) {
      startThreadAhead();
      await new Promise((resolve) => setTimeout(resolve, ms));
      expect(await ourKey(), `${ms} ms after its start`).toBe(stockKey);
      expect(await ourKey(), 'and once more').toBe(stockKey);
      await endThreadAhead();
    }
  });

  it.skipIf(process.platform !== 'linux')(
    'gives back its memory where a key of one lane is derived without it',
    async () => {
      const mebibytes = (): number => process.memoryUsage.rss() / 2 ** 20;
      const before = mebibytes();
      startThreadAhead();
      // 64 MiB for each of two, and what the thread itself takes.
      await expect.poll(mebibytes).toBeGreaterThan(before + 128);
      await deriveKey('secret', Buffer.from('salt'), { N: 1024, r: 8, p: 1 });
      expect(mebibytes()).toBeLessThan(before + 64);
    },
  );

  it('does the work of whoever asks first, who loses no message', async () => {
    startThreadAhead();
    const posted = vi.spyOn(Worker.prototype, 'postMessage');
    const first = startThread(echo, 'one');
    const second = startThread(echo, 'two');
    const both = Promise.all([answers(first, 3), answers(second, 3)]);
    for (const n of [1, 2, 3]) for (const worker of [first, second]) worker.postMessage({ n });
    const said = (setup: string): unknown[] => [1, 2, 3].map((n) => ({ setup, n }));
    expect(await both).toEqual([said('one'), said('two')]);
    // The second knew it from its start.
    expect(posted.mock.calls.filter(([message]) => 'module' in (message as object))).toHaveLength(1);
    await Promise.all([first.terminate(), second.terminate()]);
  });

  it('is let go when the program says so, whatever it is at', async () => {
    for (const ms of [0, 60, 200]) {
      startThreadAhead();
      await new Promise((resolve) => setTimeout(resolve, ms));
      await endThreadAhead();
    }
    await endThreadAhead();
  });

  it('may fail while it is ended', async () => {
    startThreadAhead();
    await ourKey();
    const posted = vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker) {
      this.emit('error', new Error('out of memory'));
      void this.terminate();
    });
    await endThreadAhead();
    expect(posted).toHaveBeenCalledOnce();
  });

  it('is not waited for when it has loaded nothing, and may fail then, too', async () => {
    startThreadAhead();
    const unref = vi.spyOn(Worker.prototype, 'unref');
    const posted = vi.spyOn(Worker.prototype, 'postMessage');
    await endThreadAhead();
    expect(posted).not.toHaveBeenCalled();
    const [worker] = unref.mock.contexts as Worker[];
    worker?.emit('error', new Error('out of memory'));
    await worker?.terminate();
  });
});
