/** What exporting one conversation reads of a real S3 server, counted on the wire. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesFromText, findSnapshot, type Pipeline, Session } from '@triplicate/core';
import s3 from '@triplicate/dest-s3';
import { bytesFile, type ContentFile, seededFile, type SimDevice } from '@triplicate/device-simulator';
import { cloudDestination, mixedPipeline } from '../kit/cloud-pipeline.ts';
import { init, run } from '../kit/commands.ts';
import { PhoneDesk } from '../kit/phone-desk.ts';
import { startRadosgw } from '../servers/radosgw.ts';
import { type SeenRequest, startWeather } from '../servers/weather.ts';
import { exportOne } from './export-one.ts';
import { pictureBytes, picturesOfOurs, twoChats } from './two-chats.ts';

export interface NeededOfS3 {
  readonly phoneBytes: number;
  readonly filesOnPhone: number;
  /** The list of files, the database of the messages, and the pictures of the conversation, as they are on the phone. */
  readonly neededBytes: number;
  readonly pictures: number;
  /** Answers of the server with their heads. */
  readonly cold: Counted;
  /** Once more, with the list of files kept from the first time. */
  readonly warm: Counted;
  readonly uploadSeconds: number;
}

export interface Counted {
  /** By the folder of the repository; `list` are listings. */
  readonly requests: Readonly<Record<string, number>>;
  readonly bytes: Readonly<Record<string, number>>;
  readonly seconds: number;
}

const bucket = 'backups';
/** Time for an upload at a few megabytes a second. */
const secondsFor = (megabytes: number): number => 300 + megabytes;
const mostSmallFiles = 50_000;

/** Backs up a phone of so many megabytes to S3 over its cable, and exports one conversation out of the snapshot. */
export const measureNeededOfS3 = async (megabytes: number): Promise<NeededOfS3> => {
  await using desk = await PhoneDesk.open();
  await using server = await startRadosgw({
    storeBytes: Math.ceil(megabytes * 1.3) * 1e6 + 5e8,
    seconds: secondsFor(megabytes),
  });
  await server.makeBucket(bucket);
  await using counter = await startWeather(server.port);
  const phone = await desk.add({ seed: 'needed', photos: 0, messages: 1, documents: 0 });
  const content = contentOf(megabytes);
  for (const file of content) phone.put(file);
  const pipelineBy = (port: number): Pipeline => pipelineTo(desk, phone, { ...server, port });
  await init(pipelineBy(server.port));
  const begun = performance.now();
  const { outcomes } = await run(pipelineBy(server.port));
  const uploadSeconds = (performance.now() - begun) / 1000;
  if (outcomes.some(({ status }) => status !== 'stored')) throw new Error(JSON.stringify(outcomes));
  const measure = async (name: string): Promise<Counted> => {
    const before = counter.requests.length;
    const start = performance.now();
    await exportOne(pipelineBy(counter.port), join(desk.folder, name), join(desk.folder, 'phones'));
    return { ...countsOf(counter.requests.slice(before)), seconds: (performance.now() - start) / 1000 };
  };
  await mkdir(join(desk.folder, 'phones'), { recursive: true });
  const cold = await measure('cold');
  const warm = await measure('warm');
  const exported = await readdir(join(desk.folder, 'cold'), { recursive: true });
  const needed = content.filter(
    ({ domain, relativePath }, i) =>
      relativePath.endsWith('sms.db') || (domain === 'MediaDomain' && i <= picturesOfOurs),
  );
  return {
    phoneBytes: sum(content.map(({ size }) => size)),
    filesOnPhone: phone.content.size,
    neededBytes: sum(needed.map(({ size }) => size)) + (await manifestBytes(pipelineBy(server.port), phone)),
    pictures: exported.filter((name) => name.endsWith('.HEIC')).length,
    cold,
    warm,
    uploadSeconds,
  };
};

const manifestBytes = async (pipeline: Pipeline, { udid }: SimDevice): Promise<number> => {
  await using session = await Session.open(pipeline, { lock: 'read', sparing: true });
  const reader = session.reader(findSnapshot(session.snapshots, 'latest'));
  const node = await reader.node(bytesFromText(`MobileSync/${udid}/Manifest.db`));
  return node?.size ?? 0;
};

/** The database, the pictures of the conversations (those that are asked for at the front), the camera roll, and small files of apps. */
const contentOf = (megabytes: number): ContentFile[] => {
  const others = Math.round(megabytes / 5);
  const { sms, attachments } = twoChats(Math.max(2000, megabytes * 100), others);
  const modified = 1_750_000_000;
  const picture = (domain: string, relativePath: string, number: number): ContentFile =>
    seededFile({ domain, relativePath, modified, size: pictureBytes(number), seed: `${domain}:${number}` });
  const roll = Math.max(0, Math.round((megabytes - others * 2) / 2.2));
  return [
    bytesFile({ domain: 'HomeDomain', relativePath: 'Library/SMS/sms.db', modified, bytes: sms }),
    ...attachments.map((path, i) => picture('MediaDomain', path, i)),
    ...Array.from({ length: roll }, (_, i) => picture('CameraRollDomain', `Media/DCIM/100APPLE/IMG_${i}.HEIC`, i)),
    ...Array.from({ length: Math.min(megabytes * 20, mostSmallFiles) }, (_, i) =>
      seededFile({
        domain: `AppDomain-org.example.app${i % 50}`,
        relativePath: `Library/Caches/${i}/small file ${i}.json`,
        modified,
        size: 200 + (i % 50) * 40,
        seed: `small:${i}`,
      }),
    ),
  ];
};

interface Bucket {
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const pipelineTo = (desk: PhoneDesk, phone: SimDevice, { port, accessKeyId, secretAccessKey }: Bucket): Pipeline => {
  const endpoint = `http://127.0.0.1:${port}`;
  const cloud = cloudDestination(s3, {
    name: 's3',
    home: desk.folder,
    prefix: 'anna',
    secret: secretAccessKey,
    raw: { bucket, endpoint, accessKeyId, secretAccessKey: { env: 'SECRET' } },
  });
  return mixedPipeline({ home: desk.folder, destinations: [], over: { sources: [desk.source('phone', phone)] } }, [
    cloud,
  ]);
};

const countsOf = (seen: readonly SeenRequest[]): Pick<Counted, 'requests' | 'bytes'> => {
  const [requests, bytes]: [Record<string, number>, Record<string, number>] = [{}, {}];
  for (const one of seen) {
    const name = nameOf(one);
    requests[name] = (requests[name] ?? 0) + 1;
    bytes[name] = (bytes[name] ?? 0) + one.bytes();
  }
  return { requests, bytes };
};

/** `/backups/anna/data/2f/2f…` is `data`. */
const nameOf = ({ path }: SeenRequest): string => {
  const [place = '', query = ''] = path.split('?');
  return /(^|&)(list-type|prefix)=/.test(query) ? 'list' : (place.split('/')[3] ?? 'bucket');
};

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
