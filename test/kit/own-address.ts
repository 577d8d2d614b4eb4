import { randomInt } from 'node:crypto';

/** An address of this machine that no other test has: all phones in the network listen on the same port, and tests run side by side. */
export const ownAddress = (): string => [127, randomInt(1, 255), randomInt(256), randomInt(1, 255)].join('.');
