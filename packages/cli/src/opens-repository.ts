/** Commands that open a repository with its password, before anything else that takes time. */
export const openingCommands: ReadonlySet<string> = new Set([
  'backup',
  'cat',
  'check',
  'diff',
  'export',
  'find',
  'forget',
  'heal',
  'keys',
  'ls',
  'proof',
  'prune',
  'publish',
  'restore',
  'snapshots',
  'stats',
  'status',
  'sync',
]);

/** Whether a command line is for one of them, as far as can be told before it is parsed: a guess costs little when it is wrong. */
export const opensRepository = (parameters: readonly string[]): boolean =>
  parameters.some((one) => openingCommands.has(one)) && !parameters.some((one) => one === '--help' || one === '-h');
