import { expect, it } from 'vitest';
import { folderName } from '../src/photos/folder-name.ts';

it('the folder of an app has its name, and is one that a disk takes whatever the app is called', () => {
  expect(folderName('Notes: mine/yours ', 'org.example.notes')).toBe('Notes mine yours (org.example.notes)');
  expect(folderName('...', 'org.example.notes')).toBe('org.example.notes');
  expect(folderName('地図アプリ', 'jp.example.map')).toBe('地図アプリ (jp.example.map)');
  for (const [name, id] of [
    ['漢'.repeat(300), 'org.example'],
    [`a${'😀'.repeat(300)}`, 'i'.repeat(1000)],
    ['..', '..'],
    ['', ''],
    ['\ud800', '/'],
  ] as const) {
    const folder = folderName(name, id);
    expect(Buffer.byteLength(folder)).toBeLessThanOrEqual(255);
    expect(folder).toMatch(/^[^./\ufffd][^/\ufffd]*$/u);
  }
});
