import { describe, expect, it } from 'vitest';
import { parseMultistatus } from '../src/multistatus.ts';

const file = (href: string, props = '<D:getcontentlength>12</D:getcontentlength>', status = '200 OK'): string =>
  `<D:response><D:href>${href}</D:href><D:propstat><D:prop><D:resourcetype/>${props}` +
  '<D:getlastmodified>Sun, 29 Nov 2026 06:00:00 GMT</D:getlastmodified></D:prop>' +
  `<D:status>HTTP/1.1 ${status}</D:status></D:propstat></D:response>`;
const folder = (href: string): string =>
  `<D:response><D:href>${href}</D:href><D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype></D:prop>` +
  '<D:status>HTTP/1.1 200 OK</D:status></D:propstat>' +
  '<D:propstat><D:prop><D:getcontentlength/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>';
const whole = (...responses: string[]): string =>
  `<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">${responses.join('\n')}</D:multistatus>`;
const parse = (text: string) => parseMultistatus(Buffer.from(text));

describe('a listing of WebDAV', () => {
  it('is read whatever its prefixes are, and whatever else stands in it', async () => {
    const text = whole(folder('/dav/'), file('/dav/a%20b'));
    const expected = [
      { href: '/dav/', isFolder: true, size: undefined, modified: undefined },
      { href: '/dav/a%20b', isFolder: false, size: 12, modified: new Date('2026-11-29T06:00:00Z') },
    ];
    expect(await parse(text)).toMatchObject(expected);
    const bare = text.replaceAll('D:', '').replace('xmlns:D', 'xmlns').replace('xmlns="DAV:"', 'xmlns="DAV:"');
    expect(
      await parse(bare.replace('<multistatus :D="', '<multistatus xmlns="').replace('xmlns=""', '')),
    ).toMatchObject(expected);
    const more = text.replace(
      '<D:prop><D:resourcetype/>',
      '<D:prop><x:size xmlns:x="urn:x">99</x:size><D:resourcetype/>',
    );
    expect(await parse(more)).toMatchObject(expected);
  });

  it('takes the value of no property that the server says it could not give', async () => {
    const [one] = await parse(whole(file('/dav/a', undefined, '403 Forbidden')));
    expect(one).toMatchObject({ size: undefined, modified: undefined });
  });

  it('is never shorter than it should be: what is cut off anywhere is an error', async () => {
    const text = whole(folder('/dav/'), file('/dav/a'), file('/dav/b'));
    for (let end = 0; end < text.length; end += 1) {
      await expect(parse(text.slice(0, end))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    }
  });

  it('is no page of a hotel, and no listing of which a part failed', async () => {
    const failed =
      '<D:response><D:href>/dav/</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status></D:response>';
    for (const text of [
      '<html><body>Welcome</body></html>',
      '',
      'Welcome',
      whole(),
      whole(file('/dav/a'), failed),
      whole(file('')),
    ]) {
      await expect(parse(text)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    }
  });

  it('defines no entities of its own', async () => {
    const bomb = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>${whole(file('/dav/&a;')).slice(21)}`;
    await expect(parse(bomb)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
