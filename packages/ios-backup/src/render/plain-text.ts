import { printable } from '@triplicate/core';

// oxlint-disable-next-line no-control-regex -- exactly what a terminal obeys
const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** A name or a title in a text file: one line of it, and nothing that a terminal obeys. */
export const oneLine = (text: string): string => paragraphs(text, '').replaceAll(/[\n\t\u2028\u2029]/g, printable);

/** Words of several lines, each but the first behind `indent`, and nothing that a terminal obeys. */
export const paragraphs = (text: string, indent = '    '): string =>
  text.replaceAll(/\r\n?/g, '\n').replaceAll(obeyed, printable).replaceAll('\n', `\n${indent}`);
