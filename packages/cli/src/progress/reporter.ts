import { BackupError, type RunEvent } from '@triplicate/core';
import { formatBytes, formatCount } from '../output/format.ts';
import type { Output } from '../output/output.ts';
import { toldPath } from '../program/tree-path.ts';
import { drawFrame } from './frame.ts';
import { writeEvent } from './json-events.ts';
import { keySettledText } from '../render/keys.ts';
import { LiveLines } from './live.ts';
import { tellOpening } from './tell-opening.ts';
import { ProgressModel } from './model.ts';

/** Of what could not be read, so many are named; the rest is counted. */
const mostNamed = 10;
const plainEveryMs = 60_000;

export interface ReporterOptions {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  readonly unicode: boolean;
}

/** Shows the events of a run: bars on a terminal, a few lines elsewhere, objects with `--json`. Nothing is shown after `dispose`. */
export class Reporter implements Disposable {
  readonly #output: Output;
  readonly #options: ReporterOptions;
  readonly #model = new ProgressModel();
  readonly #isLive: boolean;
  #live: LiveLines | undefined;
  readonly #unreadable = new Map<string, number>();
  readonly #toldAt = new Map<string, number>();
  #disposed = false;

  constructor(output: Output, options: ReporterOptions) {
    this.#output = output;
    this.#options = options;
    const { json, quiet } = output.options;
    this.#isLive = !json && !quiet && output.talk.isTTY === true;
  }

  /** Not before there is something to draw: until then a password may be asked for on the same lines. */
  #draw(): void {
    if (this.#live) return this.#live.invalidate();
    const { talk, talkStyle: style } = this.#output;
    const { now, unicode } = this.#options;
    this.#live = new LiveLines(talk, ({ columns, rows }) =>
      drawFrame(this.#model, { columns, rows, style, unicode, now: now() }).map((line) => this.#output.redact(line)),
    );
    this.#output.setOverlay(this.#live);
  }

  /** In which order destinations are shown; that of their first news otherwise. */
  showInOrder(destinations: readonly string[]): void {
    this.#model.order = destinations;
  }

  /** An `EventSink`. */
  readonly report = (event: RunEvent): void => {
    if (this.#disposed) return;
    if (this.#output.json) return writeEvent(event, this.#output, this.#throttle);
    if (this.#model.apply(event, this.#options.now()) && this.#isLive) this.#draw();
    this.#tell(event);
  };

  #tell(event: RunEvent): void {
    switch (event.type) {
      case 'opened':
      case 'silent':
        return tellOpening(event, this.#output);
      case 'source-started':
        if (!this.#isLive) this.#output.say(`reading ${event.source} (${event.label})`);
        return;
      case 'waiting':
        if (!this.#isLive && event.what !== undefined) this.#output.say(`${event.source}: ${event.what}`);
        return;
      case 'source-progress':
        return this.#tellProgress(event);
      case 'unreadable':
        return this.#tellUnreadable(event);
      case 'warning':
        return this.#output.warn(event.error, { destination: event.destination, source: event.source });
      case 'key-settled':
        return this.#output.note(keySettledText(event));
      case 'lane-progress':
      case 'work-progress':
      case 'snapshot':
      case 'outcome':
        return;
    }
  }

  /** At most once in so long; the first time counts as told. */
  readonly #throttle = (key: string, everyMs: number): boolean => {
    const now = this.#options.now();
    const last = this.#toldAt.get(key);
    if (last !== undefined && now - last < everyMs) return false;
    this.#toldAt.set(key, now);
    return true;
  };

  #tellProgress({ source, progress }: Extract<RunEvent, { readonly type: 'source-progress' }>): void {
    if (this.#isLive || progress.finished) return;
    const isFirst = !this.#toldAt.has(source);
    if (!this.#throttle(source, plainEveryMs) || isFirst) return;
    const { bytesDone, bytesTotal, filesDone } = progress;
    const of = bytesTotal ? ` of ${formatBytes(bytesTotal)}` : '';
    this.#output.say(`${source}: ${formatBytes(bytesDone)}${of}, ${formatCount(filesDone, 'file')}`);
  }

  #tellUnreadable({ source, path, error }: Extract<RunEvent, { readonly type: 'unreadable' }>): void {
    const count = (this.#unreadable.get(source) ?? 0) + 1;
    this.#unreadable.set(source, count);
    if (count <= mostNamed || this.#output.options.verbose) {
      const { code, message, hint, context } = error;
      const shown = toldPath(path);
      this.#output.warn(
        new BackupError(code, `"${shown}": ${message}`, { hint, context: { ...context, path: shown } }),
        {
          source,
        },
      );
    }
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#live?.[Symbol.dispose]();
    this.#output.setOverlay(undefined);
    if (this.#output.json || this.#output.options.verbose) return;
    for (const [source, count] of this.#unreadable) {
      const more = count - mostNamed;
      if (more > 0)
        this.#output.say(`${source}: ${formatCount(more, 'more file')} could not be read (--verbose names them all)`);
    }
  }
}
