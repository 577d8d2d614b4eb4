/** Whether what `install` would write is installed, and whether the scheduler of this system knows it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { filesOf, type System } from './plan-units.ts';
import { readUnit } from './read-unit.ts';
import type { PlannedUnit, UnitFile } from './units.ts';

export type Installed = 'same' | 'differs' | 'absent';

export interface UnitState {
  /** By the name of each file. */
  readonly installed: ReadonlyMap<string, Installed>;
  /** Whether the scheduler begins it at its times; `undefined` when it cannot be asked. */
  readonly enabled: boolean | undefined;
}

/** What a command prints; `undefined` when it ends with an error, and it throws when it cannot be run. */
export type Ask = (command: readonly string[]) => Promise<string | undefined>;

export interface UnitPlace {
  readonly system: System;
  readonly folder: string;
  readonly userId: number | undefined;
  readonly ask?: Ask;
}

/** Of the files of one pipeline. The scheduler is asked only where there is one of them. */
export const stateOfUnit = async (
  files: readonly UnitFile[],
  { system, folder, userId, ask = runAndRead }: UnitPlace,
): Promise<UnitState> => {
  const installed = new Map<string, Installed>();
  for (const { name, text } of files) {
    const there = await readUnit(join(folder, name), system);
    installed.set(name, there === undefined ? 'absent' : there === text ? 'same' : 'differs');
  }
  const last = files.at(-1)?.name ?? '';
  const isThere = [...installed.values()].some((state) => state !== 'absent');
  if (!isThere) return { installed, enabled: false };
  const enabled = await isEnabled(last, { system, userId, ask }).catch(() => undefined);
  return { installed, enabled };
};

const isEnabled = async (
  file: string,
  { system, userId, ask }: Omit<UnitPlace, 'folder'> & { readonly ask: Ask },
): Promise<boolean | undefined> => {
  switch (system) {
    case 'systemd': {
      const timer = file.replace(/\.service$/, '.timer');
      const shown = await ask(['systemctl', '--user', 'show', '--property=UnitFileState,ActiveState', timer]);
      if (shown === undefined) return undefined;
      return shown.includes('UnitFileState=enabled') && shown.includes('ActiveState=active');
    }
    case 'launchd':
      return (await ask(['launchctl', 'print', `gui/${userId ?? 501}/${file.replace(/\.plist$/, '')}`])) !== undefined;
    case 'task-scheduler': {
      const shown = await ask(['schtasks', '/Query', '/TN', file.replace(/\.xml$/, ''), '/XML']);
      return shown !== undefined && !shown.includes('<Enabled>false</Enabled>');
    }
  }
};

const exec = promisify(execFile);

const runAndRead: Ask = async ([program = '', ...parameters]) => {
  try {
    return (await exec(program, parameters, { timeout: 10_000 })).stdout;
  } catch (error) {
    // One that ran has a number for its code.
    if (typeof (error as { code?: unknown }).code === 'number') return undefined;
    throw error;
  }
};

/** One sentence of it, and whether something is to be done. */
export const wordsOfUnit = (
  pipeline: string,
  { installed, enabled }: UnitState,
  system: System,
): { readonly text: string; readonly isGood: boolean } => {
  const states = [...installed.values()];
  const install = '`triplicate schedule install`';
  if (states.every((state) => state === 'absent'))
    return { text: `${pipeline} is not installed: ${install} does it`, isGood: false };
  const differing = [...installed].filter(([, state]) => state !== 'same');
  if (differing.length > 0) {
    const words = differing.map(([name, state]) => `${name} is ${state === 'absent' ? 'not there' : 'not as shown'}`);
    return {
      text: `${pipeline} is installed otherwise (${words.join(', ')}): ${install} writes it anew`,
      isGood: false,
    };
  }
  if (enabled === false)
    return {
      text: `${pipeline} is installed as shown, and ${system} does not begin it: ${install} takes it up`,
      isGood: false,
    };
  const known = enabled ? `${system} begins it at its times` : `${system} could not be asked whether it begins it`;
  return { text: `${pipeline} is installed as shown, and ${known}`, isGood: enabled === true };
};

export interface PipelineState {
  readonly pipeline: string;
  readonly state: UnitState;
}

export const statesOf = (units: readonly PlannedUnit[], place: UnitPlace): Promise<readonly PipelineState[]> =>
  Promise.all(
    units.map(async (unit) => ({
      pipeline: unit.name,
      state: await stateOfUnit(filesOf(unit, place.system), place),
    })),
  );

/** What a line of `--json` has of it. */
export const fieldsOf = (
  name: string,
  states: readonly PipelineState[],
): { installed?: Installed; enabled?: boolean } => {
  const own = states.find(({ state }) => state.installed.has(name))?.state;
  const installed = own?.installed.get(name);
  if (own === undefined || installed === undefined) return {};
  return { installed, ...(own.enabled === undefined ? {} : { enabled: own.enabled }) };
};
