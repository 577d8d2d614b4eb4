/** `device`, or `device:` and a UDID: what `--to` says of a phone. */
export const deviceTarget = /^device(?::(.+))?$/;
