import { join } from 'node:path';
import sftp from '@triplicate/dest-sftp';
import { describe } from 'vitest';
import { testNetworkReplica } from '../kit/network-replica.ts';
import { noSshd, startSshd } from '../servers/sshd.ts';

describe.skipIf(noSshd !== undefined)(`a replica on an SFTP server${noSshd === undefined ? '' : `: ${noSshd}`}`, () => {
  testNetworkReplica(
    sftp,
    async (folder) => {
      const server = await startSshd();
      const { fingerprint, key, knownHosts, port, user } = server;
      const path = join(folder, 'backups');
      const ssh = `ssh -i ${key} -o UserKnownHostsFile=${knownHosts} -o StrictHostKeyChecking=yes -p ${port} ${user}@127.0.0.1`;
      return {
        port,
        secret: '',
        raw: (through) => ({ host: '127.0.0.1', port: through, user, key, fingerprint, path }),
        repository: `sftp:${user}@127.0.0.1:${path}/anna`,
        resticArgs: ['-o', `sftp.command=${ssh} -s sftp`],
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
    { missing: noSshd, prefix: 'anna' },
  );
});
