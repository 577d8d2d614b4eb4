/** Our retention against stock restic's `forget`, which says for each policy what it would keep. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decideRetention, encodeSealedSnapshot, type ListedSnapshot, type Retain, Session } from '@triplicate/core';
import { seededInteger, seededRandom, temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { init } from '../kit/commands.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { isAtLeast, noRestic, resticJson, restics } from '../kit/restic.ts';

const count = Number(process.env['RETENTION_SNAPSHOTS'] ?? 2000);
const offsets = ['Z', '+01:00', '+05:30', '-03:30', '-08:00', '+12:45', '-11:00', '+14:00'];
const sources = ['documents', 'photos', 'phone'];
const tags = ['before-upgrade', 'yearly tax', 'incomplete'];
const hour = 3_600_000;
const day = 24 * hour;
const begin = Date.parse('2019-12-30T00:00:00Z');

let folder: TemporaryFolder;
let snapshots: readonly ListedSnapshot[];

/** Bursts within minutes, days, and gaps of months; the offsets change as on a journey, and midnights are crossed on both sides. */
const instants = (random: () => number): number[] => {
  let at = begin;
  return Array.from({ length: count }, () => {
    const lot = random();
    const most = lot < 0.3 ? hour / 2 : lot < 0.8 ? day / 2 : lot < 0.99 ? 2 * day : 60 * day;
    at += seededInteger(random, 1, most);
    return at;
  });
};

const stamp = (ms: number, offset: string): string => {
  const [, sign, hours = '0', minutes = '0'] = /([+-])(\d\d):(\d\d)/.exec(offset) ?? [];
  const shift = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
  return new Date(ms + shift).toISOString().replace('Z', offset);
};

beforeAll(async () => {
  folder = await temporaryFolder();
  const pipeline = localPipeline({ home: folder.path, destinations: ['a'] });
  await init(pipeline);
  const random = seededRandom(7);
  mkdirSync(join(folder.path, 'a', 'snapshots'), { recursive: true });
  {
    await using session = await Session.open(pipeline, { lock: 'read' });
    const [replica] = session.replicas;
    if (!replica) throw new TypeError('no replica');
    for (const ms of instants(random)) {
      const source = sources[seededInteger(random, 0, 2)] ?? '';
      const { id, bytes } = encodeSealedSnapshot(replica, {
        time: stamp(ms, offsets[seededInteger(random, 0, offsets.length - 1)] ?? 'Z'),
        tree: 'ab'.repeat(32),
        paths: [`/${source}`],
        hostname: 'laptop',
        tags: [`source:${source}`, ...tags.filter(() => random() < 0.01)],
      });
      writeFileSync(join(folder.path, 'a', 'snapshots', id), bytes);
    }
  }
  await using session = await Session.open(pipeline, { lock: 'read' });
  snapshots = session.snapshots;
}, 120_000);
afterAll(() => folder[Symbol.asyncDispose]());

/** Ours, and what one writes for restic. */
const policies: readonly (readonly [Retain, string])[] = [
  [{ last: 1 }, '--keep-last 1'],
  [{ last: 17 }, '--keep-last 17'],
  [{ last: 100_000 }, '--keep-last 100000'],
  [{ hourly: 1 }, '--keep-hourly 1'],
  [{ hourly: 48 }, '--keep-hourly 48'],
  [{ hourly: 5000 }, '--keep-hourly 5000'],
  [{ daily: 1 }, '--keep-daily 1'],
  [{ daily: 7 }, '--keep-daily 7'],
  [{ daily: 365 }, '--keep-daily 365'],
  [{ daily: 9999 }, '--keep-daily 9999'],
  [{ weekly: 1 }, '--keep-weekly 1'],
  [{ weekly: 5 }, '--keep-weekly 5'],
  [{ weekly: 300 }, '--keep-weekly 300'],
  [{ weekly: 9999 }, '--keep-weekly 9999'],
  [{ monthly: 12 }, '--keep-monthly 12'],
  [{ monthly: 999 }, '--keep-monthly 999'],
  [{ yearly: 3 }, '--keep-yearly 3'],
  [{ yearly: 99 }, '--keep-yearly 99'],
  [{ within: 30 * day }, '--keep-within 30d'],
  [{ within: 36 * hour }, '--keep-within 36h'],
  [{ within: 99_999 * day }, '--keep-within 99999d'],
  [{ within: { months: 1, ms: 0 } }, '--keep-within 1m'],
  [{ within: { months: 17, ms: 7 * day + 2 * hour } }, '--keep-within 1y5m7d2h'],
  [{ withinDaily: { months: 24, ms: 0 } }, '--keep-within-daily 2y'],
  [{ withinMonthly: { months: 7, ms: 0 } }, '--keep-within-monthly 7m'],
  [{ withinHourly: 10 * day }, '--keep-within-hourly 10d'],
  [{ withinDaily: 90 * day }, '--keep-within-daily 90d'],
  [{ withinWeekly: 400 * day }, '--keep-within-weekly 400d'],
  [{ withinMonthly: 900 * day }, '--keep-within-monthly 900d'],
  [{ withinYearly: 9000 * day }, '--keep-within-yearly 9000d'],
  [{ withinDaily: 99_999 * day }, '--keep-within-daily 99999d'],
  [{ tags: ['before-upgrade'] }, '--keep-tag before-upgrade'],
  [{ tags: ['before-upgrade,source:photos'], last: 1 }, '--keep-tag before-upgrade,source:photos --keep-last 1'],
  [
    { tags: ['before-upgrade', 'yearly tax'], last: 1 },
    '--keep-tag before-upgrade --keep-tag yearly_tax --keep-last 1',
  ],
  [{ last: 3, daily: 7, weekly: 5, monthly: 12 }, '--keep-last 3 --keep-daily 7 --keep-weekly 5 --keep-monthly 12'],
  [{ daily: 14, weekly: 8, monthly: 24 }, '--keep-daily 14 --keep-weekly 8 --keep-monthly 24'],
  [{ hourly: 24, daily: 7, yearly: 10 }, '--keep-hourly 24 --keep-daily 7 --keep-yearly 10'],
  [{ within: 7 * day, monthly: 6 }, '--keep-within 7d --keep-monthly 6'],
  [{ within: 2 * day, withinDaily: 14 * day, weekly: 4 }, '--keep-within 2d --keep-within-daily 14d --keep-weekly 4'],
  [{ last: 2, yearly: 2, tags: ['yearly tax'] }, '--keep-last 2 --keep-yearly 2 --keep-tag yearly_tax'],
];

interface Group {
  readonly keep: readonly { readonly id: string }[] | null;
}

describe.skipIf(noRestic !== undefined).each(restics)('the retention of $version', (judge) => {
  it.each(policies)('keeps the same by %j', async (policy, flags) => {
    const args = flags.split(' ').map((word) => word.replace('yearly_tax', 'yearly tax'));
    const groups = await resticJson<Group>(
      join(folder.path, 'a'),
      ['forget', '--no-lock', '--dry-run', ...args],
      judge.program,
    );
    const theirs = groups.flatMap(({ keep }) => (keep ?? []).map(({ id }) => id)).toSorted();
    const decisions = decideRetention(snapshots, policy, { now: new Date(), keepLastWhole: false });
    // Before 0.16 a rule with places left did not keep the oldest snapshot.
    const counts = (reason: string): boolean => isAtLeast(judge, '0.16') || !reason.startsWith('oldest');
    const ours = decisions.filter(({ reasons }) => reasons.some(counts)).map(({ snapshot }) => snapshot.id);
    expect(ours.toSorted()).toEqual(theirs);
    expect(decisions).toHaveLength(count);
  });
});
