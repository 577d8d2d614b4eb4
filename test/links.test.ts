import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const pages = globSync(['*.md', 'docs/**/*.md', 'packages/*/README.md'], { cwd: root }).toSorted();
const read = (page: string): string => readFileSync(join(root, page), 'utf8');

const withoutCode = (text: string): string =>
  text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').replaceAll(/`[^`\n]*`/g, '');

/** The heading as its page is linked to: lower case, words joined by hyphens. */
const anchorOf = (heading: string): string =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');

const anchorsOf = (page: string): Set<string> =>
  new Set([...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading)));

const broken = (page: string): string[] =>
  [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))
    .filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), decodeURI(path));
      if (!existsSync(join(root, file))) return true;
      return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).has(anchor);
    });

describe('the pages', () => {
  it.each(pages)('%s links to nothing that is not there', (page) => {
    expect(broken(page)).toEqual([]);
  });

  it('give each decision a number of its own, which its title repeats', () => {
    const decisions = pages.filter((page) => page.startsWith('docs/adr/'));
    const numbers = decisions.map((page) => Number(basename(page).slice(0, 4)));
    expect(numbers).toEqual([...new Set(numbers)]);
    expect(decisions.map((page) => Number(/^# (\d+)\./.exec(read(page))?.[1]))).toEqual(numbers);
  });
});
