import type { NoteLine } from '../../decode/note-document.ts';
import type { NoteTable } from '../../decode/note-table.ts';
import type { Attachment } from '../attachment.ts';

/** Something that stands inside a note where its text has U+FFFC. */
export type NoteObject =
  | { readonly kind: 'table'; readonly table: NoteTable }
  | { readonly kind: 'file'; readonly file: Attachment }
  | { readonly kind: 'link'; readonly url: string; readonly title: string | undefined }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unknown'; readonly type: string };

export interface Note {
  readonly id: string;
  readonly title: string;
  readonly folder: string | undefined;
  readonly account: string | undefined;
  readonly created: Date | undefined;
  readonly modified: Date | undefined;
  readonly pinned: boolean;
  readonly deleted: boolean;
  readonly locked: boolean;
  readonly passwordHint: string | undefined;
  /** Why there is no body, when there is none although the note has one. */
  readonly unreadable: string | undefined;
  readonly lines: readonly NoteLine[];
  /** By the identifier that the runs carry. */
  readonly objects: ReadonlyMap<string, NoteObject>;
}
