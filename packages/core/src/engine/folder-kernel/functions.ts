import { call, type Code, type FunctionSource } from '../../transform/wasm/assembler.ts';

/** In the order in which they stand in the module. */
export const functionNames = [
  'compare',
  'list',
  'merge',
  'sort',
  'find',
  'match',
  'minute',
  'time',
  'rest',
  'same',
  'contents',
  'plain',
  'name',
  'tree',
  'judge',
] as const;

export type FunctionName = (typeof functionNames)[number];
export type Functions = Readonly<Record<FunctionName, FunctionSource>>;

export const callOf = (name: FunctionName, ...parameters: Code[]): Code =>
  call(functionNames.indexOf(name), ...parameters);
