import type { SafariRecord } from '../records/safari/read-safari.ts';
import type { ExportReport } from '../records/tally.ts';
import { markup, safeLink } from './html.ts';
import { reportFooter } from './report-text.ts';

/**
 * The bookmark file that every browser imports (Netscape's format): folders as headings, then the reading list, open tabs and the history
 * as folders of their own. Addresses that are not of the web are shown and are no links.
 */
export async function* bookmarksHtml(
  records: AsyncIterable<SafariRecord>,
  report: () => ExportReport,
): AsyncGenerator<string> {
  yield `<!DOCTYPE NETSCAPE-Bookmark-file-1>
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<META HTTP-EQUIV="Content-Security-Policy" CONTENT="default-src 'none'">
<TITLE>Bookmarks</TITLE>
<H1>Bookmarks</H1>
<DL><p>
`;
  let open: readonly string[] = [];
  for await (const record of records) {
    const folders = foldersOf(record);
    yield moveTo(open, folders);
    open = folders;
    yield `${item(record)}\n`;
  }
  yield moveTo(open, []);
  yield markup`</DL><p>
<PRE>${reportFooter(report())}</PRE>
`.toString();
}

const foldersOf = (record: SafariRecord): readonly string[] => {
  if (record.type === 'tab') return [record.private === true ? 'Private tabs' : 'Open tabs'];
  if (record.type === 'visit') return ['History'];
  return record.folders.length > 0 ? record.folders : [record.type === 'reading list' ? 'Reading list' : 'Bookmarks'];
};

/** Closes and opens folders until the right one is open. */
const moveTo = (from: readonly string[], to: readonly string[]): string => {
  let common = 0;
  while (common < from.length && common < to.length && from[common] === to[common]) common++;
  const closing = '</DL><p>\n'.repeat(from.length - common);
  const opening = to.slice(common).map((name) => markup`<DT><H3>${name}</H3>\n<DL><p>\n`.toString());
  return closing + opening.join('');
};

const item = (record: SafariRecord): string => {
  const href = safeLink(record.url);
  if (href === undefined) return markup`<DT>${record.title ?? ''} ${record.url}`.toString();
  const added = record.at === undefined ? undefined : markup` ADD_DATE="${Math.floor(record.at.getTime() / 1000)}"`;
  return markup`<DT><A HREF="${href}"${added}>${record.title ?? record.url}</A>`.toString();
};
