import { PassThrough } from 'node:stream';
import type { OutputStream } from '../../src/surroundings.ts';

/** A screen that understands what live lines need: moving up, clearing, hiding the cursor. Lines wrap at its width. */
export class Terminal {
  readonly stream: OutputStream;
  readonly columns: number;
  cursorIsHidden = false;
  #rows: string[] = [''];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows = 24) {
    this.columns = columns;
    const stream = new PassThrough();
    stream.on('data', (data: Buffer) => this.#take(data.toString('utf8')));
    this.stream = Object.assign(stream, { isTTY: true, columns, rows });
  }

  /** What a person sees, without trailing blanks. */
  get screen(): string {
    return this.#rows
      .map((row) => row.trimEnd())
      .join('\n')
      .trimEnd();
  }

  #take(text: string): void {
    // oxlint-disable-next-line no-control-regex -- escapes are what this is about
    for (const [part] of text.matchAll(/\u001b\[[?\d;]*[A-Za-z]|[\s\S]/gu)) {
      if (part.startsWith('\u001b[')) this.#escape(part);
      else if (part === '\n') this.#moveTo(this.#row + 1, 0);
      else if (part === '\r') this.#column = 0;
      else this.#put(part);
    }
  }

  #escape(sequence: string): void {
    const count = Number.parseInt(sequence.slice(2), 10) || 1;
    if (sequence.endsWith('A')) this.#moveTo(Math.max(0, this.#row - count), this.#column);
    else if (sequence.endsWith('K')) this.#rows[this.#row] = this.#line.slice(0, this.#column);
    else if (sequence.endsWith('J'))
      this.#rows.splice(this.#row, Number.POSITIVE_INFINITY, this.#line.slice(0, this.#column));
    else if (sequence.endsWith('?25l')) this.cursorIsHidden = true;
    else if (sequence.endsWith('?25h')) this.cursorIsHidden = false;
  }

  get #line(): string {
    return this.#rows[this.#row] ?? '';
  }

  #moveTo(row: number, column: number): void {
    while (this.#rows.length <= row) this.#rows.push('');
    this.#row = row;
    this.#column = column;
  }

  #put(letter: string): void {
    if (this.#column >= this.columns) this.#moveTo(this.#row + 1, 0);
    const letters = Array.from(this.#line.padEnd(this.#column));
    letters[this.#column] = letter;
    this.#rows[this.#row] = letters.join('');
    this.#column += 1;
  }
}
