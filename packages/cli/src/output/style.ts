import { styleText } from 'node:util';
import type { OutputStream } from '../surroundings.ts';

type Format = Parameters<typeof styleText>[0];

/** The few things that colour says. Without colour each gives its text back. */
export interface Style {
  readonly isColoured: boolean;
  /** For names and headings. */
  readonly strong: (text: string) => string;
  /** For what may be passed over. */
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly caution: (text: string) => string;
  readonly bad: (text: string) => string;
  /** For ids and commands to type. */
  readonly code: (text: string) => string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** https://no-color.org and https://force-color.org: both count when they are not empty, and FORCE_COLOR wins, as in Node itself. */
export const wantsColour = (stream: Pick<OutputStream, 'isTTY'>, env: Environment): boolean => {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  if (env['NO_COLOR']) return false;
  return stream.isTTY === true && env['TERM'] !== 'dumb';
};

export const createStyle = (isColoured: boolean): Style => {
  const as =
    (format: Format) =>
    (text: string): string =>
      isColoured ? styleText(format, text, { validateStream: false }) : text;
  return {
    isColoured,
    strong: as('bold'),
    faint: as('dim'),
    good: as('green'),
    caution: as('yellow'),
    bad: as('red'),
    code: as('cyan'),
  };
};
