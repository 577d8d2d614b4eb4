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

/** Which of them a command line is for, as far as can be told before it is parsed: a guess costs little when it is wrong. */
export const openingCommandOf = (parameters: readonly string[]): string | undefined =>
  parameters.some((one) => one === '--help' || one === '-h')
    ? undefined
    : parameters.find((one) => openingCommands.has(one));
