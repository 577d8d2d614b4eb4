/** Gauges in the text format of Prometheus, version 0.0.4. */

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  /** Absent values make no sample. */
  readonly value: number | boolean | Date | undefined;
}

export interface Gauge {
  readonly name: string;
  /** One line. */
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** Gauges without a sample are left out. */
export const expose = (gauges: readonly Gauge[]): string => gauges.map(family).join('');

const family = ({ name, help, samples }: Gauge): string => {
  const lines = samples.flatMap(({ labels, value }) => {
    if (value === undefined) return [];
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
    return [`${name}{${pairs.join(',')}} ${numberOf(value)}\n`];
  });
  if (lines.length === 0) return '';
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`;
};

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** Times are seconds since 1970. */
const numberOf = (value: number | boolean | Date): number =>
  value instanceof Date ? value.getTime() / 1000 : Number(value);
