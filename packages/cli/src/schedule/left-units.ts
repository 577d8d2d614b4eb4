import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { commandText, type System } from './plan-units.ts';
import { readUnit } from './read-unit.ts';
import type { UnitFile } from './units.ts';

/** What was installed for a pipeline that has no times any more: it was renamed or removed, or runs otherwise now. */
export interface LeftUnit {
  readonly pipeline: string;
  readonly files: readonly UnitFile[];
}

/** The file that names the command, and one that stands beside it. */
const namesOf: Readonly<Record<System, readonly [RegExp, ((pipeline: string) => string)?]>> = {
  systemd: [/^triplicate-(.+)\.service$/, (pipeline) => `triplicate-${pipeline}.timer`],
  launchd: [/^io\.triplicate\.(.+)\.plist$/],
  'task-scheduler': [/^triplicate-(.+)\.xml$/],
};

/** In the folder of units, for this configuration file alone: another one may have units there as well. */
export const leftUnits = async (
  folder: string,
  {
    system,
    configFile,
    planned,
  }: { readonly system: System; readonly configFile: string; readonly planned: ReadonlySet<string> },
): Promise<LeftUnit[]> => {
  const [pattern, beside] = namesOf[system];
  const names = (await readdir(folder).catch((): string[] => [])).toSorted();
  const left: LeftUnit[] = [];
  for (const name of names) {
    const pipeline = pattern.exec(name)?.[1];
    if (pipeline === undefined || planned.has(pipeline)) continue;
    const text = await readUnit(join(folder, name), system);
    if (text?.includes(commandText(['--config', configFile, '--pipeline', pipeline], system)) !== true) continue;
    const other = beside?.(pipeline) ?? '';
    const otherText = names.includes(other) ? await readUnit(join(folder, other), system) : undefined;
    left.push({
      pipeline,
      files: [{ name, text }, ...(otherText === undefined ? [] : [{ name: other, text: otherText }])],
    });
  }
  return left;
};
