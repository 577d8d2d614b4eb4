/** Of every repository that is measured; there is nothing in them. */
export const password = 'measured side by side';
