import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackupError, isBackupError } from '@triplicate/core';
import { FakeClock, RecordingBuilder, seededInteger, seededRandom } from '@triplicate/core/testing';
import type { FaultPlan, SimDevice } from '@triplicate/device-simulator';
import plugin from '@triplicate/source-device';
import { backUp, type BackUpOptions, captureOptions, filesOf, optionsFor, Phones } from './fixtures/phones.ts';

describe('a backup that goes wrong', () => {
  let phones: Phones;
  let phone: SimDevice;
  beforeAll(async () => {
    phones = await Phones.open();
    phone = await phones.add({
      seed: 'faulty',
      name: 'Ediths iPhone',
      photos: 4,
      photoBytes: 3000,
      documents: 4,
      tls: 'off',
    });
  });
  afterAll(() => phones[Symbol.asyncDispose]());

  /** The error of a run under the plan. It has to come by itself: a hang fails the test by its time limit. */
  const failure = async (faults: FaultPlan, options: BackUpOptions = {}): Promise<BackupError> => {
    phone.faults = faults;
    try {
      await backUp(phones, phone, options);
    } catch (error) {
      if (isBackupError(error)) return error;
      throw error;
    } finally {
      phone.faults = {};
    }
    throw new Error('the backup went well');
  };

  it('ends with a sentence wherever the cable is cut', async () => {
    const random = seededRandom(20_260_517);
    const seen = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const error = await failure({ dropAfterBytes: seededInteger(random, 0, 60_000) });
      seen.add(`${error.code} ${error.message}`);
    }
    expect([...seen]).toEqual(['UNAVAILABLE the connection to Ediths iPhone was lost']);
  });

  it('ends with a sentence when the cable is cut between two files', async () => {
    for (const dropAfterFiles of [1, 2, 5, 9])
      expect((await failure({ dropAfterFiles })).message).toBe('the connection to Ediths iPhone was lost');
  });

  it('takes the phone being unplugged and plugged in again for what it is', async () => {
    phone.faults = { silenceMs: 60_000 };
    const running = backUp(phones, phone);
    setTimeout(() => phones.server.detach(phone), 700);
    await expect(running).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    phone.faults = {};
    phones.server.attach(phone);
    await backUp(phones, phone);
  });

  it('is cancelled on the phone, and by the person here', async () => {
    const cancelled = await failure({ cancelAfterFiles: 2, segmentBytes: 64 });
    expect(cancelled).toMatchObject({ code: 'ABORTED', message: 'the backup was cancelled on Ediths iPhone' });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 500);
    expect((await failure({ silenceMs: 60_000 }, { signal: controller.signal })).code).toBe('ABORTED');
  });

  it('waits as long as it takes, and tells a person when nothing was heard for minutes', async () => {
    const said = Promise.withResolvers<string>();
    const clock = new FakeClock();
    phone.faults = { silenceMs: 400 };
    await using source = await plugin.open(optionsFor(phone), { ...phones.context(), clock });
    const waiting = (what: string | undefined): void => {
      if (what?.includes('silent') === true) said.resolve(what);
    };
    const running = source.capture(new RecordingBuilder({ base: 'previous' }), captureOptions({ waiting }));
    const moving = setInterval(() => void clock.advance(1000 * 60), 20);
    expect(await said.promise).toBe(
      'Ediths iPhone has been silent for 4 minutes; it may be busy, or wait for its passcode',
    );
    await running;
    clearInterval(moving);
    phone.faults = {};
  });

  it('says what every answer of the phone means', async () => {
    const sentences: Record<number, string> = {};
    for (const errorCode of [1, 100, 102, 103, 104, 105, 205, 207, 208, 211, 212, 999]) {
      const { code, message, hint } = await failure({ errorCode });
      sentences[errorCode] = `${code}: ${message}`;
      expect(hint).toMatch(/^[a-z].*[^.]$/);
    }
    expect(sentences).toMatchInlineSnapshot(`
      {
        "1": "IO: Ediths iPhone gave up without a reason (error 1)",
        "100": "IO: Ediths iPhone met an input/output error",
        "102": "IO: Ediths iPhone could not make a folder",
        "103": "CORRUPT: Ediths iPhone could not read the properties of the backup",
        "104": "UNAVAILABLE: Ediths iPhone could not send some of its files, mostly because its screen was locked",
        "105": "QUOTA_EXCEEDED: Ediths iPhone needs more space than the destinations have",
        "205": "CORRUPT: Ediths iPhone found a file of the backup that is not what its manifest says",
        "207": "WRONG_PASSWORD: Ediths iPhone does not accept this backup password",
        "208": "UNAVAILABLE: the passcode was not entered on Ediths iPhone in time",
        "211": "UNSUPPORTED: Find My is turned on on Ediths iPhone",
        "212": "UNAVAILABLE: Ediths iPhone is not set up yet",
        "999": "IO: Ediths iPhone ended the Backup with error 999",
      }
    `);
  });

  it('names no place outside the backup, whatever the phone says', async () => {
    const { udid } = phone;
    const hostile = [
      `${udid}/../../owned`,
      `/etc/owned`,
      `${udid}/a\0b`,
      `../${udid}/x`,
      `00008110-0000000000000000/x`,
      `${udid}//x`,
      `${udid}/a\\..\\b`,
      `${udid}/./x`,
      '..',
      `${udid}/${'n'.repeat(300)}`,
    ];
    for (const path of hostile)
      for (const plan of [{ hostileUpload: path }, { hostileDownload: path }, { hostileMove: path }])
        expect((await failure(plan)).message).toMatch(/^the phone named a place outside its own backup: "/);
  });

  it('survives lists that explode, endless messages and a Status.plist that is not finished', async () => {
    expect((await failure({ plistBomb: true })).code).toBe('CORRUPT');
    expect((await failure({ endlessMessage: true })).code).toBe('CORRUPT');
    expect((await failure({ lastState: 'moving' })).message).toBe(
      'Ediths iPhone left its backup in the state "moving"',
    );
  });

  it('does not mind tiny segments, huge frames, a busy lock and sizes that are lies', async () => {
    const plain = await backUp(phones, phone);
    const root = `MobileSync/${phone.udid}`;
    const withoutTimes = (files: Map<string, Buffer>): [string, Buffer][] =>
      [...files].filter(([name]) => name !== 'Info.plist');
    for (const faults of [
      { segmentBytes: 1 },
      { frameBytes: 1 },
      { frameBytes: 16 * 1024 * 1024, segmentBytes: 7777 },
      { lockBusy: 3 },
      { announcedBytes: 1 },
      { announcedBytes: 2 ** 40 },
      { silenceMs: 300 },
    ] satisfies FaultPlan[]) {
      phone.faults = faults;
      const { snapshot } = await backUp(phones, phone);
      expect(withoutTimes(filesOf(snapshot, root))).toEqual(withoutTimes(filesOf(plain.snapshot, root)));
    }
    phone.faults = {};
  });
});
