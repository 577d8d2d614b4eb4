import { expect, it } from 'vitest';
import { type KitParts, recoveryKit } from '../../src/keys/recovery-kit.ts';

const page = (codecs: readonly string[]): string =>
  recoveryKit({
    own: {
      name: 'main',
      sources: [{ name: 'docs', type: 'files', options: {} }],
      destinations: [{ name: 'disk', type: 'local', options: { key: { env: 'DISK_KEY' } }, common: {} }],
      chain: { standard: codecs.every((type) => type === 'compress'), codecs: codecs.map((type) => ({ type })) },
    } as unknown as KitParts['own'],
    config: { file: '/anna/triplicate.yaml' },
    places: [{ name: 'disk', label: '/media/disk', keys: [] }],
    absent: [],
    stockPlaceOf: () => ({ repository: '/media/$disk' }),
    shown: 'version: 1\n',
    made: '2026-12-01',
    stored: [],
  });

it('quotes a place for a shell, and has a line for what else leads to a copy', () => {
  expect(page(['compress'])).toContain(`    restic -r '/media/$disk' restore latest --tag source:docs`);
  expect(page(['compress'])).toMatch(/^Access to "disk" \(key\): _+$/m);
});

it('says of copies that stock restic cannot read that it cannot', () => {
  const text = page(['compress', 'mirror']);
  expect(text).toContain('written with "mirror", which stock restic does not know');
  expect(text).not.toMatch(/restic -r|ordinary restic repository/);
});
