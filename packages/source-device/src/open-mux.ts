import type { Clock } from '@triplicate/core';
import { defaultEndpoint, parseEndpoint } from './mux/address.ts';
import { MuxClient } from './mux/mux-client.ts';

export interface DaemonPlace {
  /** From the options, else USBMUXD_SOCKET_ADDRESS as the program was started with it; an empty one says nothing. */
  readonly address: string | undefined;
  readonly platform: NodeJS.Platform;
  /** The system's when absent. */
  readonly clock?: Clock;
}

export const openMux = ({ address, platform, clock }: DaemonPlace): MuxClient =>
  new MuxClient(address ? parseEndpoint(address) : defaultEndpoint(platform), clock);
