/** Apache with mod_dav on loopback. Started by root, it works as its own user, to whom what is served is given. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort, isInstalled, startBounded, untilUp } from './bounded.ts';
import type { WebServer } from './nginx.ts';
import { answers } from './rclone.ts';
import { passwordFile } from './web-user.ts';

const modules = '/usr/lib/apache2/modules';
const needed = ['mpm_event', 'authn_core', 'authn_file', 'authz_core', 'authz_user', 'auth_basic', 'dav', 'dav_fs'];

export const noApache =
  isInstalled('apache2', '-v') && existsSync(`${modules}/mod_dav_fs.so`) ? undefined : 'apache2 is not installed';

export const startApache = async (folder: string): Promise<WebServer> => {
  await using started = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), 'triplicate-apache-'));
  started.defer(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));
  await mkdir(join(home, 'locks'));
  await writeFile(join(home, 'users'), passwordFile);
  if (userInfo().uid === 0) await giveAway(home, folder);
  const port = await freePort();
  await writeFile(join(home, 'apache.conf'), configuration(home, folder, port));
  const args = ['-f', join(home, 'apache.conf'), '-DFOREGROUND'];
  const server = started.use(startBounded('apache2', args, { seconds: 300, cwd: home }));
  await untilUp(() => answers(port), server, { name: 'apache2', seconds: 60 });
  const servers = started.move();
  return { port, said: server.said, [Symbol.asyncDispose]: () => servers.disposeAsync() };
};

const giveAway = async (home: string, folder: string): Promise<void> => {
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'www-data'], { encoding: 'utf8' }));
  for (const path of [folder, join(home, 'locks')]) await chown(path, id('-u'), id('-g'));
  for (const path of [home, dirname(folder)]) await chmod(path, 0o755);
};

const configuration = (home: string, folder: string, port: number): string => `ServerRoot ${home}
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile ${home}/pid
ErrorLog ${home}/error.log
${needed.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
${userInfo().uid === 0 ? 'User www-data\nGroup www-data' : ''}
DocumentRoot ${folder}
DavLockDB ${home}/locks/db
<Directory ${folder}>
  Dav On
  AuthType Basic
  AuthName test
  AuthUserFile ${home}/users
  Require valid-user
</Directory>
`;
