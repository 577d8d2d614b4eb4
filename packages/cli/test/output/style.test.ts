import { describe, expect, it } from 'vitest';
import { createStyle, wantsColour } from '../../src/output/style.ts';

describe('colour', () => {
  const terminal = { isTTY: true };
  it.each([
    [terminal, {}, true],
    [{}, {}, false],
    [terminal, { TERM: 'dumb' }, false],
    [terminal, { NO_COLOR: '1' }, false],
    [terminal, { NO_COLOR: '' }, true],
    [{}, { FORCE_COLOR: '1' }, true],
    [terminal, { FORCE_COLOR: '0' }, false],
    [terminal, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ])('on %o with %o is %s', (stream, env, wanted) => {
    expect(wantsColour(stream, env)).toBe(wanted);
  });

  it('is nothing at all when it is off', () => {
    expect(createStyle(false).bad('gone')).toBe('gone');
    expect(createStyle(true).bad('gone')).toBe('\u001b[31mgone\u001b[39m');
  });
});
