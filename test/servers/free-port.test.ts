import { readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { expect, it } from 'vitest';
import { freePort } from './bounded.ts';

it.skipIf(platform() !== 'linux')(
  'a port for a server is none that the system may give to somebody else before the server listens (Linux)',
  async () => {
    const [first = 0, last = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
      .split(/\s+/)
      .map(Number);
    const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
    expect(ports.filter((port) => port >= first && port <= last)).toEqual([]);
  },
);
