/** What the header of a zstd frame says (RFC 8878, 3.1.1.1): the content's size where it is stated; undefined for no frame at all. */
export const readFrameHeader = (frame: Uint8Array): { readonly contentSize: number | undefined } | undefined => {
  if (frame.length < 5) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint32(0, true) !== 0xfd2f_b528) return undefined;
  const descriptor = view.getUint8(4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6] ?? 0;
  const at = 5 + (singleSegment ? 0 : 1) + dictionaryBytes;
  if (frame.length < at + sizeBytes) return undefined;
  return { contentSize: readSize(view, at, sizeBytes) };
};

const readSize = (view: DataView, at: number, bytes: number): number | undefined => {
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  if (bytes === 4) return view.getUint32(at, true);
  if (bytes === 8) return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
  return undefined;
};
