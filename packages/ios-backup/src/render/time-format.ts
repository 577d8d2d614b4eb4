/** Dates as people read them, in one time zone. */
export class TimeFormat {
  readonly zone: string;
  readonly #format: Intl.DateTimeFormat;

  constructor(zone = 'UTC') {
    this.zone = zone;
    this.#format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
  }

  /** `2026-11-29 04:29:56`, or nothing. */
  full(date: Date | undefined): string {
    if (date === undefined) return '';
    const part = Object.fromEntries(this.#format.formatToParts(date).map(({ type, value }) => [type, value]));
    const year = String(part['year']).padStart(4, '0');
    return `${year}-${part['month']}-${part['day']} ${part['hour']}:${part['minute']}:${part['second']}`;
  }

  day(date: Date | undefined): string {
    return this.full(date).slice(0, 10);
  }

  minute(date: Date | undefined): string {
    return this.full(date).slice(11, 16);
  }
}

/** `1:02:03` or `2:03`. */
export const duration = (seconds: number | undefined): string => {
  if (seconds === undefined || !Number.isFinite(seconds)) return '';
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60].map((n) =>
    String(n).padStart(2, '0'),
  );
  return h === '00' ? `${Number(m)}:${s}` : `${Number(h)}:${m}:${s}`;
};
