/** Destinations with `readOnly`: they are read, checked and proven, and nothing is brought to them. */
import { BackupError } from '../errors.ts';
import type { Pipeline } from './pipeline.ts';

export const isReadOnly = ({ destinations }: Pick<Pipeline, 'destinations'>, name: string): boolean =>
  destinations.find((configured) => configured.name === name)?.readOnly === true;

/** Why it takes no part where something is written. */
export const readOnlyError = (name: string): BackupError =>
  new BackupError('READ_ONLY', `"${name}" is read only in the configuration`, {
    hint: 'remove `readOnly` from it to let it be written',
    context: { destination: name },
  });
