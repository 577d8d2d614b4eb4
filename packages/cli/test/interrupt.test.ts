import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createCli, type Cli, type Ended, type TypeOptions } from './support/cli.ts';
import { expectDocumented } from './support/json.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await createCli();
  await mkdir(join(cli.folder, 'docs'));
  for (let i = 0; i < 4; i += 1) await writeFile(join(cli.folder, 'docs', `${i}.bin`), randomBytes(2_000_000));
  const slow = '{ type: local, path: ./slow, bandwidth: { up: 64KiB/s } }';
  await cli.type(['init', '--source', 'docs', '--to', `slow=${slow}`]);
});
afterAll(() => cli[Symbol.asyncDispose]());

/** Presses Ctrl-C as soon as the talk says `word`. */
const interruptAt = async (
  word: string,
  parameters: readonly string[],
  options: TypeOptions = {},
): Promise<Ended & { ms: number }> => {
  let pressed = 0;
  const onTalk = (text: string): void => {
    if (pressed > 0 || !text.includes(word)) return;
    pressed = performance.now();
    setTimeout(() => cli.interrupt(), 100);
  };
  const ended = await cli.type(parameters, { ...options, onTalk });
  return { ...ended, ms: performance.now() - pressed };
};

describe('Ctrl-C', () => {
  it('ends a backup within seconds, cleanly, and says that the next one goes on', async () => {
    const { code, err, out, ms } = await interruptAt('reading docs', ['backup']);
    expect(ms).toBeLessThan(30_000);
    expect([code, out]).toEqual([130, '']);
    expect(err).toContain('stopping; the next run goes on from here\n');
    expect(err).not.toContain('error:');
    expect(cli.killed).toEqual([]);
  });

  it('takes the bars away and gives the cursor back', async () => {
    const { code, err } = await interruptAt('docs', ['backup'], { columns: 80 });
    expect(code).toBe(130);
    expect(err).toContain('\u001b[?25l');
    expect(err.lastIndexOf('\u001b[?25h')).toBeGreaterThan(err.lastIndexOf('\u001b[?25l'));
  });

  it('is told to a program by the code and by what became of each destination', async () => {
    const running = cli.type(['backup', '--json', '--force']);
    setTimeout(() => cli.interrupt(), 1000);
    const { code, err, lines } = await running;
    expect([code, err]).toEqual([130, '']);
    expect(['summary', 'error']).toContain(lines.at(-1)?.['type']);
    expectDocumented(lines);
  });

  it.each([
    { pressed: 'twice', laterMs: 700, killed: [130] },
    { pressed: 'once, and told by two processes', laterMs: 1, killed: [] },
  ])('pressed $pressed ends it at once: $killed', async ({ laterMs, killed }) => {
    const onTalk = (text: string): void => {
      if (!text.includes('reading docs')) return;
      const first = performance.now();
      cli.interrupt();
      using _clock = vi.spyOn(performance, 'now').mockReturnValue(first + laterMs);
      cli.interrupt();
    };
    const before = cli.killed.length;
    await cli.type(['backup', '--force'], { onTalk });
    expect(cli.killed.slice(before)).toEqual(killed);
  });
});
