/** As much of an SMTP server (RFC 5321) as takes a mail: it answers, and keeps what was said. */
import { createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';

export type PostServer = Server;

/** On a port of its own on loopback; `onMail` is told the whole conversation of each mail that it took. */
export const startPost = (onMail: (said: string) => void): PostServer => {
  const server = createServer((socket) => {
    let said = '';
    let inData = false;
    const answer = (line: string): void => void socket.write(`${line}\r\n`);
    answer('220 post.example ESMTP');
    createInterface({ input: socket }).on('line', (line) => {
      said += `${line}\n`;
      if (inData) {
        if (line !== '.') return;
        inData = false;
        onMail(said);
        return answer('250 taken');
      }
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'EHLO') return answer('250-post.example\r\n250 AUTH PLAIN');
      if (verb === 'AUTH') return answer('235 known');
      if (verb === 'DATA') {
        inData = true;
        return answer('354 go on');
      }
      if (verb === 'QUIT') return void socket.end('221 bye\r\n');
      answer('250 ok');
    });
    socket.on('error', () => undefined);
  });
  return server.listen(0, '127.0.0.1');
};
