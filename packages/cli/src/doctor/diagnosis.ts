import type { BackupError } from '@triplicate/core';
import type { Line } from '../json/types.ts';
import { asClause } from '../output/error.ts';
import type { Output } from '../output/output.ts';

export type Finding = Pick<Line<'diagnosis'>, 'subject' | 'name' | 'status' | 'message' | 'hint'>;

const words = { ok: 'ok', warning: 'caution', failed: 'failed', skipped: 'skipped' } as const;

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
    await this.#output.prose(`  ${paint(words[finding.status].padEnd(7))}  ${finding.name}${why}`);
    if (finding.hint !== undefined)
      await this.#output.prose(`           ${style.faint(`hint: ${asClause(finding.hint)}`)}`);
    await this.#output.line({ type: 'check', ...finding });
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
