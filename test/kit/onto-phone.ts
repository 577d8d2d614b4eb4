import { findSnapshot, type Pipeline, Session } from '@triplicate/core';
import type { SimDevice } from '@triplicate/device-simulator';
import devicePlugin, { deviceOptions } from '@triplicate/source-device';
import type { PhoneDesk } from './phone-desk.ts';

export interface OntoPhoneOptions {
  /** The newest when absent. */
  readonly snapshot?: string;
  /** Reads from this destination alone. */
  readonly from?: string;
  /** Options of the device source. */
  readonly options?: object;
  readonly secret?: string;
}

/** Puts a snapshot of the pipeline onto a phone, which becomes as the first one was. */
export const restoreOnto = async (
  desk: PhoneDesk,
  pipeline: Pipeline,
  phone: SimDevice,
  { snapshot = 'latest', from, options, secret }: OntoPhoneOptions = {},
): Promise<void> => {
  await using session = await Session.open(pipeline, {
    lock: 'read',
    ...(from === undefined ? {} : { only: new Set([from]) }),
  });
  const restore = { systemFiles: true, removeOthers: true };
  const parsed = deviceOptions.parse({ udid: phone.udid, restore, ...options });
  const { signal } = new AbortController();
  await using target = await devicePlugin.openTarget!(parsed, desk.context('target', signal, secret));
  const reader = session.reader(findSnapshot(session.snapshots, snapshot));
  await target.restore(reader, { signal, expect: () => undefined, waiting: () => undefined });
};
