import { createServer, type Server, type ServerResponse } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCli, type Cli } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';

let cli: Cli;
let server: Server;
let ahead = 0;
/** What the server says to all that it is asked. */
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((_, response) => {
    response.setHeader('date', new Date(Date.now() + ahead).toUTCString());
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cli = await createCli();
  await writeFile(join(cli.folder, 'a.txt'), 'a');
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await cli[Symbol.asyncDispose]();
});

const look = async (destination: (url: string) => string) => {
  const { port } = server.address() as { readonly port: number };
  const text = `version: 1
pipelines:
  main:
    sources: { docs: { type: files, paths: [a.txt] } }
    encrypt: { password: { env: PASSWORD } }
    destinations: { box: ${destination(`http://127.0.0.1:${port}`)} }
`;
  await writeFile(join(cli.folder, 'triplicate.yaml'), text);
  const { lines } = await cli.type(['doctor', '--json'], { env: { PASSWORD: 'p', SECRET: 'c2VjcmV0' } });
  expectDocumented(lines);
  const of = (wanted: string) =>
    lines.find(({ name, subject }) => subject === 'destination main.box' && name === wanted);
  return { answers: of('answers'), clock: of('its clock and that of this machine agree') };
};

const rest = (url: string): string => `{ type: rest, url: '${url}/' }`;
const s3 = (url: string): string =>
  `{ type: s3, endpoint: '${url}', bucket: backups, accessKeyId: anna, secretAccessKey: { env: SECRET } }`;
const azure = (url: string): string =>
  `{ type: azure, endpoint: '${url}', account: annasbackups, container: triplicate, accountKey: { env: SECRET } }`;

const twoHours = { message: 'ours is 2 h behind that of the server', hint: expect.stringMatching(/NTP/) as string };

describe('doctor, where the clock of this machine is not that of the server', () => {
  it.each([
    [20_000, { status: 'ok' }],
    [4 * 60_000, { status: 'warning', message: 'ours is 4 min behind that of the server' }],
    [-26 * 3_600_000, { status: 'failed', message: 'ours is 26 h ahead of that of the server' }],
    [2 * 3_600_000, { status: 'failed', ...twoHours }],
  ])('says by how much: %i ms', async (ms, expected) => {
    ahead = ms;
    answer = (response) => void response.writeHead(404).end();
    const { answers, clock } = await look(rest);
    expect(answers).toMatchObject({ status: 'ok' });
    expect(clock).toMatchObject(expected);
  });

  it('says it of S3, which refuses everything', async () => {
    ahead = 2 * 3_600_000;
    answer = (response) => {
      const words = '<Message>The difference between the request time and the current time is too large.</Message>';
      response.writeHead(403, { 'content-type': 'application/xml' });
      response.end(`<?xml version="1.0"?><Error><Code>RequestTimeTooSkewed</Code>${words}</Error>`);
    };
    const { answers, clock } = await look(s3);
    expect(answers).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/wrong clock are refused; the clock of this machine is 2 h behind/) as string,
      hint: expect.stringMatching(/^Set the clock of this machine/) as string,
    });
    expect(clock).toMatchObject({ status: 'failed', ...twoHours });
  });

  it('says it of Azure, whose refusal looks like that of a wrong key', async () => {
    ahead = 2 * 3_600_000;
    answer = (response) => {
      const words = '<Message>Server failed to authenticate the request.</Message>';
      const detail = '<AuthenticationErrorDetail>Request date header too old</AuthenticationErrorDetail>';
      response.writeHead(403, { 'content-type': 'application/xml', 'x-ms-error-code': 'AuthenticationFailed' });
      response.end(`<?xml version="1.0"?><Error><Code>AuthenticationFailed</Code>${words}${detail}</Error>`);
    };
    const { answers, clock } = await look(azure);
    expect(answers).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/the clock of this machine is 2 h behind that of the server/) as string,
      hint: expect.stringMatching(/^Set the clock.*If that is not it: check "account"/) as string,
    });
    expect(clock).toMatchObject({ status: 'failed', ...twoHours });
  });
});
