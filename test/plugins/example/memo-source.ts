/** A third-party source: notes that stand in the configuration itself, one file each. */
import { bytesFromText, type BytePath, type SourcePlugin } from '@triplicate/core';
import { z } from 'zod';

const options = z.strictObject({
  notes: z.record(z.string(), z.string()).describe('Text of each note by its name'),
});

async function* textOf(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text);
}

const plugin: SourcePlugin<z.infer<typeof options>> = {
  apiVersion: 1,
  kind: 'source',
  type: 'memo',
  summary: 'Notes out of the configuration',
  options,
  async open({ notes }) {
    return {
      label: 'memos',
      identity: { host: 'memo', paths: ['/memo'] },
      base: 'empty',
      async capture(builder, { signal }) {
        for (const [name, text] of Object.entries(notes)) {
          const path = bytesFromText(`memo/${name}.txt`) as BytePath;
          await builder.putFile(path, { mode: 0o600, mtimeNs: 0n, size: Buffer.byteLength(text) }, textOf(text), {
            signal,
          });
        }
        return {};
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
};

export default plugin;
