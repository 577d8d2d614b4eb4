import { crc32, deflateSync } from 'node:zlib';

/** Bytes of a picture that any viewer shows: a sky over a landscape, with the grain of a camera, so that it takes the room of a photo. */
export const makePhoto = (width: number, height: number, random: () => number): Buffer => {
  const stride = width * 3 + 1;
  const pixels = Buffer.alloc(stride * height);
  const [red, green, blue] = [random(), random(), random()].map((tint) => 80 + tint * 120);
  const horizon = height * (0.4 + random() * 0.3);
  for (let y = 0; y < height; y += 1) {
    const light = y < horizon ? 1 - (y / horizon) * 0.4 : 0.5 - ((y - horizon) / height) * 0.3;
    for (let x = 0; x < width; x += 1) {
      const grain = random() * 24;
      const at = y * stride + 1 + x * 3;
      pixels[at] = (red ?? 0) * light + grain;
      pixels[at + 1] = (green ?? 0) * light + grain;
      pixels[at + 2] = (y < horizon ? 200 : (blue ?? 0)) * light + grain;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits a channel, three channels.
  header.set([8, 2], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels, { level: 1 })),
    chunk('IEND'),
  ]);
};

const chunk = (type: string, data: Buffer = Buffer.alloc(0)): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
};
