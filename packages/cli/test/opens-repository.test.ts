import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openingCommands, opensRepository } from '../src/opens-repository.ts';

describe('a command line that will open a repository', () => {
  it('is known wherever its command stands', () => {
    expect(opensRepository(['--config', 'x.yaml', 'backup'])).toBe(true);
    expect(opensRepository(['snapshots', '--json'])).toBe(true);
    expect(opensRepository(['backup', '--help'])).toBe(false);
    expect(opensRepository(['--version'])).toBe(false);
    expect(opensRepository(['devices', 'list'])).toBe(false);
  });

  it('names commands that there are', () => {
    const files = readdirSync(join(import.meta.dirname, '../src/commands')).map((file) => file.replace('.ts', ''));
    for (const command of openingCommands) expect(files).toContain(command);
  });
});
