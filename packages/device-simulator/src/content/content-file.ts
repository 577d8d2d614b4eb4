import { createHash, hash } from 'node:crypto';
import { keystream } from './keystream.ts';

/** One thing in the phone that a backup holds. */
export interface ContentFile {
  readonly domain: string;
  readonly relativePath: string;
  readonly kind: 'file' | 'dir' | 'symlink';
  /** Permission bits. */
  readonly mode: number;
  /** Unix seconds. */
  readonly modified: number;
  /** Data protection class, 1 to 4; 0 for folders. */
  readonly protection: number;
  readonly size: number;
  /** From a seed, as it is, or (of a large file that was restored) only its SHA-256. */
  readonly content: { readonly seed: string } | { readonly bytes: Buffer } | { readonly digest: string } | undefined;
  readonly target?: string;
}

/** SHA-1 over domain and path, as iOS names the files of a backup. */
export const fileId = ({ domain, relativePath }: Pick<ContentFile, 'domain' | 'relativePath'>): string =>
  hash('sha1', `${domain}-${relativePath}`);

export const contentKey = ({ domain, relativePath }: ContentFile): string => `${domain}-${relativePath}`;

export function* openContent({ content, size }: ContentFile): Generator<Buffer> {
  if (content === undefined) return;
  if ('digest' in content) throw new Error('the content of a large restored file was verified and not kept');
  if ('bytes' in content) yield content.bytes;
  else yield* keystream(content.seed, size);
}

export const digestOf = (file: ContentFile): string => {
  if (file.content && 'digest' in file.content) return file.content.digest;
  const digest = createHash('sha256');
  for (const part of openContent(file)) digest.update(part);
  return digest.digest('hex');
};

type FileInput = Pick<ContentFile, 'domain' | 'relativePath' | 'modified'> &
  Partial<Pick<ContentFile, 'mode' | 'protection'>>;

export const seededFile = (input: FileInput & { readonly size: number; readonly seed: string }): ContentFile => ({
  mode: 0o644,
  protection: 3,
  ...input,
  kind: 'file',
  content: { seed: input.seed },
});

export const bytesFile = (input: FileInput & { readonly bytes: Buffer }): ContentFile => ({
  mode: 0o644,
  protection: 3,
  ...input,
  kind: 'file',
  size: input.bytes.length,
  content: { bytes: input.bytes },
});

export const folder = ({ domain, relativePath, modified }: FileInput): ContentFile => ({
  domain,
  relativePath,
  modified,
  kind: 'dir',
  mode: 0o755,
  protection: 0,
  size: 0,
  content: undefined,
});
