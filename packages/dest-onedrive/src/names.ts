/** https://support.microsoft.com/office/64883a5d-228e-48f5-b3d2-eb39e07630fa: names that OneDrive or Windows keeps for itself. */
const reserved = /^(\.lock|con|prn|aux|nul|com\d|lpt\d|desktop\.ini|forms)$/;

/**
 * A part of a key as the name of a file or folder. A key has no `~`, so one is put where OneDrive would not take the name: behind a reserved
 * one or one that ends with a dot, and into `_vti_`.
 */
export const nameOf = (part: string): string => {
  const open = part.replaceAll('_vti_', '_vti~_');
  return reserved.test(part) || part.endsWith('.') ? `${open}~` : open;
};

/** Back again; `undefined` for what is none of our names. */
export const partOf = (name: string): string | undefined => {
  const part = name.replaceAll('~', '');
  return nameOf(part) === name ? part : undefined;
};
