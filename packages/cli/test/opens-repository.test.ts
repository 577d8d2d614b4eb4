import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openingCommandOf, openingCommands } from '../src/opens-repository.ts';

describe('a command line that will open a repository', () => {
  it('is known wherever its command stands', () => {
    expect(openingCommandOf(['--config', 'x.yaml', 'backup'])).toBe('backup');
    expect(openingCommandOf(['snapshots', '--json'])).toBe('snapshots');
    expect(openingCommandOf(['backup', '--help'])).toBeUndefined();
    expect(openingCommandOf(['--version'])).toBeUndefined();
    expect(openingCommandOf(['devices', 'list'])).toBeUndefined();
  });

  it('names commands that there are', () => {
    const files = readdirSync(join(import.meta.dirname, '../src/commands')).map((file) => file.replace('.ts', ''));
    for (const command of openingCommands) expect(files).toContain(command);
  });
});
