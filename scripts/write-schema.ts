// Writes config/triplicate.schema.json out of the schemas that check a configuration. Run it after a change of any option.
import { writeFile } from 'node:fs/promises';
import { renderSchema } from './render-schema.ts';

await writeFile(new URL('../config/triplicate.schema.json', import.meta.url), await renderSchema());
