import { textFromBytes } from '../bytes.ts';
import { corrupt } from './corrupt.ts';
import { bytesOfText, isUtf8, jsonString, quoteName } from './go-json.ts';
import type { Node } from './node.ts';
import { checkName } from './node-name.ts';

/** The JSON of one node in the order of restic's struct, zero values left out; one byte a unit. */
export const encodeNode = (node: Node): string => {
  checkNode(node);
  let json = `{"name":${jsonString(quoteName(node.name))},"type":"${node.type}"`;
  if (node.mode) json += `,"mode":${node.mode}`;
  json += `,"mtime":"${node.mtime}","atime":"${node.atime}","ctime":"${node.ctime}",${ownerJson(node)}`;
  if (node.inode) json += `,"inode":${node.inode}`;
  if (node.deviceId) json += `,"device_id":${node.deviceId}`;
  if (node.size) json += `,"size":${node.size}`;
  if (node.links) json += `,"links":${node.links}`;
  if (node.linkTarget) json += linkTargetJson(node.linkTarget);
  if (node.extendedAttributes?.length)
    json += `,"extended_attributes":[${node.extendedAttributes.map(attributeJson).join(',')}]`;
  if (node.genericAttributes) json += `,"generic_attributes":${bytesOfText(node.genericAttributes)}`;
  if (node.device) json += `,"device":${node.device}`;
  json += `,"content":${contentJson(node.content)}`;
  if (node.subtree !== undefined) json += `,"subtree":"${node.subtree}"`;
  if (node.error) json += `,"error":${jsonString(bytesOfText(node.error))}`;
  return `${json}}`;
};

/** What a node says of its owner. */
export const ownerJson = ({ uid, gid, user, group }: Pick<Node, 'uid' | 'gid' | 'user' | 'group'>): string => {
  let json = `"uid":${uid},"gid":${gid}`;
  if (user) json += `,"user":${jsonString(bytesOfText(user))}`;
  if (group) json += `,"group":${jsonString(bytesOfText(group))}`;
  return json;
};

const checkNode = (node: Node): void => {
  checkName(node.name);
  if (node.type === 'file' && node.content === undefined)
    throw corrupt(`the file "${textFromBytes(node.name)}" has no content`);
  if (node.type === 'dir' && node.subtree === undefined)
    throw corrupt(`the folder "${textFromBytes(node.name)}" has no tree`);
};

const contentJson = (content: readonly string[] | undefined): string => {
  if (content === undefined) return 'null';
  return content.length === 0 ? '[]' : `["${content.join('","')}"]`;
};

/** A target that is not UTF-8 is lost in the first field and whole in the second. */
const linkTargetJson = (target: string): string => {
  const json = `,"linktarget":${jsonString(target)}`;
  return isUtf8(target) ? json : `${json},"linktarget_raw":"${Buffer.from(target, 'latin1').toString('base64')}"`;
};

const attributeJson = ({ name, value }: { readonly name: string; readonly value: Uint8Array }): string =>
  `{"name":${jsonString(name)},"value":"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"}`;
