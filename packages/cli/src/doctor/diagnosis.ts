import type { BackupError } from '@triplicate/core';
import { wrapAnsi } from 'fast-wrap-ansi';
import type { Line } from '../json/types.ts';
import { asClause } from '../output/error.ts';
import type { Output } from '../output/output.ts';

export type Finding = Pick<Line<'diagnosis'>, 'subject' | 'name' | 'status' | 'message' | 'hint'>;

const words = { ok: 'ok', warning: 'caution', failed: 'failed', skipped: 'skipped' } as const;

/** As wide as a mark with its spaces. */
const margin = ' '.repeat(11);
const narrowest = 20;

/** Tells each finding as it comes, and counts them. */
export class Diagnosis {
  readonly counts = { ok: 0, warning: 0, failed: 0, skipped: 0 };
  readonly #output: Output;
  #subject = '';

  constructor(output: Output) {
    this.#output = output;
  }

  async add(finding: Finding): Promise<void> {
    const { style } = this.#output;
    this.counts[finding.status] += 1;
    if (this.#subject !== finding.subject) await this.#output.prose(style.strong(finding.subject));
    this.#subject = finding.subject;
    const paint = { ok: style.good, warning: style.caution, failed: style.bad, skipped: style.faint }[finding.status];
    const why = finding.message === undefined ? '' : `: ${finding.message}`;
    await this.#output.prose(this.#hanging(paint(words[finding.status].padEnd(7)), `${finding.name}${why}`));
    if (finding.hint !== undefined)
      await this.#output.prose(`${margin}${style.faint(`hint: ${asClause(finding.hint)}`)}`);
    await this.#output.line({ type: 'check', ...finding });
  }

  /** One that a person need not see: it is counted, and told to programs. Whoever asks for more (--verbose) sees it. */
  async addUnseen(finding: Finding): Promise<void> {
    if (this.#output.options.verbose) return this.add(finding);
    this.counts[finding.status] += 1;
    await this.#output.line({ type: 'check', ...finding });
  }

  /** What unseen ones come to, for people. */
  async sumUp(subject: string, text: string): Promise<void> {
    const { style } = this.#output;
    if (this.#output.options.verbose) return;
    if (this.#subject !== subject) await this.#output.prose(style.strong(subject));
    this.#subject = subject;
    await this.#output.prose(this.#hanging(style.good(words.ok.padEnd(7)), text));
  }

  /** Further lines stand under the words, and not under the mark before them. */
  #hanging(mark: string, text: string): string {
    const typed = this.#output.typed(text);
    const { room } = this.#output;
    const shown = room === undefined ? typed : wrapAnsi(typed, Math.max(narrowest, room - margin.length));
    return `  ${mark}  ${shown.replaceAll('\n', `\n${margin}`)}`;
  }

  fail(subject: string, name: string, { message, hint }: BackupError): Promise<void> {
    return this.add({ subject, name, status: 'failed', message, ...(hint === undefined ? {} : { hint }) });
  }

  async end(): Promise<void> {
    const { ok, warning, failed, skipped } = this.counts;
    const { style } = this.#output;
    const verdict = failed > 0 ? style.bad(`${failed} failed`) : style.good('everything is in order');
    const cautions = warning > 0 ? `, ${warning} to look at` : '';
    await this.#output.prose(`\n${verdict}${cautions}`);
    await this.#output.line({ type: 'summary', command: 'doctor', ok, warnings: warning, failed, skipped });
  }
}
