import { PlistError } from './error.ts';
import { unescapeXml } from './xml-text.ts';

export type Tag = { readonly name: string; readonly kind: 'open' | 'close' | 'empty' };

/** Walks over the tags of an XML document. Comments and processing instructions are passed over; entity declarations are refused. */
export class XmlScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text.startsWith('\ufeff') ? text.slice(1) : text;
  }

  /** The next tag; only white space may stand before it. `undefined` at the end. */
  next(): Tag | undefined {
    for (;;) {
      this.#at = skipSpace(this.#text, this.#at);
      if (this.#at >= this.#text.length) return undefined;
      if (this.#text[this.#at] !== '<') throw new PlistError('XML property list with text where a tag belongs');
      if (this.#text.startsWith('<!--', this.#at)) this.#pass('-->');
      else if (this.#text.startsWith('<?', this.#at)) this.#pass('?>');
      else if (this.#text.startsWith('<!DOCTYPE', this.#at)) this.#doctype();
      else return this.#tag();
    }
  }

  /** The text up to `</name>`, which is passed as well. */
  content(name: string): string {
    let text = '';
    for (;;) {
      const end = this.#text.indexOf('<', this.#at);
      if (end < 0) throw new PlistError(`XML property list cut short in <${name}>`);
      text += unescapeXml(this.#text.slice(this.#at, end).replace(/\r\n?/g, '\n'));
      this.#at = end;
      if (this.#text.startsWith('<![CDATA[', end)) text += this.#pass(']]>').slice(9, -3);
      else if (this.#text.startsWith('<!--', end)) this.#pass('-->');
      else break;
    }
    const tag = this.#tag();
    if (tag.kind !== 'close' || tag.name !== name)
      throw new PlistError(`XML property list with a tag inside <${name}>`);
    return text;
  }

  #tag(): Tag {
    const end = this.#text.indexOf('>', this.#at);
    if (end < 0) throw new PlistError('XML property list cut short');
    const inner = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    const kind = inner.startsWith('/') ? 'close' : inner.endsWith('/') ? 'empty' : 'open';
    const name = /^\/?([A-Za-z]{1,16})(?=[\s/]|$)/.exec(inner)?.[1];
    if (name === undefined) throw new PlistError('XML property list with a strange tag');
    return { name, kind };
  }

  #doctype(): void {
    if (this.#pass('>').includes('[')) throw new PlistError('XML property list that declares entities');
  }

  #pass(terminator: string): string {
    const end = this.#text.indexOf(terminator, this.#at);
    if (end < 0) throw new PlistError('XML property list cut short');
    const passed = this.#text.slice(this.#at, end + terminator.length);
    this.#at = end + terminator.length;
    return passed;
  }
}

const skipSpace = (text: string, from: number): number => {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break;
  }
  return at;
};
