import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import type { ExportFormat, ExportKind } from '../../src/index.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import { hostile } from '../fixtures/hostile.ts';
import { hostilePhone } from '../fixtures/hostile-phone.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { signal } from '../fixtures/signal.ts';

const phone = buildBackup({ entries: hostilePhone });

const exported = async (kind: ExportKind, format: ExportFormat): Promise<MemorySink> => {
  const sink = new MemorySink();
  await using backup = await openBackup(phone, { signal });
  const report = await exportBackup(backup, { kind, format }, sink, { signal });
  expect(report.exported).toBeGreaterThanOrEqual(hostile.length - 4);
  return sink;
};

/** Python's own parser says which tags and attributes a page has; it is no code of ours. */
const judge = `
import json, sys
from html.parser import HTMLParser
class Judge(HTMLParser):
    def __init__(self): super().__init__(); self.seen = set()
    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        for name, value in attrs:
            self.seen.add(tag + ' ' + name)
            if name in ('href', 'src'): self.seen.add(tag + ' ' + name + ' = ' + (value or '').split(':')[0] if ':' in (value or '').split('/')[0] else tag + ' ' + name + ' relative')
    handle_startendtag = handle_starttag
def parts(page):
    judge = Judge(); judge.feed(page); return sorted(judge.seen)
print(json.dumps({name: parts(page) for name, page in json.load(sys.stdin).items()}))
`;
const hasPython = spawnSync('python3', ['--version']).status === 0;
const partsOf = (pages: Readonly<Record<string, string>>): Record<string, string[]> => {
  const { stdout } = spawnSync('python3', ['-c', judge], {
    input: JSON.stringify(pages),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout) as Record<string, string[]>;
};

const allowed = new Set(
  (
    'html,html lang,head,body,title,style,meta,meta charset,meta http-equiv,meta content,meta name,h1,h1 dir,h2,h2 dir,h3,h3 dir,p,p class,p dir,div,div class,div dir,div style,div title,span,span class,b,i,u,s,a,a href,a rel,a class,' +
    'a href = http,a href = https,a href = mailto,a href = tel,a href relative,img,img loading,img src,img alt,img src relative,footer,ul,li,li dir,table,thead,tbody,tr,th,td,td dir,pre,pre dir,blockquote,blockquote dir,dl,dt,dd,dd dir,article,section,section class,h3,a add_date'
  ).split(','),
);

describe.skipIf(!hasPython)('text from a phone, by the judgement of another parser,', () => {
  it.each(['messages', 'contacts', 'notes', 'safari', 'calendar'] as const)(
    'never becomes markup in %s',
    async (kind) => {
      const sink = await exported(kind, 'html');
      const pages = sink.paths.filter((path) => path.endsWith('.html'));
      expect(pages.length).toBeGreaterThan(0);
      const judged = partsOf(Object.fromEntries(pages.map((path) => [path, sink.text(path)])));
      for (const [page, parts] of Object.entries(judged)) {
        expect([page, parts.filter((part) => !allowed.has(part))]).toEqual([page, []]);
      }
      expect(Object.values(judged).flat()).toContain('h1');
    },
  );
});

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const notSafe = /^\.|[\\:*?"<>|\u0000-\u001f]/;
const bad = (part: string): boolean => part === '' || notSafe.test(part) || Buffer.byteLength(part) > 200;

describe('text from a phone', () => {
  it('names no file outside of the export', async () => {
    for (const [kind, format] of [
      ['messages', 'html'],
      ['notes', 'md'],
    ] as const) {
      for (const path of (await exported(kind, format)).paths) {
        expect([path, path.split('/').some(bad)]).toEqual([path, false]);
      }
    }
  });

  it('begins no other card and no other event', async () => {
    const cards = (await exported('contacts', 'vcard')).text('contacts.vcf');
    const calendar = (await exported('calendar', 'ics')).text('calendar.ics');
    expect(cards.split('\r\n').filter((line) => line === 'BEGIN:VCARD')).toHaveLength(hostile.length);
    expect(calendar.split('\r\n').filter((line) => line === 'BEGIN:VEVENT')).toHaveLength(hostile.length);
    for (const line of [...cards.split('\r\n'), ...calendar.split('\r\n')]) {
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
      expect(line).not.toMatch(/[\r\n\0]/);
      expect(line).toMatch(/^( |[A-Z0-9-]+[;:]|item\d+\.[A-Za-z-]+[;:]|$)/);
    }
  });

  it('runs in no spreadsheet', async () => {
    const csv = (await exported('messages', 'csv')).text('messages.csv');
    expect(csv).not.toMatch(/(^|,|\n)"?[=@]/m);
    expect(csv).toContain(`"'=HYPERLINK(""https://evil.example"",""x"")"`);
  });

  it('is whole in JSON', async () => {
    const document = (await exported('messages', 'json')).text('messages.json');
    const { records } = JSON.parse(document) as { records: { message?: { text?: string } }[] };
    const texts = new Set(records.flatMap((record) => record.message?.text ?? []));
    const expected = hostile.filter((text) => text.trim() !== '' && text.isWellFormed());
    expect(expected.filter((text) => !texts.has(text))).toEqual([]);
  });
});
