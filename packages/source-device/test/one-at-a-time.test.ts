import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { FakeClock, RecordingBuilder } from '@triplicate/core/testing';
import plugin from '@triplicate/source-device';
import { backUp, captureOptions, optionsFor, Phones } from './fixtures/phones.ts';

it('backs a phone up for one program at a time, and for the next when that one is done', async () => {
  await using phones = await Phones.open();
  const phone = await phones.add({ seed: 'wanted', name: 'Ottos iPhone', photos: 1 });
  const entered = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  phone.faults = {
    passcode: {
      entered: () => {
        asked.resolve();
        return entered.promise;
      },
    },
  };
  const first = backUp(phones, phone);
  await asked.promise;
  phone.faults = {};

  const clock = new FakeClock();
  await using source = await plugin.open(optionsFor(phone), { ...phones.context(), clock });
  let end: unknown;
  const second = source.capture(new RecordingBuilder({ base: 'previous' }), captureOptions()).then(
    () => (end = 'finished'),
    (error: unknown) => (end = error),
  );
  for (let tries = 0; end === undefined && tries < 500; tries++) {
    await clock.advance(1000);
    await pause(10);
  }
  await second;
  expect(end).toMatchObject({ code: 'UNAVAILABLE', message: 'another program is syncing Ottos iPhone' });

  entered.resolve();
  const { snapshot } = await first;
  expect((await backUp(phones, phone, { previous: snapshot })).builder.problems).toEqual([]);
});
