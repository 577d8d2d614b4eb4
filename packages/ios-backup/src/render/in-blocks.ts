const blockUnits = 64 * 1024;

/** Small pieces of text joined: a page of messages comes in thousands of them. */
export async function* inBlocks(content: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array | string> {
  let waiting = '';
  for await (const piece of content) {
    if (typeof piece === 'string') waiting += piece;
    if (waiting !== '' && (typeof piece !== 'string' || waiting.length >= blockUnits)) {
      yield waiting;
      waiting = '';
    }
    if (typeof piece !== 'string') yield piece;
  }
  if (waiting !== '') yield waiting;
}
