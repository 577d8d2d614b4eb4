import { type ContentFile, openContent } from '../content/content-file.ts';
import type { SimDevice } from '../device.ts';

export interface MediaView {
  readonly domains: readonly string[];
  /** What the paths of the content begin with. */
  readonly prefix: string;
}

export type MediaEntry =
  | { readonly kind: 'dir'; readonly modified: number }
  | { readonly kind: 'file'; readonly modified: number; readonly size: number; read(): Buffer };

/** The files that AFC shows: what is written there, over what the phone's content has. Paths begin without a slash; the root is empty. */
export class MediaTree {
  readonly #device: SimDevice;
  readonly #view: MediaView;

  constructor(device: SimDevice, view: MediaView) {
    this.#device = device;
    this.#view = view;
  }

  entry(path: string): MediaEntry | undefined {
    const written = this.#device.mediaFiles;
    if (written.has(this.#key(path))) {
      const bytes = written.get(this.#key(path));
      if (bytes === undefined) return { kind: 'dir', modified: this.#device.now };
      return { kind: 'file', modified: this.#device.now, size: bytes.length, read: () => bytes };
    }
    const file = this.#files().get(path);
    if (file)
      return {
        kind: 'file',
        modified: file.modified,
        size: file.size,
        read: () => Buffer.concat([...openContent(file)]),
      };
    const isFolder = path === '' || this.#paths().some((other) => other.startsWith(`${path}/`));
    return isFolder ? { kind: 'dir', modified: this.#device.now } : undefined;
  }

  children(path: string): readonly string[] {
    const prefix = path === '' ? '' : `${path}/`;
    const names = this.#paths().flatMap((other) =>
      other.startsWith(prefix) ? (other.slice(prefix.length).split('/')[0] ?? []) : [],
    );
    return [...new Set(names)].filter((name) => name !== '').sort();
  }

  write(path: string, bytes: Buffer | undefined): void {
    this.#device.mediaFiles.set(this.#key(path), bytes);
  }

  remove(path: string): boolean {
    return this.#device.mediaFiles.delete(this.#key(path));
  }

  #key(path: string): string {
    return `${this.#view.domains.join(',')}:${path}`;
  }

  #paths(): string[] {
    const own = this.#key('');
    const written = [...this.#device.mediaFiles.keys()]
      .filter((key) => key.startsWith(own))
      .map((key) => key.slice(own.length));
    return [...this.#files().keys(), ...written];
  }

  #files(): Map<string, ContentFile> {
    const files = new Map<string, ContentFile>();
    for (const file of this.#device.content.values())
      if (
        file.kind === 'file' &&
        this.#view.domains.includes(file.domain) &&
        file.relativePath.startsWith(this.#view.prefix)
      )
        files.set(file.relativePath.slice(this.#view.prefix.length), file);
    return files;
  }
}
