/** A folder that a person recognises: the name of the app, without what a path cannot hold; its identifier where nothing is left. */
export const folderName = (name: string, id: string): string => {
  const plain = name
    .replace(/[\p{Cc}/\\:*?"<>|]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^\.+|\.+$/g, '');
  const safeId = id.replace(/[^A-Za-z0-9.-]/g, '-').replace(/^\.+/, '');
  return plain === '' ? safeId : `${plain.slice(0, 100)} (${safeId})`;
};
