/** A simulated phone as a process of its own, so that its memory and its files are not those of the backup. Spoken to over IPC. */
import { type DeviceOptions, MuxServer, SimDevice } from '@triplicate/device-simulator';

export interface PhoneHostJob {
  readonly options: DeviceOptions;
  readonly socket: string;
}

/** Changes that many files. */
export interface PhoneRequest {
  readonly edit: number;
}

export interface PhoneState {
  readonly files: number;
  /** Of the files that were changed by the request. */
  readonly editedBytes: number;
  /** Longest wait for the computer in the middle of a file that the phone downloads. */
  readonly longestPauseMs: number;
  readonly largestBlock: number;
  /** How long the last backup or restore held the phone. */
  readonly heldMs: number;
}

const { options, socket } = JSON.parse(process.argv[2] ?? '{}') as PhoneHostJob;
const phone = new SimDevice(options);
const server = new MuxServer((error) => void process.stderr.write(`phone: ${String(error)}\n`));
server.attach(phone);
await server.listen({ path: socket });

const tell = (edited: readonly string[]): void => {
  const state: PhoneState = {
    files: phone.content.size,
    editedBytes: edited.reduce((sum, key) => sum + (phone.content.get(key)?.size ?? 0), 0),
    longestPauseMs: phone.longestPauseMs,
    largestBlock: phone.largestBlock,
    heldMs: phone.heldMs,
  };
  process.send?.(state);
};
process.on('message', (request) => tell(phone.edit((request as PhoneRequest).edit)));
process.on('disconnect', () => process.exit(0));
tell([]);
