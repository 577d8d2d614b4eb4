/** A third-party destination, for the program as a process of its own: a folder that is in one of the troubles of `troubles.ts`. */
import { dirname, resolve } from 'node:path';
import type { DestinationPlugin } from '@triplicate/core';
import localPlugin from '@triplicate/dest-local';
import { z } from 'zod';
import { troubles } from './troubles.ts';

const options = z.strictObject({
  path: z.string().min(1).describe('The folder'),
  trouble: z.enum(troubles.map(({ name }) => name)).describe('What is wrong with it'),
});

const plugin: DestinationPlugin<z.infer<typeof options>> = {
  apiVersion: 1,
  kind: 'destination',
  type: 'troubled',
  summary: 'A folder in trouble',
  options,
  async open({ path, trouble: name }, context) {
    const folder = resolve(context.configDirectory, path);
    const inner = await localPlugin.open(localPlugin.options.parse({ path: folder }), context);
    return troubles.find((trouble) => trouble.name === name)?.wrap?.(inner, dirname(folder)) ?? inner;
  },
};

export default plugin;
