import { asDictionary, asString } from '@triplicate/plist';
import type { PropertyChannel } from '../wire/property-channel.ts';

export const notificationProxy = 'com.apple.mobile.notification_proxy';

export const notices = {
  syncWillStart: 'com.apple.itunes-mobdev.syncWillStart',
  syncLockRequest: 'com.apple.itunes-mobdev.syncLockRequest',
  syncDidStart: 'com.apple.itunes-mobdev.syncDidStart',
  syncDidFinish: 'com.apple.itunes-mobdev.syncDidFinish',
  cancelRequest: 'com.apple.itunes-client.syncCancelRequest',
  passcodeShown: 'com.apple.LocalAuthentication.ui.presented',
  passcodeGone: 'com.apple.LocalAuthentication.ui.dismissed',
} as const;

/** Notices to and from the device. */
export class NotificationProxy implements AsyncDisposable {
  readonly #properties: PropertyChannel;

  constructor(properties: PropertyChannel) {
    this.#properties = properties;
  }

  post(name: string): Promise<void> {
    return this.#properties.send({ Command: 'PostNotification', Name: name });
  }

  observe(name: string): Promise<void> {
    return this.#properties.send({ Command: 'ObserveNotification', Name: name });
  }

  /** The names that the device relays, until it or we end the connection. */
  async *relayed(): AsyncGenerator<string> {
    for (;;) {
      const message = asDictionary(await this.#properties.receiveOrEnd());
      const command = asString(message?.['Command']);
      if (message === undefined || command === 'ProxyDeath') return;
      const name = asString(message['Name']);
      if (command === 'RelayNotification' && name !== undefined) yield name;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#properties[Symbol.asyncDispose]();
  }
}
