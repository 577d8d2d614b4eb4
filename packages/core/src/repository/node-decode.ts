import { type ByteName, textFromBytes } from '../bytes.ts';
import { corrupt } from './corrupt.ts';
import { textOfBytes, unquoteName } from './go-json.ts';
import type { JsonReader } from './json-reader.ts';
import type { Node, NodeType } from './node.ts';
import { checkName } from './node-name.ts';
import { isTimestamp, zeroTimestamp } from './timestamp.ts';

type Draft = { -readonly [Field in keyof Node]?: Node[Field] };

const maxUint32 = 2 ** 32 - 1;
const nodeTypes: ReadonlySet<string> = new Set<NodeType>([
  'file',
  'dir',
  'symlink',
  'dev',
  'chardev',
  'fifo',
  'socket',
]);

/** The node that stands next. CORRUPT when restic could not read it either, or its name could leave the folder. */
export const decodeNode = (reader: JsonReader): Node => {
  const draft: Draft = {};
  let rawTarget: string | undefined;
  reader.beginObject();
  for (let key = reader.key(); key !== undefined; key = reader.key()) {
    if (reader.null()) continue;
    if (key === 'linktarget_raw') rawTarget = bytesOfBase64(reader);
    else readField(reader, draft, key);
  }
  if (rawTarget !== undefined) draft.linkTarget = rawTarget as ByteName;
  return complete(draft);
};

const complete = (draft: Draft): Node => {
  const { name, type } = draft;
  if (name === undefined || type === undefined) throw corrupt('the tree has an entry without a name or a type');
  checkName(name);
  if (type === 'file' && draft.content === undefined) throw corrupt(`the file "${textFromBytes(name)}" has no content`);
  if (type === 'dir' && draft.subtree === undefined) throw corrupt(`the folder "${textFromBytes(name)}" has no tree`);
  draft.mtime ??= zeroTimestamp;
  draft.atime ??= zeroTimestamp;
  draft.ctime ??= zeroTimestamp;
  draft.uid ??= 0;
  draft.gid ??= 0;
  return draft as Node;
};

const readField = (reader: JsonReader, draft: Draft, key: string): void => {
  switch (key) {
    case 'name':
      draft.name = readName(reader);
      return;
    case 'type':
      draft.type = readType(reader);
      return;
    case 'mode':
      draft.mode = reader.integer(maxUint32);
      return;
    case 'mtime':
      draft.mtime = readTime(reader);
      return;
    case 'atime':
      draft.atime = readTime(reader);
      return;
    case 'ctime':
      draft.ctime = readTime(reader);
      return;
    case 'uid':
      draft.uid = reader.integer(maxUint32);
      return;
    case 'gid':
      draft.gid = reader.integer(maxUint32);
      return;
    case 'user':
      draft.user = textOfBytes(reader.string());
      return;
    case 'group':
      draft.group = textOfBytes(reader.string());
      return;
    case 'inode':
      draft.inode = reader.uint64();
      return;
    case 'content':
      draft.content = readContent(reader);
      return;
    default:
      readRareField(reader, draft, key);
  }
};

const readRareField = (reader: JsonReader, draft: Draft, key: string): void => {
  switch (key) {
    case 'device_id':
      draft.deviceId = reader.uint64();
      return;
    case 'size':
      draft.size = reader.integer(Number.MAX_SAFE_INTEGER);
      return;
    case 'links':
      draft.links = reader.uint64();
      return;
    case 'linktarget':
      draft.linkTarget = reader.string() as ByteName;
      return;
    case 'extended_attributes':
      draft.extendedAttributes = readAttributes(reader);
      return;
    case 'generic_attributes':
      draft.genericAttributes = textOfBytes(reader.raw());
      return;
    case 'device':
      draft.device = reader.uint64();
      return;
    case 'subtree':
      draft.subtree = readId(reader);
      return;
    case 'error':
      draft.error = textOfBytes(reader.string());
      return;
    default:
      reader.skip();
  }
};

const readName = (reader: JsonReader): ByteName => {
  const quoted = reader.string();
  const name = unquoteName(quoted);
  if (name === undefined)
    throw corrupt(`the tree has an entry with the badly quoted name "${textFromBytes(quoted as ByteName)}"`);
  return name;
};

const readType = (reader: JsonReader): NodeType => {
  const type = reader.string();
  if (!nodeTypes.has(type))
    reader.fail(`the tree has an entry of the unknown type "${textFromBytes(type as ByteName)}"`);
  return type as NodeType;
};

const readTime = (reader: JsonReader): string => {
  const time = reader.string();
  if (!isTimestamp(time)) reader.fail('the tree has an entry with an impossible time');
  return time;
};

const readId = (reader: JsonReader): string =>
  reader.id() ?? reader.fail('the tree names something that has no valid id');

const readContent = (reader: JsonReader): string[] => {
  const content: string[] = [];
  reader.beginArray();
  while (reader.element()) content.push(readId(reader));
  return content;
};

const readAttributes = (reader: JsonReader): { name: ByteName; value: Uint8Array }[] => {
  const attributes: { name: ByteName; value: Uint8Array }[] = [];
  reader.beginArray();
  while (reader.element()) {
    let name = '';
    let value = '';
    reader.beginObject();
    for (let key = reader.key(); key !== undefined; key = reader.key()) {
      if (reader.null()) continue;
      if (key === 'name') name = reader.string();
      else if (key === 'value') value = bytesOfBase64(reader);
      else reader.skip();
    }
    attributes.push({ name: name as ByteName, value: Buffer.from(value, 'latin1') });
  }
  return attributes;
};

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const bytesOfBase64 = (reader: JsonReader): string => {
  const text = reader.string();
  if (!base64.test(text)) reader.fail('the tree has a value that is not Base64');
  return Buffer.from(text, 'base64').toString('latin1');
};
