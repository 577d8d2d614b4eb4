import { expect, it } from 'vitest';
import { createStyle } from '../../src/output/style.ts';
import { formatTable } from '../../src/output/table.ts';

it('aligns columns under their titles, wide letters and colours as they are seen', () => {
  const style = createStyle(true);
  const rows = [
    ['写真', '1', style.good('current')],
    ['usb-disk', '1,234', ''],
  ];
  const table = formatTable(
    [{ title: 'name' }, { title: 'count', align: 'right' }, { title: 'state' }],
    rows,
    createStyle(false),
  );
  expect(table).toBe(`name      count  state\n写真          1  ${style.good('current')}\nusb-disk  1,234`);
});

it('fits the terminal: words are cut, and what has to be whole goes on in the next line', () => {
  const columns = [
    { title: 'Domain' },
    { title: 'What it is', words: true },
    { title: 'Files', align: 'right' as const },
    { title: 'Size', align: 'right' as const },
  ];
  const rows = [
    ['HomeDomain', 'Messages, contacts, calendars, Safari and settings', '1,234', '1.2 GB'],
    ['AppDomainGroup-group.com.apple.VoiceMemos.shared', 'Voice Memos', '3', '12.5 MB'],
    ['AppDomainPlugin-com.example.a.very.long.name.of.an.extension.of.an.app.indeed', 'words', '3', '12.5 MB'],
  ];
  const plain = createStyle(false);
  const table = formatTable(columns, rows, plain, 60);
  expect(table).toMatchInlineSnapshot(`
    "Domain                      What it is        Files     Size
    HomeDomain                  Messages, conta…  1,234   1.2 GB
    AppDomainGroup-group.com.apple.VoiceMemos.shared
                                Voice Memos           3  12.5 MB
    AppDomainPlugin-com.example.a.very.long.name.of.an.extension.of.an.app.indeed
                                words                 3  12.5 MB"
  `);
  for (const line of table.split('\n').filter((one) => !one.startsWith('AppDomainPlugin')))
    expect(line.length).toBeLessThanOrEqual(60);
  for (const [domain = ''] of rows) expect(table).toContain(domain);
  // Wide enough, or no terminal at all: as it is.
  expect(formatTable(columns, rows, plain, 200)).toBe(formatTable(columns, rows, plain));
});

it('goes on with sentences under their beginning', () => {
  const columns = [{ title: 'ended' }, { title: '', prose: true }];
  const table = formatTable(
    columns,
    [['failure', 'the disk is not there, so nothing was done']],
    createStyle(false),
    32,
  );
  expect(table.split('\n').slice(1)).toEqual(['failure  the disk is not there,', '         so nothing was done']);
});
