import type { OutputStream } from '../surroundings.ts';
import type { Overlay } from '../output/output.ts';
import { widthOf } from '../output/width.ts';

const repaintMs = 100;
/** Without news, rates and the time left are drawn again so often. */
const refreshMs = 1000;
const escape = '\u001b[';
const hideCursor = `${escape}?25l`;
const showCursor = `${escape}?25h`;
const toLineEnd = `${escape}K`;
const toScreenEnd = `${escape}J`;
/** Between these a terminal that knows them shows nothing half-drawn; the others pass over them. */
const beginUpdate = `${escape}?2026h`;
const endUpdate = `${escape}?2026l`;

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/**
 * Lines that stand at the bottom of a terminal and are drawn over at most ten times a second. The cursor is hidden meanwhile; whoever
 * starts it stops it, in a `finally`.
 */
export class LiveLines implements Overlay, Disposable {
  readonly #stream: OutputStream;
  readonly #draw: (size: TerminalSize) => readonly string[];
  readonly #timer: NodeJS.Timeout;
  #shown: readonly string[] = [];
  #isStale = true;
  #drawnAt = 0;
  #stopped = false;

  constructor(stream: OutputStream, draw: (size: TerminalSize) => readonly string[]) {
    this.#stream = stream;
    this.#draw = draw;
    this.#stream.write(hideCursor);
    this.#timer = setInterval(() => this.#repaint(), repaintMs);
  }

  get #size(): TerminalSize {
    return { columns: this.#stream.columns || 80, rows: this.#stream.rows || 24 };
  }

  /** Something has changed: it is drawn at the next tick. */
  invalidate(): void {
    this.#isStale = true;
  }

  #repaint(): void {
    const now = performance.now();
    if (!this.#isStale && now - this.#drawnAt < refreshMs) return;
    this.#isStale = false;
    this.#drawnAt = now;
    this.#stream.write(this.#over(this.#draw(this.#size)));
  }

  printAbove(text: string): void {
    this.aside(() => this.#stream.write(`${text}\n`));
  }

  aside<T>(write: () => T): T {
    if (this.#stopped) return write();
    const lines = this.#shown;
    this.#stream.write(`${beginUpdate}${this.#toTop()}${toScreenEnd}`);
    this.#shown = [];
    try {
      return write();
    } finally {
      this.#stream.write(this.#over(lines));
    }
  }

  /** The new lines where the old ones are. */
  #over(lines: readonly string[]): string {
    const text = lines.map((line) => `${line}${toLineEnd}`).join('\n');
    const drawn = `${beginUpdate}${this.#toTop()}${text}${lines.length > 0 ? '\n' : ''}${toScreenEnd}${endUpdate}`;
    this.#shown = lines;
    return drawn;
  }

  /** Moves to the first of the shown lines. After the window became narrower, each may stand on several rows. */
  #toTop(): string {
    const { columns } = this.#size;
    const rows = this.#shown.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
    return rows === 0 ? '\r' : `${escape}${rows}A\r`;
  }

  /** Takes the lines away and gives the cursor back. */
  [Symbol.dispose](): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#stream.write(`${this.#toTop()}${toScreenEnd}${showCursor}`);
    this.#shown = [];
  }
}
