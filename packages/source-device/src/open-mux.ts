import { defaultEndpoint, parseEndpoint } from './mux/address.ts';
import { MuxClient } from './mux/mux-client.ts';

export interface DaemonPlace {
  /** From the options, else USBMUXD_SOCKET_ADDRESS as the program was started with it. */
  readonly address: string | undefined;
  readonly platform: NodeJS.Platform;
}

export const openMux = ({ address, platform }: DaemonPlace): MuxClient =>
  new MuxClient(address === undefined ? defaultEndpoint(platform) : parseEndpoint(address));
