/** How one blob stands in the table: words of 32 bits, the same in the sorted and in the dynamic part. */

/** Words of 32 bits in an entry: eight of the id, the pack's number, the offset, the length with two flags. */
export const entryWords = 11;
export const packWord = 8;
export const offsetWord = 9;
export const lengthWord = 10;
/** Flags in the length word; a sealed blob is shorter than 1 GiB. */
export const compressedFlag = 0x4000_0000;
export const treeFlag = 0x8000_0000;
export const lengthMask = 0x3fff_ffff;
/** Flag in the pack word: the blob stands in further packs too. */
export const furtherFlag = 0x8000_0000;
/** Pack word of a blob that a worker has claimed and not yet sealed. */
export const claimedPack = 0x7fff_ffff;
