// @ts-check
import { bytesFromText, pluginApiVersion } from '@triplicate/core';
import { z } from 'zod';

/** @import { BytePath, SourcePlugin } from '@triplicate/core' */

/** @type {(text: string) => AsyncIterable<Uint8Array>} */
const contentOf = async function* (text) {
  yield Buffer.from(text);
};

/**
 * Notes that stand in the configuration itself, one file each.
 *
 * @type {SourcePlugin<{ notes: Record<string, string> }>}
 */
const plugin = {
  apiVersion: pluginApiVersion,
  kind: 'source',
  type: 'memo',
  summary: 'Notes out of the configuration.',
  options: z.strictObject({
    notes: z.record(z.string().regex(/^\w+$/), z.string()).describe('Text of each note by its name'),
  }),
  open: async ({ notes }) => ({
    label: 'memos',
    // What tells its snapshots from those of others.
    identity: { host: 'memo', paths: ['/memo'] },
    // Each run says everything; a source that says what changed begins with `previous`.
    base: 'empty',
    async capture(builder, { signal }) {
      for (const [name, text] of Object.entries(notes)) {
        signal.throwIfAborted();
        const path = /** @type {BytePath} */ (bytesFromText(`memo/${name}.txt`));
        const info = { mode: 0o600, mtimeNs: 0n, size: Buffer.byteLength(text) };
        await builder.putFile(path, info, contentOf(text), { signal });
      }
      return {};
    },
    [Symbol.asyncDispose]: async () => {},
  }),
};

export default plugin;
