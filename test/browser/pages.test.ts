import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { exportBackup, FolderSink, openBackup, type ExportKind } from '@triplicate/ios-backup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBackup, type PhoneEntry } from '../../packages/ios-backup/test/fixtures/backup-builder.ts';
import { hostilePhone } from '../../packages/ios-backup/test/fixtures/hostile-phone.ts';
import { phone } from '../../packages/ios-backup/test/fixtures/phone/phone.ts';
import { Browser, browserProgram, type Visit } from '../kit/browser.ts';
import { groupChat } from './group-chat.ts';

// Pages of an export in a real browser. Set SCREENSHOTS to a folder to look at them.

const { signal } = new AbortController();
const screenshots = process.env['SCREENSHOTS'];
let browser: Browser;
let folder: string;

const write = async (name: string, entries: readonly PhoneEntry[], kind: ExportKind): Promise<string> => {
  const target = join(folder, name);
  await using backup = await openBackup(buildBackup({ entries }), { signal });
  await exportBackup(backup, { kind, format: 'html', timeZone: 'Europe/Berlin' }, new FolderSink(target), { signal });
  return target;
};

const keep = async (name: string, bytes: Buffer): Promise<void> => {
  if (screenshots !== undefined) await writeFile(join(screenshots, name), bytes);
};

const outside = ({ requests }: Visit): string[] =>
  requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'));

describe.skipIf(browserProgram === undefined)('pages of an export', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pages-'));
    browser = await Browser.open(browserProgram ?? '');
  });
  afterAll(async () => {
    await browser[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  it('would be caught when they ran or loaded something', async () => {
    const place = join(folder, 'control.html');
    await writeFile(place, '<script>alert(1)</script><img src="https://evil.example/pixel.png">');
    const page = await browser.visit(pathToFileURL(place).href);
    expect(outside(page)).toEqual(['https://evil.example/pixel.png']);
    expect(page.noises).toEqual([expect.stringContaining('javascriptDialogOpening') as string]);
  });

  it('show a group with pictures, emoji and text from right to left', async () => {
    const target = await write('group', groupChat(120, 4), 'messages');
    const page = await browser.visit(pathToFileURL(join(target, 'Ski trip ⛷ 2026.html')).href);
    await keep('group.png', await page.screenshot());
    await keep('group.pdf', await page.pdf());
    expect(outside(page)).toEqual([]);
    expect(page.noises).toEqual([]);
    const broken = '[...document.images].filter((image) => image.complete && image.naturalWidth === 0).length';
    expect(await page.evaluate(broken)).toBe(0);
    expect(await page.evaluate('document.images.length')).toBe(4);
    const direction = `getComputedStyle([...document.querySelectorAll('[dir=auto]')].find((one) => one.textContent.includes('שלום! מתי'))).direction`;
    expect(await page.evaluate(direction)).toBe('rtl');
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    const narrow = await browser.visit(pathToFileURL(join(target, 'Ski trip ⛷ 2026.html')).href, { width: 380 });
    await keep('group-narrow.png', await narrow.screenshot());
    expect(await narrow.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });

  it('open fast with many messages', async () => {
    const count = Number(process.env['MESSAGES'] ?? 2000);
    const target = await write('many', groupChat(count, 20), 'messages');
    const page = await browser.visit(pathToFileURL(join(target, 'Ski trip ⛷ 2026.html')).href);
    await keep('many.png', await page.screenshot());
    if (screenshots !== undefined)
      await keep('many.txt', Buffer.from(`${count} messages: ${Math.round(page.milliseconds)} ms\n`));
    expect(page.milliseconds).toBeLessThan(10_000);
    expect(outside(page)).toEqual([]);
  });

  it.each(['messages', 'notes', 'contacts', 'photos', 'safari', 'calendar'] as const)(
    'of %s run and load nothing, whatever a stranger wrote',
    async (kind) => {
      for (const [name, entries] of [
        ['hostile', hostilePhone],
        ['plain', phone],
      ] as const) {
        const target = await write(`${name}-${kind}`, entries, kind);
        const pages = (await readdir(target, { recursive: true })).filter((path) => path.endsWith('.html'));
        expect(pages.length).toBeGreaterThan(0);
        // The index and the longest pages have it all; a browser takes a moment for each.
        for (const path of pages.slice(0, 4)) {
          const page = await browser.visit(pathToFileURL(join(target, path)).href);
          expect({ path, outside: outside(page), noises: page.noises }).toEqual({ path, outside: [], noises: [] });
          expect(
            await page.evaluate(
              'document.scripts.length + document.querySelectorAll("iframe, object, embed, base, form").length',
            ),
          ).toBe(0);
          if (path === pages[0]) await keep(`${name}-${kind}.png`, await page.screenshot());
        }
      }
    },
  );
});
