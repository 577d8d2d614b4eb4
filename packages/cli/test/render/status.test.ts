import type { DestinationStatus, PipelineStatus } from '@triplicate/core';
import { describe, expect, it } from 'vitest';
import { wrapped } from '../../src/output/prose.ts';
import { createStyle } from '../../src/output/style.ts';
import { formatStatus } from '../../src/render/status.ts';

const now = new Date('2026-11-29T12:00:00Z');
const ago = (days: number): Date => new Date(now.getTime() - days * 86_400_000);
const id = 'ab'.repeat(32);
const destination = (name: string, rest: Partial<DestinationStatus>): DestinationStatus => ({
  destination: name,
  state: 'current',
  behindBy: 0,
  snapshots: 1234,
  overdue: false,
  lost: [],
  keysDue: [],
  lastCheck: { at: ago(12), whole: true, readData: true },
  lastProof: { at: ago(40), passed: true, files: 20 },
  freeBytes: 987_654_321_000,
  ...rest,
});

const everything: PipelineStatus = {
  pipeline: 'family',
  sources: [
    {
      source: 'annas-iphone',
      snapshots: 40,
      last: { id, time: '2026-11-28T02:00:00+01:00' },
      on: ['cloud', 'usb-disk'],
      gone: [],
      elsewhere: [
        { kind: 'phone', at: ago(1) },
        { kind: 'icloud', at: ago(3) },
        { kind: 'finder', at: ago(25) },
      ],
      alarms: [],
    },
    { source: 'documents', snapshots: 0, on: [], gone: [], elsewhere: [], alarms: [] },
  ],
  formerSources: [],
  destinations: [
    destination('cloud', {}),
    destination('usb-disk', { fullAt: new Date('2026-12-20T00:00:00Z') }),
    destination('other-disk', { state: 'away', lastSeen: ago(45), overdue: true }),
    destination('nas', { state: 'behind', behindBy: 13, lastCheck: { at: ago(2), whole: false, readData: true } }),
    destination('garage', {
      state: 'unreachable',
      lastSeen: ago(2),
      lastProof: { at: ago(9), passed: false, files: 3 },
    }),
  ],
  coverage: {
    verdict: 'short',
    copies: 3,
    original: true,
    media: 2,
    offsite: 1,
    immutable: 0,
    errors: 1,
    missing: [{ what: '"nas" is damaged', mend: 'triplicate heal nas' }],
    advice: [],
  },
};

describe('the screen of `status`', () => {
  it('names dates of the future, which a wrong clock made, as such', () => {
    const ahead = destination('usb-disk', {
      state: 'away',
      lastSeen: ago(-3),
      lastCheck: { at: ago(-40), whole: true, readData: false },
      lastProof: { at: ago(-2.5), passed: true, files: 1 },
    });
    const text = formatStatus({ ...everything, destinations: [ahead] }, now, createStyle(false));
    expect(text).toMatch(/usb-disk +away in 3 d .* in 40 d +in 2 d/);
    expect(text).toContain('when last seen, 3 days in the future');
  });

  it('fits into 80 columns', () => {
    const text = formatStatus(everything, now, createStyle(false));
    expect(wrapped(text, 80)).toMatchInlineSnapshot(`
      "family  the 3-2-1 rule is not kept
        3 copies with the original, 2 kinds of media, 1 off site
        "nas" is damaged: triplicate heal nas

      source        last snapshot  of                   on
      annas-iphone  abababab       2026-11-28 02:00:00  cloud, usb-disk
      documents     none
      annas-iphone: seen 24 h ago, iCloud 3 days ago, Finder 25 days ago

      destination  state            snapshots  last check    proof           free
      cloud        current              1,234  12 d, read    40 d         920 GiB
      usb-disk     current              1,234  12 d, read    40 d         920 GiB
      other-disk   overdue 45 d     was 1,234  12 d, read    40 d         920 GiB
      nas          behind by 13         1,234  2 d, damaged  40 d         920 GiB
      garage       unreachable 2 d  was 1,234  12 d, read    9 d, failed  920 GiB
      other-disk: not there now; 1,234 snapshots when last seen, 45 days ago
      garage: not reachable now; 1,234 snapshots when last seen, 2 days ago
      usb-disk: full on 2026-12-20 if it goes on so"
    `);
    expect(wrapped(text, 80)).toBe(text);
  });
});
