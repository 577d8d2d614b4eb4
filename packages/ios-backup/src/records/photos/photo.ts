import type { Attachment } from '../attachment.ts';

/** The domain of the library. */
export const cameraRoll = 'CameraRollDomain';

export interface Photo {
  readonly id: string;
  readonly kind: 'photo' | 'video' | 'live photo';
  /** The name that the camera or the app gave it, where that differs from the name in the folder. */
  readonly originalName: string | undefined;
  readonly taken: Date | undefined;
  readonly added: Date | undefined;
  readonly timeZone: string | undefined;
  readonly place: { readonly latitude: number; readonly longitude: number } | undefined;
  readonly favourite: boolean;
  readonly hidden: boolean;
  readonly recentlyDeleted: boolean;
  readonly deletedAt: Date | undefined;
  readonly albums: readonly string[];
  readonly durationSeconds: number | undefined;
  readonly original: Attachment;
  /** The film of a Live Photo. */
  readonly movie: Attachment | undefined;
  /** What it looks like after it was edited. */
  readonly edited: Attachment | undefined;
  /** The film of a Live Photo after it was edited. */
  readonly editedMovie: Attachment | undefined;
}
