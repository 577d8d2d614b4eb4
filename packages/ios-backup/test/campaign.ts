import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { collect } from '@triplicate/core';
import { writeBinaryPlist, writeXmlPlist } from '@triplicate/plist';
import { parseKeybag } from '../src/crypto/keybag.ts';
import { decodeAttributedText } from '../src/decode/attributed-text.ts';
import { readContactCard } from '../src/decode/contact-card.ts';
import { unarchive } from '../src/decode/keyed-archive.ts';
import { decodeLinkPreview } from '../src/decode/link-preview.ts';
import { decodeNote, noteLines } from '../src/decode/note-document.ts';
import { decodeTable } from '../src/decode/note-table.ts';
import { Message } from '../src/decode/protobuf.ts';
import { readDictionary } from '../src/decode/read-plist.ts';
import { decodeTranscript } from '../src/decode/transcript.ts';
import { decodeFileRecord } from '../src/manifest/file-record.ts';
import { readMbdb } from '../src/manifest/mbdb.ts';
import { pushName, quotedIn, reactionsIn } from '../src/records/whatsapp/whatsapp-details.ts';
import { applyWal, inBuffer, logDamage } from '../src/sqlite/wal.ts';
import { buildBackup, fileRecord } from './fixtures/backup-builder.ts';
import { contactCard } from './fixtures/contact-card.ts';
import { fuzz } from './fixtures/fuzz.ts';
import type { FuzzSource } from './fixtures/fuzz.ts';
import { archive, randomArchive } from './fixtures/keyed-archive-writer.ts';
import { buildKeybag } from './fixtures/keybag-builder.ts';
import { message } from './fixtures/protobuf-writer.ts';
import { signal } from './fixtures/signal.ts';
import { attributedBody } from './fixtures/typedstream-writer.ts';

// Throws damaged input at every parser of what comes from a backup:
//   node --conditions=@triplicate/source packages/ios-backup/test/campaign.ts [inputs per parser] [seed] [parser]
const [inputs = 1_000_000, seed = 1] = process.argv.slice(2, 4).map(Number);
const only = process.argv[4];

const folder = join(import.meta.dirname, 'third-party/apple_cloud_notes_parser');
const notes = readdirSync(folder)
  .filter((name) => name.endsWith('.bin'))
  .map((name) => readFileSync(join(folder, name)))
  .map((data) => (data[0] === 0x1f ? gunzipSync(data) : data));
const bodies = [
  attributedBody([{ text: 'Hello 😀', attributes: { __kIMMessagePartAttributeName: 0 } }]),
  attributedBody([
    { text: 'a', attributes: { one: 'x', two: 2 } },
    { text: 'bcd', attributes: {} },
    { text: 'e', attributes: { one: 'x', two: 2 } },
  ]),
];
const archives = [
  archive(
    new Map<string, unknown>([
      ['title', 'x'],
      ['list', [1, 'two', new Map([['URL', 'https://a.example']])]],
    ]),
  ),
  archive(['a', new Date(0), Buffer.from([1, 2, 3]), new Map([['k', ['v']]])]),
];
const record = fileRecord({ entry: { domain: 'D', path: 'a/b', bytes: Buffer.alloc(3) }, key: Buffer.alloc(44, 7) });
const mbdb = await collect(
  buildBackup({
    layout: 'mbdb',
    entries: [
      { domain: 'A', path: 'x', bytes: Buffer.from('x') },
      { domain: 'B', path: 'y', linkTarget: 'z' },
    ],
  }).open('Manifest.mbdb', { signal }),
);
const receipt = message(
  [4, 1],
  [7, message([1, message([1, 'RID'], [2, 'x@lid'], [3, '❤️'])], [1, message([3, '😀'])])],
);
const list = {
  'Device Name': "Anna's <iPhone> & more",
  Applications: ['one', { when: new Date(0), data: Buffer.from('xyz'), ratio: 1.5, on: true }],
  count: -5n,
};
const keybag = buildKeybag({ seed: 'campaign', password: 'p', iterations: 1, firstIterations: 1 }).data;

/** A write-ahead log of three small transactions. */
const log = (): Buffer => {
  const folder = mkdtempSync(join(tmpdir(), 'campaign-'));
  try {
    const db = new DatabaseSync(join(folder, 'a.db'));
    db.exec('PRAGMA page_size = 512; PRAGMA journal_mode = WAL; CREATE TABLE t (n); INSERT INTO t VALUES (1)');
    const bytes = readFileSync(join(folder, 'a.db-wal'));
    db.close();
    return bytes;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const parsers: Readonly<Record<string, readonly [parse: (bytes: Buffer) => unknown, source: FuzzSource]>> = {
  typedstream: [decodeAttributedText, bodies],
  'keyed archive': [unarchive, archives],
  'archive by lot': [(bytes) => [unarchive(bytes), decodeLinkPreview(bytes)], randomArchive],
  'record by lot': [decodeFileRecord, randomArchive],
  'link preview': [decodeLinkPreview, archives],
  'file record': [decodeFileRecord, [record]],
  protobuf: [(bytes) => new Message(bytes).at(2, 3)?.messages(5), notes],
  note: [(bytes) => noteLines(decodeNote(bytes)), notes],
  'note table': [decodeTable, notes],
  mbdb: [(bytes) => [...readMbdb(bytes)].map((entry) => entry.details()), [mbdb]],
  'plist as XML': [(bytes) => readDictionary(bytes, 'a list'), [Buffer.from(writeXmlPlist(list))]],
  'binary plist': [(bytes) => readDictionary(bytes, 'a list'), [writeBinaryPlist(list)]],
  keybag: [parseKeybag, [keybag]],
  vCard: [(bytes) => readContactCard(bytes.toString('utf8')), [Buffer.from(contactCard)]],
  transcript: [decodeTranscript, archives],
  'log of a database': [
    (bytes) => [logDamage(bytes.length, inBuffer(bytes)), applyWal(Buffer.alloc(8192), bytes).length],
    [log()],
  ],
  reactions: [(bytes) => [reactionsIn(bytes), quotedIn(bytes), pushName(bytes.toString('base64'))], [receipt]],
};

for (const [name, [parse, source]] of Object.entries(parsers)) {
  if (only !== undefined && only !== name) continue;
  const begun = performance.now();
  const { read, refused, slowestMs } = fuzz(parse, source, inputs, seed);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  const memory = Math.round(process.memoryUsage().rss / 1e6);
  process.stdout.write(
    `${name}: ${inputs} inputs, ${read} read, ${refused} refused, slowest ${slowestMs.toFixed(1)} ms, ${seconds} s, ${memory} MB resident\n`,
  );
}
