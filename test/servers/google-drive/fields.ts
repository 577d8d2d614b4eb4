/** `fields` of a request: https://developers.google.com/workspace/drive/api/guides/fields-parameter */

type Selection = Map<string, Selection | undefined>;

const parse = (text: string): Selection => {
  let at = 0;
  const list = (): Selection => {
    const selection: Selection = new Map();
    for (;;) {
      const [word = ''] = /^[\w*]+/.exec(text.slice(at)) ?? [];
      if (word === '') throw new SyntaxError(`not fields: ${text}`);
      at += word.length;
      let below: Selection | undefined;
      if (text[at] === '/') {
        at += 1;
        const [inner = ''] = /^[\w*]+/.exec(text.slice(at)) ?? [];
        at += inner.length;
        below = new Map([[inner, undefined]]);
      }
      if (text[at] === '(') {
        at += 1;
        below = list();
        if (text[at] !== ')') throw new SyntaxError(`not fields: ${text}`);
        at += 1;
      }
      selection.set(word, below);
      if (text[at] !== ',') return selection;
      at += 1;
    }
  };
  const selection = list();
  if (at < text.length) throw new SyntaxError(`not fields: ${text}`);
  return selection;
};

/** The parts of `value` that are asked for; `usual` when nothing is said. */
export const select = (value: unknown, fields: string | null, usual: string): unknown =>
  // Said and empty: nothing is asked for, as rclone does.
  fields === '' ? {} : pick(value, parse((fields ?? usual).replaceAll(' ', '')));

const pick = (value: unknown, selection: Selection | undefined): unknown => {
  if (selection === undefined || selection.has('*')) return value;
  if (Array.isArray(value)) return value.map((one) => pick(one, selection));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => selection.has(key))
      .map(([key, inner]) => [key, pick(inner, selection.get(key))]),
  );
};
