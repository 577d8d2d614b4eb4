/** Passes requests for tokens on to the authorization server, which stands for that of a provider. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OAuthServer } from './oauth.ts';

/** A client may name itself in a header instead (https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1), as those written in Go do. */
export const passOnToken = async (
  oauth: OAuthServer,
  request: IncomingMessage,
  { body, response }: { readonly body: Buffer; readonly response: ServerResponse },
): Promise<void> => {
  const form = new URLSearchParams(body.toString());
  const [, basic = ''] = /^Basic (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent);
  if (id !== '' && !form.has('client_id')) form.set('client_id', id);
  if (secret !== '' && !form.has('client_secret')) form.set('client_secret', secret);
  const told = await fetch(`${oauth.url}/token`, { method: 'POST', body: form });
  response.writeHead(told.status, { 'content-type': 'application/json' }).end(await told.text());
};
