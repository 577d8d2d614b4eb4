/** A service that gives one object, whatever is asked for, and whatever part of it: as S3 and as Azure Blob Storage. */
import { createServer } from 'node:http';

export interface WholeObjects extends AsyncDisposable {
  readonly port: number;
  /** Instead of the whole object with status 200. */
  answer: { readonly status: number; readonly headers: Readonly<Record<string, string>> } | undefined;
}

const documents: Readonly<Record<string, string>> = {
  versioning: '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>',
  comp: '<EnumerationResults><Blobs></Blobs><NextMarker /></EnumerationResults>',
  restype: '',
};

export const startWholeObjects = async (content: Uint8Array): Promise<WholeObjects> => {
  const state: { answer: WholeObjects['answer'] } = { answer: undefined };
  const server = createServer((request, response) => {
    request.resume();
    const query = new URL(request.url ?? '', 'http://localhost').searchParams;
    const asked = Object.keys(documents).find((name) => query.has(name));
    if (asked === 'restype') return void response.writeHead(200, { etag: '"1"' }).end();
    if (asked !== undefined) {
      response.writeHead(200, { 'content-type': 'application/xml' });
      return void response.end(`<?xml version="1.0" encoding="utf-8"?>${documents[asked]}`);
    }
    const { headers, status } = state.answer ?? { status: 200, headers: {} };
    response.writeHead(status, { 'content-length': content.byteLength, etag: '"1"', ...headers });
    response.end(request.method === 'HEAD' ? undefined : content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { readonly port: number };
  return Object.assign(state, {
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  });
};
