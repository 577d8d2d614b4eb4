/** What a message shows of a vCard that was sent. */
export interface ContactCard {
  readonly name: string | undefined;
  /** Numbers and e-mail addresses, each once. */
  readonly values: readonly string[];
}

const longestCard = 256 * 1024;

/** Reads name, numbers and addresses out of a vCard of any version; of one that is damaged, what is left of them. Never fails. */
export const readContactCard = (text: string): ContactCard => {
  const card = text.slice(0, longestCard).replaceAll(/\r?\n[ \t]/g, '');
  const values = [...card.matchAll(/^(?:[\w-]+\.)?(?:TEL|EMAIL)(?![\w-])[^:\r\n]*:([^\r\n]+)/gim)];
  return {
    name: /^(?:[\w-]+\.)?FN(?![\w-])[^:\r\n]*:([^\r\n]+)/im.exec(card)?.[1]?.trim() || undefined,
    values: [...new Set(values.map(([, value = '']) => value.trim()))].filter((value) => value !== ''),
  };
};
