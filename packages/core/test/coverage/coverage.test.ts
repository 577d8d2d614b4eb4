import { describe, expect, it } from 'vitest';
import { computeCoverage, type Copy, type CoverageParts } from '../../src/coverage/coverage.ts';
import type { OtherCopy } from '../../src/coverage/elsewhere.ts';

const day = 86_400_000;

const copy = (destination: string, rest: Partial<Copy> = {}): Copy => ({
  destination,
  media: 'hdd',
  offsite: false,
  immutable: false,
  current: true,
  damaged: false,
  state: 'current',
  ...rest,
});
const disk = (rest: Partial<Copy> = {}): Copy => copy('disk', rest);
const cloud = (rest: Partial<Copy> = {}): Copy => copy('cloud', { media: 'cloud', offsite: true, ...rest });
const other = (kind: OtherCopy['kind'], days: number, rest: Partial<OtherCopy> = {}): OtherCopy => ({
  source: 'phone',
  kind,
  agoMs: days * day,
  ...rest,
});
/** Of one phone. */
const phone = (copies: readonly Copy[], ...others: readonly OtherCopy[]): CoverageParts => ({ copies, others, sources: ['phone'] });
const nas = (rest: Partial<Copy> = {}): Copy => copy('nas', { media: 'nas', ...rest });

/** `verdict: copies/media/offsite/immutable/errors`, and each shortfall with what mends it. */
const said = (parts: CoverageParts): string[] => {
  const { verdict, copies, media, offsite, immutable, errors, missing } = computeCoverage(parts);
  return [`${verdict}: ${[copies, media, offsite, immutable, errors].join('/')}`, ...missing.map(({ what, mend }) => `${what} → ${mend}`)];
};

const noOffsite = 'no copy off site → add a cloud, or mark a disk that is kept elsewhere with `offsite: true`';
const oneKind = 'one kind of media → add a destination of another kind: an external disk or a cloud';

const situations: readonly (readonly [string, CoverageParts, readonly string[]])[] = [
  ['a disk and a cloud', { copies: [disk(), cloud()] }, ['kept: 3/3/1/0/0']],
  [
    'a copy that has no room for what it lacks',
    { copies: [disk(), cloud({ current: false, state: 'behind', behindBy: 2, lacksBytes: 1_300_000_000, freeBytes: 10_800_000 })] },
    ['short: 2/2/0/0/0', '"cloud" is behind by 2 snapshots, about 1,240 MiB, and has 10 MiB free → make room there or give it a larger place, then triplicate sync cloud'],
  ],
  ['nothing', { copies: [] }, ['short: 1/1/0/0/0', '1 of 3 copies → add 2 destinations to the configuration', oneKind, noOffsite]],
  ['a disk alone', { copies: [disk()] }, ['short: 2/2/0/0/0', '2 of 3 copies → add a destination to the configuration', noOffsite]],
  ['a cloud alone', { copies: [cloud()] }, ['short: 2/2/1/0/0', '2 of 3 copies → add a destination to the configuration']],
  ['two disks at home', { copies: [disk(), copy('other')] }, ['short: 3/2/0/0/0', noOffsite]],
  ['two disks, one kept elsewhere', { copies: [disk(), copy('other', { offsite: true })] }, ['kept: 3/2/1/0/0']],
  ['two clouds', { copies: [cloud(), copy('other', { media: 'cloud', offsite: true })] }, ['kept: 3/2/2/0/0']],
  ['a flash disk and an SSD are one kind', { copies: [copy('stick', { media: 'usb' }), copy('ssd', { media: 'ssd', offsite: true })] }, ['kept: 3/2/1/0/0']],
  ['an immutable cloud', { copies: [disk(), cloud({ immutable: true })] }, ['kept: 3/3/1/1/0']],
  ['a disk that is unplugged', { copies: [disk({ offline: true, state: 'away' }), cloud()] }, ['kept: 3/3/1/1/0']],
  ['a cloud that is behind', { copies: [disk(), cloud({ current: false, state: 'behind' })] }, ['short: 2/2/0/0/0', '"cloud" lacks the newest snapshots → triplicate sync cloud']],
  ['a cloud that is damaged', { copies: [disk(), cloud({ damaged: true })] }, ['short: 2/2/0/0/1', '"cloud" is damaged → triplicate heal cloud']],
  ['damage beside enough other copies', { copies: [disk({ damaged: true }), cloud(), nas()] }, ['short: 3/3/1/0/1', '"disk" is damaged → triplicate heal disk']],
  ['a cloud that cannot be reached', { copies: [disk(), cloud({ current: false, state: 'unreachable' })] }, ['short: 2/2/0/0/0', '"cloud" cannot be reached → triplicate doctor cloud']],
  ['a new destination without a repository', { copies: [disk(), cloud(), nas({ current: false, state: 'empty' })] }, ['kept: 3/3/1/0/0', '"nas" has no repository → mount it; if it is new or lost, triplicate init, then triplicate sync nas']],
  ['a rotating disk that is away in time', { copies: [disk({ state: 'away', offline: true, overdue: false }), cloud()] }, ['kept: 3/3/1/1/0']],
  ['a rotating disk that is late', { copies: [disk({ state: 'away', current: false, overdue: true }), cloud(), nas()] }, ['short: 3/3/1/0/0', '"disk" was not here for too long → connect it and run triplicate sync disk']],
  ['a disk that was never here', { copies: [disk({ state: 'away', current: false, overdue: true, isKnown: false }), cloud(), nas()] }, ['short: 3/3/1/0/0', '"disk" was never here → connect it, run triplicate init, then triplicate sync disk']],
  ['a rotating disk that missed the newest', { copies: [disk({ state: 'away', current: false }), cloud()] }, ['short: 2/2/1/0/0', '"disk" was away when the newest snapshots were made → connect it and run triplicate sync disk']],
  ['two folders on one disk', { copies: [disk({ disk: '8:1' }), copy('again', { disk: '8:1', offsite: true }), cloud()] }, ['kept: 3/3/1/0/0', '"disk" and "again" are on one disk and count once → put one of them on a disk of its own']],
  ['two folders on one disk and no more', { copies: [disk({ disk: '8:1' }), copy('again', { disk: '8:1' })] }, ['short: 2/2/0/0/0', '"disk" and "again" are on one disk and count once → put one of them on a disk of its own', '2 of 3 copies → add a destination to the configuration', noOffsite]],
  ['three folders on one disk', { copies: [disk({ disk: '8:1' }), copy('again', { disk: '8:1' }), copy('more', { disk: '8:1' })] }, ['short: 2/2/0/0/0', '"disk", "again" and "more" are on one disk and count once → put one of them on a disk of its own', '2 of 3 copies → add a destination to the configuration', noOffsite]],
  ['a disk that is not mounted, whose folder lies on the disk of another copy', { copies: [copy('usb', { disk: '8:1', state: 'empty', current: false }), disk({ disk: '8:1' }), cloud()] }, ['kept: 3/3/1/0/0', '"usb" has no repository → mount it; if it is new or lost, triplicate init, then triplicate sync usb']],
  ['the same, and it would be the third', { copies: [copy('usb', { disk: '8:1', state: 'empty', current: false }), disk({ disk: '8:1', offsite: true })] }, ['short: 2/2/1/0/0', '"usb" has no repository → mount it; if it is new or lost, triplicate init, then triplicate sync usb']],
  ['a folder on the disk of the original', { copies: [disk({ disk: '8:1' })], originals: ['8:1'] }, ['short: 2/1/0/0/0', '2 of 3 copies → add a destination to the configuration', 'every copy is on the disk of the original → add a destination of another kind: an external disk or a cloud', noOffsite]],
  ['a folder on the disk of the original, and a cloud', { copies: [disk({ disk: '8:1' }), cloud()], originals: ['8:1'] }, ['kept: 3/2/1/0/0']],
  ['two plain folders beside the source, one called off site', { copies: [disk({ disk: '8:1' }), copy('again', { disk: '8:1', offsite: true })], originals: ['8:1'] }, ['short: 2/1/0/0/0', '"disk" and "again" are on one disk and count once → put one of them on a disk of its own', '2 of 3 copies → add a destination to the configuration', 'every copy is on the disk of the original → add a destination of another kind: an external disk or a cloud']],
  ['a source that is late', { copies: [disk(), cloud()], ages: [{ of: 'snapshot', source: 'phone', agoMs: 9 * day, promisedMs: 2 * day }] }, ['short: 3/3/1/0/0', '"phone" was last backed up 9 days ago → triplicate backup phone']],
  ['a source whose newest snapshot was made by a wrong clock', { copies: [disk(), cloud()], ages: [{ of: 'snapshot', source: 'phone', agoMs: -400 * day, promisedMs: 2 * day }] }, ['short: 3/3/1/0/0', 'the newest snapshot of "phone" is in the future of this clock → set the clock; where it is right, forget that snapshot by its id with triplicate forget']],
  ['a phone that was seen by a wrong clock', phone([disk(), cloud()], other('phone', -400)), ['short: 2/2/1/0/0', 'the original of "phone" was last seen in the future of this clock and does not count → set the clock, then triplicate backup phone']],
  ['a source that was never backed up', { copies: [disk(), cloud()], ages: [{ of: 'snapshot', source: 'phone', agoMs: undefined, promisedMs: day }] }, ['short: 3/3/1/0/0', '"phone" was never backed up → triplicate backup phone']],
  ['a source in time', { copies: [disk(), cloud()], ages: [{ of: 'snapshot', source: 'phone', agoMs: day, promisedMs: 2 * day }] }, ['kept: 3/3/1/0/0']],
  ['a proof that is due', { copies: [disk(), cloud()], ages: [{ of: 'proof', destination: 'cloud', agoMs: 40 * day, promisedMs: 31 * day, failed: false }] }, ['short: 3/3/1/0/0', '"cloud" was last proven to restore 40 days ago → triplicate proof cloud']],
  ['a proof that was never made', { copies: [disk(), cloud()], ages: [{ of: 'proof', destination: 'disk', agoMs: undefined, promisedMs: 31 * day, failed: false }] }, ['short: 3/3/1/0/0', '"disk" was never proven to restore → triplicate proof disk']],
  ['a proof that failed', { copies: [disk(), cloud()], ages: [{ of: 'proof', destination: 'disk', agoMs: 0, promisedMs: 31 * day, failed: true }] }, ['short: 3/3/1/0/0', 'the last restore test of "disk" failed → triplicate heal disk, then triplicate proof disk']],
  ['a proof by a wrong clock', { copies: [disk(), cloud()], ages: [{ of: 'proof', destination: 'disk', agoMs: -40 * day, promisedMs: 31 * day, failed: false }] }, ['short: 3/3/1/0/0', '"disk" was last proven to restore in the future of this clock → set the clock, then triplicate proof disk']],
  ['packs that were not read in time', { copies: [disk(), cloud()], ages: [{ of: 'verify', destination: 'disk', overduePacks: 3 }] }, ['short: 3/3/1/0/0', '3 packs of "disk" were not read for too long → triplicate check disk --due']],
  ['a phone that was seen today', phone([disk(), cloud()], other('phone', 0)), ['kept: 3/3/1/0/0']],
  ['a phone that nobody has seen for long', phone([disk(), cloud()], other('phone', 45)), ['short: 2/2/1/0/0', '"phone" was not seen for 45 days and does not count → connect it and run triplicate backup phone']],
  ['a phone that nobody has seen for long, beside enough other copies', phone([disk(), cloud(), nas()], other('phone', 45)), ['kept: 3/3/1/0/0']],
  ['a phone, a disk and iCloud', phone([disk()], other('phone', 0), other('icloud', 1)), ['kept: 3/3/1/0/0']],
  ['a phone and iCloud alone', phone([], other('phone', 0), other('icloud', 1)), ['short: 2/2/1/0/0', '2 of 3 copies → add a destination to the configuration']],
  ['a phone whose iCloud backup is old', phone([disk()], other('phone', 0), other('icloud', 40)), ['short: 2/2/0/0/0', 'the iCloud backup of "phone" is 40 days old and does not count → leave the phone locked, on power and on Wi-Fi overnight']],
  ['an old iCloud backup beside enough other copies', phone([disk(), cloud()], other('phone', 0), other('icloud', 40)), ['kept: 3/3/1/0/0']],
  ['a phone, Finder and a cloud', phone([cloud()], other('phone', 0), other('finder', 3)), ['kept: 3/3/1/0/0']],
  ['a phone, Finder and iCloud', phone([], other('phone', 0), other('finder', 3), other('icloud', 0)), ['kept: 3/3/1/0/0']],
  ['Finder’s folder on the disk of a destination', phone([disk({ disk: '8:1' })], other('phone', 0), other('finder', 3, { disk: '8:1' })), ['short: 2/2/0/0/0', '2 of 3 copies → add a destination to the configuration', noOffsite]],
  ['Finder’s folder that is old', phone([cloud()], other('phone', 0), other('finder', 60)), ['short: 2/2/1/0/0', 'the Finder backup of "phone" is 60 days old and does not count → back the phone up in Finder once more']],
  ['iCloud keeps the phone and not the documents beside it', { copies: [disk()], sources: ['phone', 'docs'], others: [other('phone', 0), other('icloud', 1)] }, ['short: 2/2/0/0/0', '2 of 3 copies → add a destination to the configuration', noOffsite]],
  ['two phones, one of them in iCloud', { copies: [disk()], sources: ['phone', 'ben'], others: [other('icloud', 1), other('phone', 0), other('phone', 0, { source: 'ben' })] }, ['short: 2/2/0/0/0', '2 of 3 copies → add a destination to the configuration', noOffsite]],
  ['two phones, both in iCloud', { copies: [disk()], sources: ['phone', 'ben'], others: [other('icloud', 1), other('icloud', 1, { source: 'ben' })] }, ['kept: 3/3/1/0/0']],
  ['a cloud that is behind by three', { copies: [disk(), cloud({ current: false, state: 'behind', behindBy: 3 })] }, ['short: 2/2/0/0/0', '"cloud" is behind by 3 snapshots → triplicate sync cloud']],
  ['a disk that will be full soon', { copies: [disk({ fullInMs: 20 * day }), cloud()] }, ['kept: 3/3/1/0/0', '"disk" will be full in 20 days → get a larger place, or keep fewer snapshots there with `retain`']],
  ['a disk that has room for a year', { copies: [disk({ fullInMs: 365 * day }), cloud()] }, ['kept: 3/3/1/0/0']],
  ['an original that is gone', { copies: [disk(), cloud()], sources: ['docs'], gone: [{ source: 'docs', what: ['/docs'] }] }, ['short: 2/2/1/0/0', '2 of 3 copies → add a destination to the configuration', 'the original of "docs" is not there and does not count: "/docs" → mount its disk, or bring it back with triplicate restore latest:docs']],
  ['an original that is gone, beside enough other copies', { copies: [disk(), cloud(), nas()], sources: ['docs', 'mail'], gone: [{ source: 'docs', what: ['/docs'] }] }, ['kept: 3/3/1/0/0', 'the original of "docs" is not there and does not count: "/docs" → mount its disk, or bring it back with triplicate restore latest:docs']],
  ['a read-only disk that has everything', { copies: [disk({ state: 'read-only' }), cloud()] }, ['kept: 3/3/1/0/0']],
  ['a read-only disk that lacks the newest, beside enough other copies', { copies: [disk({ state: 'read-only', current: false }), cloud(), nas()] }, ['kept: 3/3/1/0/0']],
  ['a read-only disk that lacks the newest', { copies: [disk({ state: 'read-only', current: false }), cloud()] }, ['short: 2/2/1/0/0', '"disk" is read only and lacks the newest snapshots → remove `readOnly` from it, or take another destination']],
  ['everything late at once', { copies: [disk({ current: false, state: 'behind' }), cloud({ current: false, state: 'behind' })] }, ['short: 1/1/0/0/0', '"disk" lacks the newest snapshots → triplicate sync disk', '"cloud" lacks the newest snapshots → triplicate sync cloud']],
];

describe('coverage', () => {
  it.each(situations)('of %s', (_, parts, expected) => {
    expect(said(parts)).toEqual(expected);
  });

  it('advises to mend what does not count and is not needed', () => {
    const { advice } = computeCoverage(phone([disk({ offline: true }), cloud()], other('phone', 0), other('icloud', 40)));
    expect(advice.map(({ what }) => what)).toEqual(['the iCloud backup of "phone" is 40 days old and does not count']);
  });

  it('advises a copy that nobody at the computer can destroy', () => {
    expect(computeCoverage({ copies: [disk(), cloud()] }).advice).toHaveLength(1);
    expect(computeCoverage({ copies: [disk({ offline: true }), cloud()] }).advice).toEqual([]);
  });
});
