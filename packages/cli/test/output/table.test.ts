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
