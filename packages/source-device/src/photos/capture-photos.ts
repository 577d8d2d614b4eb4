import {
  BackupError,
  bytesFromText,
  type BytePath,
  type CaptureOptions,
  type CaptureResult,
  type Clock,
  isBackupError,
  nsFromTimestamp,
  type SnapshotBuilder,
  toBackupError,
} from '@triplicate/core';
import { AfcClient, type AfcInfo, afcService } from '../afc/afc-client.ts';
import { fileInfo, folderInfo } from '../backup/attributes.ts';
import { type InstalledApp, listApps } from '../describe-device.ts';
import { watchPhone } from '../backup/watch-phone.ts';
import type { MuxClient } from '../mux/mux-client.ts';
import type { Phone } from '../phone.ts';
import { openAppFiles, houseArrest } from '../services/house-arrest.ts';
import { folderName } from './folder-name.ts';
import { walkFiles } from './walk-files.ts';

/** The photos of all phones stand below this folder of the tree. */
export const photosFolder = 'Photos';

export const photosRoot = (udid: string): BytePath => bytesFromText(`${photosFolder}/${udid}`);

const readBytes = 1024 * 1024;

export interface PhotoOptions extends CaptureOptions {
  /** Bundle identifiers; every app that shares documents where it is absent. */
  readonly apps: readonly string[] | undefined;
  readonly mux: MuxClient;
  readonly clock: Clock;
}

/** Photos and videos below `Camera Roll`, what apps share below `Apps/<name>`. What has size and time of the last snapshot is not read again. */
export const capturePhotos = async (
  phone: Phone,
  builder: SnapshotBuilder,
  options: PhotoOptions,
): Promise<CaptureResult> => {
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const { mux, clock, waiting } = options;
  const stop = (reason: BackupError): void => stopping.abort(reason);
  const watch = await watchPhone({ what: 'backup', phone, mux, clock, signal, waiting, stop });
  try {
    return await copyAll(phone, builder, { ...options, signal });
  } catch (error) {
    throw stopping.signal.aborted ? stopping.signal.reason : error;
  } finally {
    await watch.close();
  }
};

const copyAll = async (phone: Phone, builder: SnapshotBuilder, options: PhotoOptions): Promise<CaptureResult> => {
  const root = photosRoot(phone.device.udid);
  const copier = new Copier(builder, options);
  {
    await using afc = new AfcClient(await phone.startService(afcService, { signal: options.signal }));
    await copier.copy(afc, '/DCIM', `${root}/${bytesFromText('Camera Roll')}` as BytePath);
  }
  const installed = await listApps(phone, options);
  for (const id of options.apps ?? [])
    if (!installed.some((app) => app.id === id))
      builder.unreadable(bytesFromText(`${root}/Apps/${folderName('', id)}`), notInstalled(phone, id));
  for (const app of wantedOf(installed, options)) {
    const place = `${root}/${bytesFromText(`Apps/${folderName(app.name, app.id)}`)}` as BytePath;
    try {
      await using afc = await openAppFiles(
        await phone.startService(houseArrest, { signal: options.signal }),
        app.id,
        'documents',
      );
      await copier.copy(afc, '/Documents', place);
    } catch (error) {
      if (!isBackupError(error, 'NOT_FOUND')) throw error;
      builder.unreadable(place, error);
    }
  }
  return {};
};

const wantedOf = (installed: readonly InstalledApp[], { apps: wanted }: PhotoOptions): readonly InstalledApp[] =>
  installed.filter((app) => (wanted ? wanted.includes(app.id) : app.sharesFiles));

const notInstalled = (phone: Phone, id: string): BackupError =>
  new BackupError('NOT_FOUND', `${phone.name} does not have the app "${id}" that the configuration names`, {
    hint: 'take it out of "apps", or list what there is with: triplicate devices apps',
  });

class Copier {
  readonly #builder: SnapshotBuilder;
  readonly #options: PhotoOptions;
  #files = 0;
  #bytes = 0;

  constructor(builder: SnapshotBuilder, options: PhotoOptions) {
    this.#builder = builder;
    this.#options = options;
  }

  async copy(afc: AfcClient, from: string, to: BytePath): Promise<void> {
    for await (const entry of walkFiles(afc, from, this.#options.signal)) {
      const path = entry.relative === '' ? to : (`${to}/${bytesFromText(entry.relative)}` as BytePath);
      if ('error' in entry) this.#builder.unreadable(path, entry.error);
      else if (entry.info.type === 'dir') await this.#builder.putDirectory(path, folderInfo(entry.info.mtimeNs));
      else await this.#copyFile(afc, `${from}/${entry.relative}`, { path, info: entry.info });
    }
  }

  async #copyFile(
    afc: AfcClient,
    from: string,
    { path, info }: { readonly path: BytePath; readonly info: AfcInfo },
  ): Promise<void> {
    const attributes = { ...fileInfo(info.mtimeNs), size: info.size };
    this.#files += 1;
    this.#bytes += info.size;
    this.#options.expect({ files: this.#files, bytes: this.#bytes, counting: true });
    const before = await this.#builder.previous?.node(path);
    const same = before?.type === 'file' && before.size === info.size && nsFromTimestamp(before.mtime) === info.mtimeNs;
    if (same && (await this.#builder.keep(path, before, attributes)) === 'kept') return;
    try {
      await this.#builder.putFile(path, attributes, contentOf(afc, from, info.size), { signal: this.#options.signal });
    } catch (error) {
      const failure = toBackupError(error);
      if (failure.context['afc'] === undefined && failure.code !== 'UNREADABLE') throw failure;
      this.#builder.unreadable(path, failure);
    }
  }
}

async function* contentOf(afc: AfcClient, path: string, size: number): AsyncGenerator<Uint8Array> {
  await using file = await afc.open(path, 'r');
  let read = 0;
  for (;;) {
    const part = await file.read(readBytes);
    if (part.length === 0) break;
    read += part.length;
    yield part;
  }
  if (read < size) throw new BackupError('UNREADABLE', `it ended after ${read} of ${size} bytes`);
}
