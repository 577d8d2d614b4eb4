/** Text that is HTML already and goes in as it is. Made by `markup` alone. */
export class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

type Part = Markup | string | number | undefined | false | readonly Part[];

/** A template whose every value is escaped, but for markup made by this same function. */
export const markup = (strings: TemplateStringsArray, ...values: readonly Part[]): Markup =>
  new Markup(strings.reduce((whole, string, at) => whole + render(values[at - 1]) + string));

const render = (part: Part): string => {
  if (part === undefined || part === false) return '';
  if (part instanceof Markup) return part.toString();
  if (Array.isArray(part)) return part.map(render).join('');
  return escapeHtml(String(part));
};

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

// oxlint-disable-next-line no-control-regex -- exactly the characters that a page must not carry
const notAllowed = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** Safe as text and inside a quoted attribute. Characters that HTML does not allow become U+FFFD. */
export const escapeHtml = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[&<>"'`]/g, (c) => entities[c] ?? c)
    .replaceAll(notAllowed, '\ufffd');

const safeSchemes = new Set(['http:', 'https:', 'mailto:', 'tel:']);

/** The address again when it may be a link: http, https, mailto or tel and nothing that runs. */
export const safeLink = (address: string): string | undefined => {
  const url = URL.parse(address.trim());
  return url !== null && safeSchemes.has(url.protocol) ? url.href : undefined;
};

/** Pictures that browsers show; SVG is not among them, because opened by itself it is a page that can run scripts. */
export const isShown = (path: string): boolean => /\.(jpe?g|png|gif|webp|avif)$/i.test(path);

/** A relative address of a file beside the page, each name encoded. */
export const fileLink = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** Kinds of file that a browser shows as what they are, or leaves to the program that is theirs. */
const inert = new Set(
  (
    'jpg jpeg png gif webp avif heic heif tif tiff bmp dng raw mp4 mov m4v 3gp avi mkv webm m4a mp3 aac wav opus amr caf aif aiff flac ogg ' +
    'pdf txt csv vcf ics json md rtf doc docx xls xlsx ppt pptx odt ods odp pages numbers key epub zip gz 7z rar tar pkpass gpx kml log'
  ).split(' '),
);

/**
 * A link to a file beside the page, or its name alone: what may be a page (HTML, SVG, an unknown kind) would run what its sender wrote, as a
 * page of this computer.
 */
export const fileAnchor = (path: string, words: string): Markup =>
  isInert(path)
    ? markup`<a href="${fileLink(path)}">${words}</a>`
    : markup`${words === path ? path : `${words}, ${path}`} (no link: it may run what its sender wrote)`;

/** Whether opening a file runs nothing that is in it. */
export const isInert = (path: string): boolean => inert.has(/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? '');

/**
 * Nothing may run and nothing may be loaded but files beside the page: text from a phone is not trusted, and a page that phones home would
 * say who reads it.
 */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data: file: 'self'; media-src file: 'self'; base-uri 'none'; form-action 'none'";

/** The beginning of a page; the rest follows as a stream and ends with `pageEnd`. */
export const pageStart = (title: string, style: string): string =>
  markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
`.toString();

export const pageHeading = (title: string): string => markup`<h1 dir="auto">${title}</h1>\n`.toString();

export const pageEnd = (footer: Markup): string =>
  markup`<footer>${footer}</footer>
</body>
</html>
`.toString();
