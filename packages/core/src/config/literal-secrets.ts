import type { Finding, KeyPath } from './problem.ts';

/** `scheme://user:password@host`: the one place where a secret hides inside a value that is none. */
const passwordInAddress = /^[a-z][a-z0-9+.-]*:(?:\/\/)?(?:[a-z][a-z0-9+.-]*:\/\/)?[^/\s:@]*:[^/\s@]+@/i;

/** The same text without the password of an address that it begins with. A configuration that has one is refused, so nothing that runs is hidden. */
export const hidePassword = (text: string): string =>
  text.replace(passwordInAddress, (address) => `${address.slice(0, address.indexOf(':') + 1)}***@`);

/** Addresses with a password in them, anywhere inside `value`. The value is not repeated. */
export const findLiteralSecrets = (
  value: unknown,
  path: KeyPath,
  above: ReadonlySet<unknown> = new Set(),
): Finding[] => {
  if (typeof value === 'string')
    return passwordInAddress.test(value)
      ? [
          {
            path,
            at: 'value',
            message: 'an address with a password in it; a secret is never written into this file',
            mend: 'leave the password out of the address, and name where it is under the key that the plugin has for it',
          },
        ]
      : [];
  if (typeof value !== 'object' || value === null || above.has(value)) return [];
  const inside = new Set([...above, value]);
  return Object.entries(value).flatMap(([key, child]) =>
    findLiteralSecrets(child, [...path, Array.isArray(value) ? Number(key) : key], inside),
  );
};
