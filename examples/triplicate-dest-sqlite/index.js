// @ts-check
import { pluginApiVersion } from '@triplicate/core';
import { z } from 'zod';
import { openSqlite } from './sqlite-destination.js';

/** @type {import('@triplicate/core').DestinationPlugin<{ file: string }>} */
const plugin = {
  apiVersion: pluginApiVersion,
  kind: 'destination',
  type: 'sqlite',
  summary: 'One SQLite file that holds every object.',
  options: z.strictObject({
    file: z.string().min(1).describe('The file; its folder has to be there, the first write makes the file'),
  }),
  open: openSqlite,
};

export default plugin;
