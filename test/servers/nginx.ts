/** nginx with its own WebDAV module and the one that adds PROPFIND, on loopback. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, isInstalled, startBounded, untilUp } from './bounded.ts';
import { answers } from './rclone.ts';
import { passwordFile } from './web-user.ts';

const module = '/usr/lib/nginx/modules/ngx_http_dav_ext_module.so';

export const noNginx =
  isInstalled('nginx', '-v') && existsSync(module)
    ? undefined
    : 'nginx and libnginx-mod-http-dav-ext are not installed';

export interface WebServer extends AsyncDisposable {
  readonly port: number;
  readonly said: () => string;
}

export const startNginx = async (folder: string): Promise<WebServer> => {
  await using started = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), 'triplicate-nginx-'));
  started.defer(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));
  await mkdir(join(home, 'temp'));
  await writeFile(join(home, 'users'), passwordFile);
  const port = await freePort();
  await writeFile(join(home, 'nginx.conf'), configuration(home, folder, port));
  const args = ['-p', home, '-c', join(home, 'nginx.conf'), '-e', 'stderr'];
  const server = started.use(startBounded('nginx', args, { seconds: 300, cwd: home }));
  await untilUp(() => answers(port), server, { name: 'nginx', seconds: 60 });
  const servers = started.move();
  return { port, said: server.said, [Symbol.asyncDispose]: () => servers.disposeAsync() };
};

const configuration = (home: string, folder: string, port: number): string => `load_module ${module};
daemon off;
master_process off;
error_log stderr;
pid ${home}/pid;
events {}
http {
  access_log off;
  client_body_temp_path ${home}/temp/body;
  proxy_temp_path ${home}/temp/proxy;
  fastcgi_temp_path ${home}/temp/fastcgi;
  uwsgi_temp_path ${home}/temp/uwsgi;
  scgi_temp_path ${home}/temp/scgi;
  server {
    listen 127.0.0.1:${port};
    root ${folder};
    client_max_body_size 0;
    location / {
      auth_basic test;
      auth_basic_user_file ${home}/users;
      dav_methods PUT DELETE MKCOL COPY MOVE;
      dav_ext_methods PROPFIND OPTIONS;
      create_full_put_path off;
    }
  }
}
`;
