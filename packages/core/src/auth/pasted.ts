import { BackupError } from '../errors.ts';

/** What a person pasted, as the parameters of an answer: a whole address, what follows its "?", or a code alone where the provider shows one. */
export const readPasted = (pasted: string, wanted: 'code' | 'address'): URLSearchParams => {
  const text = pasted.trim();
  const parameters = URL.canParse(text) ? new URL(text).searchParams : new URLSearchParams(text.replace(/^\?/, ''));
  if (parameters.has('code') || parameters.has('error')) return parameters;
  if (wanted === 'code' && /^[\w./+~=-]+$/.test(text)) return new URLSearchParams({ code: text });
  throw new BackupError('AUTH', `what was pasted is no ${wanted === 'code' ? 'code' : 'address with a code in it'}`, {
    hint:
      wanted === 'code'
        ? 'Copy the code that the page shows, and nothing else.'
        : 'Copy all of the address bar after signing in, although the page says that it cannot be reached.',
  });
};
