/** Minutes east of Greenwich that a zone has at an instant; `undefined` for a zone that is not known. */
export const zoneOffset = (zone: string, at: Date): number | undefined => {
  const format = formatOf(zone);
  if (format === undefined) return undefined;
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const local = Date.UTC(
    part['year'] ?? 0,
    (part['month'] ?? 1) - 1,
    part['day'],
    part['hour'],
    part['minute'],
    part['second'],
  );
  return Math.round((local - Math.floor(at.getTime() / 1000) * 1000) / 60_000);
};

const formats = new Map<string, Intl.DateTimeFormat | undefined>();

const formatOf = (zone: string): Intl.DateTimeFormat | undefined => {
  if (!formats.has(zone)) formats.set(zone, makeFormat(zone));
  return formats.get(zone);
};

const makeFormat = (zone: string): Intl.DateTimeFormat | undefined => {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined;
  }
};
