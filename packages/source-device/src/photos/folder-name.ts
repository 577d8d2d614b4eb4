/** What a disk takes for a name, with what stands between the two. */
const nameBytes = 150;
const idBytes = 100;

/** A folder that a person recognises: the name of the app, without what a path cannot hold; its identifier where nothing is left. */
export const folderName = (name: string, id: string): string => {
  const plain = name
    .toWellFormed()
    .replace(/[\ufffd\p{Cc}/\\:*?"<>|]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^\.+|\.+$/g, '');
  const safeId =
    id
      .replace(/[^A-Za-z0-9.-]/g, '-')
      .replace(/^\.+/, '')
      .slice(0, idBytes) || 'unnamed';
  return plain === '' ? safeId : `${startOf(plain.slice(0, 100))} (${safeId})`;
};

/** As much of it as fits, without half of a character at the end. */
const startOf = (text: string): string => {
  const bytes = Buffer.from(text.toWellFormed(), 'utf8');
  return bytes
    .subarray(0, nameBytes)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
};
