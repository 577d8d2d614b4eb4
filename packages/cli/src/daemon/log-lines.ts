/** What the commands of a round print for programs, into the log of the daemon. */
import { createInterface } from 'node:readline';
import { PassThrough, type Writable } from 'node:stream';
import type { LogLevel, RotatingLog } from './rotating-log.ts';

export interface LoggedCommand {
  readonly log: RotatingLog;
  readonly pipeline: string;
  readonly command: string;
  /** Told what a person has to know too. */
  readonly onTrouble: (message: string) => void;
}

const levels: Readonly<Record<string, LogLevel>> = { error: 'error', warning: 'warn' };

/** A stream that takes lines of JSON; `ended` resolves when the last one is written down. Bars are nothing for a log. */
export const logLines = ({ log, pipeline, command, onTrouble }: LoggedCommand): LogStream => {
  const stream = new PassThrough();
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', (text) => {
    const line = parsed(text);
    if (line['type'] === 'progress') return;
    const level = levels[String(line['type'])] ?? 'info';
    // The time that a line has of its own is that of a snapshot, and in the log it is when something happened.
    const { time: snapshotTime, ...others } = line;
    log.write(level, { pipeline, command, ...others, ...(snapshotTime === undefined ? {} : { snapshotTime }) });
    if (level !== 'info') onTrouble(`${pipeline}: ${command}: ${String(line['message'])}`);
  });
  const closed = new Promise<void>((resolve) => lines.once('close', resolve));
  return {
    stream,
    ended: () => {
      stream.end();
      return closed;
    },
  };
};

interface LogStream {
  readonly stream: Writable;
  readonly ended: () => Promise<void>;
}

const parsed = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // A program of the user's own may print what it likes.
  }
  return { type: 'text', message: text };
};
