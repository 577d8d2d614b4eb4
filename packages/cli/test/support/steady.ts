/** What people see, without what is another thing each time: ids, times, sizes of sealed bytes, and the width of the columns they stand in. */
export const steady = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, '<time>')
    .replaceAll(/\b[0-9a-f]{12}\b/g, '<blob>')
    .replaceAll(/\b[0-9a-f]{8}\b/g, '<id>')
    .replaceAll(/(done|run;) in [\d.]+ m?s/g, '$1 in <duration>')
    .replaceAll(/\b[\d.]+ (?:B|[KMGT]iB)\b/g, '<size>')
    .replaceAll(/(?<=\S) {2,}/g, '  ');
