/** The one page that a person sees in the browser. It has no script, loads nothing, and holds nothing of the answer. */

export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  connection: 'close',
} as const;

const style =
  'body{font:18px/1.5 system-ui,sans-serif;max-width:34em;margin:20vh auto;padding:0 1em;color:#222;background:#fff}' +
  '@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}}';

export const renderPage = (text: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Triplicate</title><style>${style}</style></head>` +
  `<body><h1>Triplicate</h1><p>${escapeHtml(text)}</p></body></html>\n`;

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character] ?? '');
