import type { Catalog } from '../catalog/catalog.ts';
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import type { Pipeline } from './pipeline.ts';
import type { PipelineState, StateContent } from './pipeline-state.ts';

const told = new WeakSet<PipelineState | Catalog>();

/**
 * Remembers what later runs warn by. Where it cannot be written, the work goes on and a warning says so, once; what stood there before still
 * holds. What a person asked to have remembered goes through `state.change`, which throws.
 */
export const note = async (
  { state, emit, signal }: Pick<Pipeline, 'state' | 'emit' | 'signal'>,
  edit: (content: StateContent) => StateContent,
): Promise<void> => {
  try {
    await state.change(edit);
  } catch (cause) {
    throwIfAborted(signal);
    if (told.has(state)) return;
    told.add(state);
    const { code, message, hint, context } = toBackupError(cause);
    const until = 'until then a disk that was exchanged or has lost snapshots may go unnoticed';
    emit({ type: 'warning', error: new BackupError(code, message, { hint: `${hint}; ${until}`, context, cause }) });
  }
};

/** The same with the catalog, where there is one. */
export const noteInCatalog = (
  { catalog, emit }: Pick<Pipeline, 'catalog' | 'emit'>,
  write: (catalog: Catalog) => void,
): void => {
  try {
    if (catalog) write(catalog);
  } catch (cause) {
    if (!catalog || told.has(catalog)) return;
    told.add(catalog);
    emit({ type: 'warning', error: toBackupError(cause) });
  }
};

/** For what looks: without a catalog that cannot be used, which a warning names. */
export const withUsableCatalog = (pipeline: Pipeline): Pipeline => {
  let usable = false;
  noteInCatalog(pipeline, (catalog) => {
    catalog.runs(1);
    usable = true;
  });
  if (usable) return pipeline;
  const { catalog: _, ...rest } = pipeline;
  return rest;
};
