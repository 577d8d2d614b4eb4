import type { Config, PipelineConfig } from '@triplicate/core';
import { deviceOptions } from '@triplicate/source-device';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectedThings } from '../../src/daemon/connected.ts';
import type { CommandContext } from '../../src/program/command.ts';
import { openPhoneDesk, type PhoneDesk } from '../support/phones.ts';

let desk: PhoneDesk;
beforeEach(async () => {
  desk = await openPhoneDesk();
});
afterEach(() => desk[Symbol.asyncDispose]());

const look = (): Promise<ReadonlySet<string>> => {
  const own = { sources: [{ type: 'device', options: deviceOptions.parse({}) }], destinations: [] };
  const context = { surroundings: { env: desk.env, platform: 'linux' }, signal: new AbortController().signal };
  return connectedThings(own as unknown as PipelineConfig, {} as Config, context as unknown as CommandContext);
};

/** What the scheduler takes for having turned up between two looks. */
const fresh = (before: ReadonlySet<string>, now: ReadonlySet<string>): string[] =>
  [...now].filter((one) => !before.has(one));

it('has turned up when it was plugged in again between two looks, as after a cable that came loose', async () => {
  const phone = desk.plugIn({ seed: 'anna', photos: 0, messages: 0, documents: 0 });
  const before = await look();
  expect([...before].join()).toContain(phone.udid);
  expect(fresh(before, await look())).toEqual([]);
  desk.server.detach(phone);
  desk.server.attach(phone);
  expect(fresh(before, await look())).toHaveLength(1);
});

it('has not turned up when it comes back into the network, or leaves its cable for it', async () => {
  const phone = desk.plugIn({ seed: 'anna', photos: 0, messages: 0, documents: 0 });
  const host = '127.0.0.41';
  await desk.server.attachNetwork(phone, host);
  const both = await look();
  desk.server.detach(phone);
  const away = await look();
  expect([...away]).toEqual([]);
  await desk.server.attachNetwork(phone, '127.0.0.42');
  expect(fresh(both, await look())).toEqual([]);
  desk.server.attach(phone);
  // Its cable is another matter: whoever plugs a phone in means it.
  expect(fresh(both, await look())).toHaveLength(1);
});
