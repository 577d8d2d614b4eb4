/** Lets a program that is not changed for it speak to servers on loopback as if they were a provider: a proxy that ends TLS under the provider's names. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { isInstalled } from './bounded.ts';

const run = promisify(execFile);

export const noTlsProxy = isInstalled('openssl', 'version') ? undefined : 'openssl is not installed';

export interface TlsProxyOptions {
  /** Host → port on loopback that stands for it; every other host is refused. */
  readonly hosts: Readonly<Record<string, number>>;
  /** A place for its certificate. */
  readonly folder: string;
}

export interface TlsProxy extends AsyncDisposable {
  readonly port: number;
  /** File with the certificate (PEM) that a client has to trust. */
  readonly ca: string;
  /** What a program needs in its environment to go through it. */
  readonly env: Readonly<Record<string, string>>;
  /** The hosts that were asked for, those that were refused too. */
  readonly asked: readonly string[];
}

export const startTlsProxy = async ({ folder, hosts }: TlsProxyOptions): Promise<TlsProxy> => {
  const [key, ca] = [join(folder, 'proxy.key'), join(folder, 'proxy.pem')];
  const names = Object.keys(hosts).map((host) => `DNS:${host}`);
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const subject = ['-subj', '/CN=Proxy of a test', '-addext', `subjectAltName=${names.join(',')}`];
  await run('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', ca]);
  const secure = { key: readFileSync(key), cert: readFileSync(ca), ALPNProtocols: ['http/1.1'] };
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', ({ url = '' }: IncomingMessage, client: Socket) => {
    const host = url.replace(/:\d+$/, '');
    asked.push(host);
    const port = hosts[host];
    client.on('error', () => undefined);
    if (port === undefined) return void client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    const inside = new TLSSocket(client, { ...secure, isServer: true });
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, inside, upstream]) sockets.add(socket.on('error', () => undefined));
    for (const [from, to] of [
      [inside, upstream],
      [upstream, inside],
    ] as const)
      pipeline(from, to).catch(() => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const proxy = `http://127.0.0.1:${port}`;
  return {
    port,
    ca,
    env: { HTTPS_PROXY: proxy, https_proxy: proxy, NO_PROXY: '', no_proxy: '' },
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
};

export interface RcloneOptions {
  readonly proxy: TlsProxy;
  readonly folder: string;
  /** Lines of the one remote, which is called `judge`. */
  readonly remote: Readonly<Record<string, string>>;
}

/** rclone as it is, with one remote: what it says on its standard output, or what it complains of. */
export const rcloneThrough = ({
  folder,
  proxy,
  remote,
}: RcloneOptions): ((...args: readonly string[]) => Promise<string>) => {
  const config = join(folder, 'rclone.conf');
  const lines = Object.entries(remote).map(([key, value]) => `${key} = ${value}`);
  writeFileSync(config, `[judge]\n${lines.join('\n')}\n`, { mode: 0o600 });
  return async (...args) => {
    const common = ['--config', config, '--ca-cert', proxy.ca, '--retries', '1', '--low-level-retries', '3'];
    const env = { ...process.env, ...proxy.env };
    const { stdout } = await run('rclone', [...args, ...common], { env, timeout: 60_000, maxBuffer: 64 * 2 ** 20 });
    return stdout;
  };
};
