import { shellWord } from '@triplicate/core';
import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { asTyped, givenOf, wrapped } from '../../src/output/prose.ts';
import { createStyle } from '../../src/output/style.ts';

it('breaks between words, and keeps further lines under the first', () => {
  expect(wrapped('  hint: mount the place if it is not there', 24)).toBe(
    '  hint: mount the place\n  if it is not there',
  );
});

it('keeps further lines of a coloured hint under the first, wherever its colour begins', () => {
  const { faint } = createStyle(true);
  const wanted = ['  hint: mount the place', '  if it is not there'];
  for (const hint of [
    faint('  hint: mount the place if it is not there'),
    `  ${faint('hint: mount the place if it is not there')}`,
    ` ${faint(' hint: mount the place if it is not there')}`,
  ])
    expect(stripVTControlCharacters(wrapped(hint, 24)).split('\n')).toEqual(wanted);
});

it('breaks no word, and nothing where there is no terminal', () => {
  const path = `/${'a'.repeat(40)}`;
  expect(wrapped(`at ${path}`, 30).split('\n')).toContain(path);
  expect(wrapped('one two three four five six seven', 0)).toBe('one two three four five six seven');
});

it('leaves a command that is shown in one line, to be copied', () => {
  const command = `$ triplicate restore latest --to device:${'0'.repeat(24)}`;
  expect(wrapped(`\u001b[36m${command}\u001b[39m`, 40)).toContain(command);
});

it('names commands as npx runs them', () => {
  const npx = { env: { npm_lifecycle_event: 'npx' } };
  expect(asTyped('run `triplicate heal`, then triplicate backup', npx)).toBe(
    'run `npx triplicate heal`, then npx triplicate backup',
  );
  expect(asTyped('triplicate --repo nas snapshots', npx)).toBe('npx triplicate --repo nas snapshots');
  expect(asTyped('a mistake of triplicate itself', npx)).toBe('a mistake of triplicate itself');
  expect(asTyped('run `triplicate heal`', { env: {} })).toBe('run `triplicate heal`');
});

it('names commands with what makes them work on the same configuration', () => {
  const given = givenOf({ config: 'my files.yaml', pipeline: 'family' }, shellWord);
  const typed = (text: string): string => asTyped(text, { env: {}, given });
  expect(typed('next: triplicate backup')).toBe('next: triplicate -c "my files.yaml" -p family backup');
  expect(typed('run `triplicate heal a`, then triplicate sync')).toBe(
    'run `triplicate -c "my files.yaml" -p family heal a`, then triplicate -c "my files.yaml" -p family sync',
  );
  expect(typed('To pair: triplicate devices pair')).toBe('To pair: triplicate devices pair');
  expect(typed('see `triplicate --help`')).toBe('see `triplicate --help`');
});

it('names the folder again where the command was given one, and not to what needs a configuration', () => {
  const typed = (text: string): string => asTyped(text, { env: {}, given: givenOf({ repo: '/media/usb' }, shellWord) });
  expect(typed('`triplicate snapshots` lists them')).toBe('`triplicate --repo /media/usb snapshots` lists them');
  expect(typed('run `triplicate init`')).toBe('run `triplicate init`');
});
