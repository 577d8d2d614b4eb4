import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BackupError, isBackupError } from '@triplicate/core';
import { FakeClock, RecordingBuilder, seededInteger, seededRandom } from '@triplicate/core/testing';
import type { FaultPlan, SimDevice } from '@triplicate/device-simulator';
import plugin from '@triplicate/source-device';
import { ownAddress } from '../../../test/kit/own-address.ts';
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
  afterEach(() => {
    phone.faults = {};
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

  /** A silence that says when it begins, and lasts until it is told to end. */
  const silenceUntilTold = () => {
    const [begins, ends] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const silence = (): Promise<void> => {
      begins.resolve();
      return ends.promise;
    };
    return { silence, begun: begins.promise, goOn: ends.resolve };
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
    const { silence, begun } = silenceUntilTold();
    phone.faults = { silence };
    const running = backUp(phones, phone);
    await begun;
    phones.server.detach(phone);
    await expect(running).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    phone.faults = {};
    phones.server.attach(phone);
    await backUp(phones, phone);
  });

  it('is cancelled on the phone, and by the person here', async () => {
    const cancelled = await failure({ cancelAfterFiles: 2, segmentBytes: 64 });
    expect(cancelled).toMatchObject({ code: 'ABORTED', message: 'the backup was cancelled on Ediths iPhone' });
    const controller = new AbortController();
    const { silence, begun } = silenceUntilTold();
    void begun.then(() => controller.abort());
    expect((await failure({ silence }, { signal: controller.signal })).code).toBe('ABORTED');
  });

  it('is cancelled on the phone while it is restored, and stays as it was', async () => {
    const { snapshot } = await backUp(phones, phone);
    const before = phone.inventory();
    phone.faults = { cancelAfterFiles: 1 };
    await using target = await plugin.openTarget!(optionsFor(phone), phones.context());
    await expect(target.restore(snapshot, captureOptions())).rejects.toMatchObject({
      code: 'ABORTED',
      message: 'the restore was cancelled on Ediths iPhone',
    });
    expect(phone.inventory()).toEqual(before);
    expect([...phone.mediaFiles.keys()].filter((path) => path.includes('iTunesRestore'))).toEqual([]);
  });

  /** What a person was told while the clock moved on by minutes from when the phone fell silent, until it goes on, and how it ended. */
  const inSilence = async (
    device: SimDevice,
    silent: Promise<unknown>,
    { goOn, ...options }: { readonly goOn?: () => void; readonly mode?: string } = {},
  ): Promise<{ said: Set<string>; end: unknown }> => {
    const clock = new FakeClock();
    const said = new Set<string>();
    await using source = await plugin.open(optionsFor(device, options), { ...phones.context(), clock });
    const waiting = (what: string | undefined): void => void said.add(what ?? 'goes on');
    const capture = source.capture(new RecordingBuilder({ base: 'previous' }), captureOptions({ waiting }));
    let end: unknown;
    const over = capture.then(
      () => (end = 'finished'),
      (error: unknown) => (end = error),
    );
    await silent;
    // Once the phone goes on, the clock has to stand: the time that a busy machine takes is no silence.
    for (let minutes = 0; end === undefined && !(goOn && said.has(told)) && minutes < 200; minutes++) {
      await clock.advance(60_000);
      await pause(10);
    }
    goOn?.();
    await over;
    return { said, end };
  };
  const stalled = (device: SimDevice): Promise<unknown> => once(device.notices, 'stalled');
  const told = 'Ediths iPhone has been silent for 4 minutes; it may be busy, or wait for its passcode';

  it('waits as long as it takes, and tells a person when nothing was heard for minutes', async () => {
    const { silence, begun, goOn } = silenceUntilTold();
    phone.faults = { silence };
    const { said, end } = await inSilence(phone, begun, { goOn });
    expect([...said]).toEqual([told, 'goes on']);
    expect(end).toBe('finished');
  });

  it('tells of silence in the middle of a batch as well, and gives up after an hour of it', async () => {
    phone.faults = { stallAfterFiles: 3 };
    const { said, end } = await inSilence(phone, stalled(phone));
    expect([...said]).toEqual([told, 'goes on']);
    expect(end).toMatchObject({ code: 'UNAVAILABLE', message: 'Ediths iPhone has said nothing for 60 minutes' });
  });

  it('gives up after minutes when a phone does not answer what it answers at once', async () => {
    phone.faults = { stallAfterAnswers: 3 };
    const { end } = await inSilence(phone, stalled(phone));
    expect(end).toMatchObject({ code: 'UNAVAILABLE', message: 'Ediths iPhone has said nothing for 5 minutes' });
  });

  it('ends the photos of a phone that has left the network, and of one that is cancelled or does not answer', async () => {
    const distant = await phones.add({ seed: 'photographed', name: 'Ediths iPhone', tls: 'off' });
    const mode = { mode: 'photos' };
    distant.faults = { stallAfterAnswers: 3 };
    const still = await inSilence(distant, stalled(distant), mode);
    expect(still.end).toMatchObject({ message: 'Ediths iPhone has said nothing for 5 minutes' });
    const cancelled = backUp(phones, distant, { options: mode });
    await stalled(distant);
    distant.notices.emit('post', 'com.apple.itunes-client.syncCancelRequest');
    await expect(cancelled).rejects.toMatchObject({ code: 'ABORTED' });
    phones.server.detach(distant);
    await phones.server.attachNetwork(distant, ownAddress());
    distant.faults = { stallAfterAnswers: 3, heartbeats: 2 };
    const gone = await inSilence(distant, stalled(distant), mode);
    expect(gone.end).toMatchObject({ message: 'Ediths iPhone no longer answers in the network' });
  });

  it('ends when a phone in the network has left it without a word', async () => {
    const distant = await phones.add({ seed: 'distant', name: 'Ediths iPhone', tls: 'off' });
    phones.server.detach(distant);
    await phones.server.attachNetwork(distant, ownAddress());
    distant.faults = { stallAfterFiles: 3, heartbeats: 2 };
    const { said, end } = await inSilence(distant, stalled(distant));
    expect([...said]).toEqual(['goes on']);
    expect(end).toMatchObject({ code: 'UNAVAILABLE', message: 'Ediths iPhone no longer answers in the network' });
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
    // A file there would be in the place of everything.
    for (const path of [udid, `${udid}/`])
      expect((await failure({ hostileUpload: path })).message).toMatch(/^the phone named a place outside its own/);
  });

  it('survives lists that explode, endless messages and a Status.plist that is not finished', async () => {
    for (const faults of [{ plistBomb: true }, { endlessMessage: true }])
      expect(await failure(faults)).toMatchObject({ code: 'CORRUPT', hint: 'unplug it, restart it and try again' });
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
      { silence: () => pause(300) },
    ] satisfies FaultPlan[]) {
      phone.faults = faults;
      const { snapshot } = await backUp(phones, phone);
      expect(withoutTimes(filesOf(snapshot, root))).toEqual(withoutTimes(filesOf(plain.snapshot, root)));
    }
    phone.faults = {};
  });
});
