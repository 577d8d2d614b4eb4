import { BackupError, type Clock, isBackupError, sleepFor } from '@triplicate/core';
import { AfcClient, type AfcFile, afcService } from '../afc/afc-client.ts';
import type { Phone } from '../phone.ts';
import { type NotificationProxy, notices } from '../services/notification-proxy.ts';

const lockFile = '/com.apple.itunes.lock_sync';
const attempts = 50;
const pauseMs = 200;

/** The lock that keeps two programs from syncing one phone at a time. Disposing it gives it back and says that the sync is over. */
export class SyncLock implements AsyncDisposable {
  readonly #afc: AfcClient;
  readonly #file: AfcFile;
  readonly #notifications: NotificationProxy;

  private constructor(afc: AfcClient, file: AfcFile, notifications: NotificationProxy) {
    this.#afc = afc;
    this.#file = file;
    this.#notifications = notifications;
  }

  /** UNAVAILABLE when another program holds it for ten seconds. */
  static async take(
    phone: Phone,
    notifications: NotificationProxy,
    { clock, signal }: { clock: Clock; signal: AbortSignal },
  ): Promise<SyncLock> {
    await notifications.post(notices.syncWillStart);
    const afc = new AfcClient(await phone.startService(afcService, { signal }));
    try {
      const file = await afc.open(lockFile, 'r+');
      await notifications.post(notices.syncLockRequest);
      for (let attempt = 0; !(await file.tryLock()); attempt++) {
        if (attempt + 1 === attempts)
          throw new BackupError('UNAVAILABLE', `another program is syncing ${phone.name}`, {
            hint: 'close Finder, iTunes or iMazing, or wait until they are done',
          });
        await sleepFor(clock, pauseMs, signal);
      }
      await notifications.post(notices.syncDidStart);
      return new SyncLock(afc, file, notifications);
    } catch (error) {
      await afc[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#file.unlock();
      await this.#file.close();
      await this.#notifications.post(notices.syncDidFinish);
    } catch (error) {
      // The phone is gone, and its locks with it.
      if (!isBackupError(error)) throw error;
    } finally {
      await this.#afc[Symbol.asyncDispose]();
    }
  }
}
