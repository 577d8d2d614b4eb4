/** A program that derives a key as a command does, and takes as much address space afterwards as an index that may grow. */
import { deriveKey } from '../../src/repository/scrypt.ts';
import { endThreadAhead, startThreadAhead } from '../../src/thread/start-thread.ts';

startThreadAhead();
await new Promise((resolve) => setTimeout(resolve, 200));
const key = await deriveKey('secret', Buffer.from('salt'), { N: 32_768, r: 8, p: 4 });
const room = new SharedArrayBuffer(1024, { maxByteLength: 4 * 1024 ** 3 });
await endThreadAhead();
process.stdout.write(`${key.encrypt.byteLength} ${room.byteLength}`);
