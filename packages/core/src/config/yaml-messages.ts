import type { ErrorCode } from 'yaml';

/**
 * What the parser's codes mean, in our words. Its own messages quote the text around the mistake, and that text may be a secret
 * that somebody wrote into the file.
 */
export const yamlMessages: Readonly<Record<ErrorCode, { readonly message: string; readonly mend: string }>> = {
  ALIAS_PROPS: { message: 'an alias cannot have an anchor or a tag', mend: 'remove what stands before the "*"' },
  BAD_ALIAS: {
    message: 'an alias to nothing',
    mend: 'set the anchor ("&name") above it, or put quotes around a text that begins with "*"',
  },
  BAD_COLLECTION_TYPE: { message: 'a tag that does not fit', mend: 'remove the "!" tag' },
  BAD_DIRECTIVE: { message: 'a "%" directive that is not known', mend: 'remove the line' },
  BAD_DQ_ESCAPE: {
    message: 'an escape that is not known',
    mend: "write \\\\ for a backslash inside double quotes, or use single quotes ('C:\\Users')",
  },
  BAD_INDENT: {
    message: 'wrong indentation',
    mend: 'align the line with its neighbours, in spaces, and close every bracket above it',
  },
  BAD_PROP_ORDER: { message: 'an anchor or tag in the wrong place', mend: 'put it right before its value' },
  BAD_SCALAR_START: {
    message: 'a value cannot begin with this character',
    mend: 'put quotes around the value',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a mapping inside a line',
    mend: 'put quotes around a value that holds ": ", or move the inner keys to lines of their own',
  },
  BLOCK_IN_FLOW: {
    message: 'a block inside { } or [ ]',
    mend: 'close the bracket, or write the inner part in brackets',
  },
  DUPLICATE_KEY: { message: 'this key stands here twice', mend: 'rename or remove one of the two' },
  IMPOSSIBLE: { message: 'text that is not YAML', mend: 'correct or remove the line' },
  KEY_OVER_1024_CHARS: {
    message: 'a key of more than 1024 characters',
    mend: 'shorten it, or put quotes around the text',
  },
  MISSING_CHAR: {
    message: 'a bracket, quote, comma, colon or space is missing',
    mend: 'close every bracket and quote, and put a space after each ":" and ","',
  },
  MULTILINE_IMPLICIT_KEY: { message: 'a key over several lines', mend: 'put ":" after the key, on the same line' },
  MULTIPLE_ANCHORS: { message: 'two anchors on one value', mend: 'remove one of them' },
  MULTIPLE_DOCS: { message: 'more than one document', mend: 'remove the "---" and what follows it' },
  MULTIPLE_TAGS: { message: 'two tags on one value', mend: 'remove both' },
  NON_STRING_KEY: { message: 'a key that is not a text', mend: 'put quotes around the key' },
  RESOURCE_EXHAUSTION: { message: 'nested too deeply', mend: 'write it with fewer levels' },
  TAB_AS_INDENT: { message: 'a tab in the indentation', mend: 'indent with spaces' },
  TAG_RESOLVE_FAILED: {
    message: 'a tag that is not known',
    mend: 'remove it, or put quotes around a text that begins with "!"',
  },
  UNEXPECTED_TOKEN: {
    message: 'text in a place where none can stand',
    mend: 'correct or remove it, or put quotes around it',
  },
};
