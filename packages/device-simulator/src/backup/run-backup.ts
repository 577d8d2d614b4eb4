import { asString, writeBinaryPlist } from '@triplicate/plist';
import { type ContentFile, contentKey, fileId, openContent } from '../content/content-file.ts';
import type { SimDevice } from '../device.ts';
import { encrypt } from './cipher.ts';
import type { HostFiles, Upload } from './host-files.ts';
import { encodeManifestPlist, manifestKey, openManifestPlist, readDictionary } from './manifest-plist.ts';
import { type ManifestRow, ManifestStore } from './manifest-store.ts';
import { encodeMbFile, fileKey, flagOf } from './mb-file.ts';
import { askPasscode } from './passcode.ts';
import { fetchManifest } from './read-manifest.ts';

const reserve = 128 * 1024 * 1024;
const purgeExtra = 2 * 1024 ** 3;
const batchFiles = 512;
const batchBytes = 64 * 1024 * 1024;

interface Plan {
  readonly full: boolean;
  readonly manifest: ManifestStore;
  readonly changed: readonly { readonly file: ContentFile; readonly row: ManifestRow }[];
  readonly stale: readonly string[];
}

/** One backup, as a phone drives it. Gives the ErrorCode of the answer. */
export const runBackup = async (device: SimDevice, host: HostFiles, forceFull: boolean): Promise<number> => {
  const { faults, udid } = device;
  if (faults.hostileDownload !== undefined) await host.fetch([faults.hostileDownload]);
  const plan = await makePlan(device, host, forceFull);
  using manifest = plan.manifest;
  const left = await host.list(`${udid}/Snapshot`);
  await host.list(udid);
  const refused = await askPasscode(device);
  if (refused !== 0) return refused;
  await faults.silence?.();
  const bytes = faults.announcedBytes ?? plan.changed.reduce((sum, { file }) => sum + file.size, manifest.size);
  const free = await host.freeSpace();
  if (free <= bytes + reserve) {
    if (faults.purge === true) await host.purge(bytes + reserve - free + purgeExtra);
    return 105;
  }
  if (Object.keys(left).length > 0) await host.remove([`${udid}/Snapshot`], 0);
  return await new BackupRun(device, host, plan).run(bytes);
};

const makePlan = async (device: SimDevice, host: HostFiles, forceFull: boolean): Promise<Plan> => {
  const old = forceFull ? undefined : await fetchPrevious(device, host);
  const known = new Map(old ? [...old.rows()].map((row) => [row.fileId, row.file]) : []);
  const changed: { file: ContentFile; row: ManifestRow }[] = [];
  for (const file of device.content.values()) {
    const row: ManifestRow = {
      fileId: fileId(file),
      domain: file.domain,
      relativePath: file.relativePath,
      flags: flagOf(file),
      file: encodeMbFile(device, file),
    };
    if (known.get(row.fileId)?.equals(row.file) !== true) changed.push({ file, row });
    known.delete(row.fileId);
  }
  const manifest = old ?? new ManifestStore();
  if (!old) manifest.open();
  manifest.change(
    changed.map(({ row }) => row),
    known.keys(),
  );
  return { full: old === undefined, manifest, changed, stale: [...known.keys()] };
};

/** The manifest of the last backup, if it is finished and of the same password. */
const fetchPrevious = async (device: SimDevice, host: HostFiles): Promise<ManifestStore | undefined> => {
  const statusPath = `${device.udid}/Status.plist`;
  const status = (await host.fetch([statusPath])).get(statusPath);
  if (!status || asString(readDictionary(status)?.['SnapshotState']) !== 'finished') return undefined;
  const plistPath = `${device.udid}/Manifest.plist`;
  const bytes = (await host.fetch([plistPath])).get(plistPath);
  const opened = await openManifestPlist(bytes, device.password);
  if (opened === undefined || opened === 'wrong password') return undefined;
  if ((opened.keys === undefined) !== (device.keybag === undefined)) return undefined;
  if (opened.keys && !opened.keys.manifest.equals(manifestKey(device))) return undefined;
  return fetchManifest(host, `${device.udid}/Manifest.db`, opened.keys?.manifest);
};

class BackupRun {
  readonly #device: SimDevice;
  readonly #host: HostFiles;
  readonly #plan: Plan;
  readonly #root: string;

  constructor(device: SimDevice, host: HostFiles, plan: Plan) {
    this.#device = device;
    this.#host = host;
    this.#plan = plan;
    this.#root = device.udid;
  }

  async run(total: number): Promise<number> {
    const { faults } = this.#device;
    const root = this.#root;
    await this.#host.makeDirectory(root);
    await this.#host.makeDirectory(`${root}/Snapshot`);
    await this.#status('Snapshot/Status.plist', 'uploading', 0);
    if (faults.hostileUpload !== undefined)
      await this.#host.upload([{ devicePath: 'x', path: faults.hostileUpload, parts: [Buffer.from('owned')] }], 0, 5);
    const files = this.#plan.changed.filter(({ file }) => file.kind === 'file').map(({ file }) => file);
    await this.#uploadContent(files, total);
    await this.#uploadManifest();
    if (faults.errorCode !== undefined) return faults.errorCode;
    if (faults.hostileMove !== undefined)
      await this.#host.move({ [`${root}/Snapshot/Manifest.db`]: faults.hostileMove }, 90);
    await this.#settle(files);
    return 0;
  }

  async #uploadContent(files: readonly ContentFile[], total: number): Promise<void> {
    const folders = new Set(files.map((file) => fileId(file).slice(0, 2)));
    for (const name of folders) await this.#host.makeDirectory(`${this.#root}/Snapshot/${name}`);
    let done = 0;
    for (const batch of batches(files)) {
      const bytes = batch.reduce((sum, file) => sum + file.size, 0);
      const progress = Math.min(95, (95 * done) / Math.max(1, total));
      await this.#host.upload(
        batch.map((file) => this.#upload(file)),
        progress,
        this.#device.faults.announcedBytes ?? bytes,
      );
      done += bytes;
    }
  }

  #upload(file: ContentFile): Upload {
    const id = fileId(file);
    const content = openContent(file);
    return {
      devicePath: `${file.domain}/${file.relativePath}`,
      path: `${this.#root}/Snapshot/${id.slice(0, 2)}/${id}`,
      parts: this.#device.keybag ? encrypt(fileKey(this.#device, file), content, true) : content,
      fails: this.#device.faults.failFiles?.includes(contentKey(file)) ?? false,
    };
  }

  async #uploadManifest(): Promise<void> {
    const content = this.#plan.manifest.content();
    const parts = this.#device.keybag ? encrypt(manifestKey(this.#device), content, false) : content;
    const plist = await encodeManifestPlist(this.#device);
    const place = (name: string): { devicePath: string; path: string } => ({
      devicePath: `/private/var/tmp/${name}`,
      path: `${this.#root}/Snapshot/${name}`,
    });
    const size = this.#plan.manifest.size + plist.length;
    await this.#host.upload(
      [
        { ...place('Manifest.plist'), parts: [plist] },
        { ...place('Manifest.db'), parts },
      ],
      96,
      size,
    );
  }

  /** Moves what was uploaded to its place and removes what is no longer in the phone. */
  async #settle(files: readonly ContentFile[]): Promise<void> {
    const root = this.#root;
    await this.#status('Status.plist', 'moving', 97);
    for (const name of new Set(files.map((file) => fileId(file).slice(0, 2))))
      await this.#host.makeDirectory(`${root}/${name}`);
    for (const batch of batches(files)) {
      const pairs = batch.map((file) => {
        const id = fileId(file);
        return [`${root}/Snapshot/${id.slice(0, 2)}/${id}`, `${root}/${id.slice(0, 2)}/${id}`] as const;
      });
      await this.#host.move(Object.fromEntries(pairs), 97);
    }
    const manifests = ['Manifest.plist', 'Manifest.db'].map((name) => [`${root}/Snapshot/${name}`, `${root}/${name}`]);
    await this.#host.move(Object.fromEntries(manifests) as Record<string, string>, 98);
    await this.#status('Status.plist', 'removing', 98);
    const stale = this.#plan.stale.map((id) => `${root}/${id.slice(0, 2)}/${id}`);
    await this.#host.remove([`${root}/Snapshot`, ...stale], 99);
    await this.#status('Status.plist', this.#device.faults.lastState ?? 'finished', 100);
  }

  #status(name: string, state: string, progress: number): Promise<void> {
    const bytes = writeBinaryPlist({
      UUID: '7F3C1C9A-1111-4222-8333-444455556666',
      IsFullBackup: this.#plan.full,
      Version: '3.3',
      BackupState: 'new',
      Date: new Date(this.#device.now * 1000),
      SnapshotState: state,
    });
    const upload = { devicePath: '/private/var/tmp/Status.plist', path: `${this.#root}/${name}`, parts: [bytes] };
    return this.#host.upload([upload], progress, bytes.length);
  }
}

function* batches(files: readonly ContentFile[]): Generator<readonly ContentFile[]> {
  let batch: ContentFile[] = [];
  let bytes = 0;
  for (const file of files) {
    batch.push(file);
    bytes += file.size;
    if (batch.length < batchFiles && bytes < batchBytes) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}
