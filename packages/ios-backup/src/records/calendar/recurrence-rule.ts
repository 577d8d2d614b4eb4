interface PartName {
  readonly name: string;
  readonly fits: (value: string) => boolean;
}

const number =
  (least: number, most: number) =>
  (value: string): boolean =>
    /^-?\d{1,3}$/.test(value) && Math.abs(Number(value)) <= most && Number(value) >= least && Number(value) !== 0;

/** The letters of a specifier, and what may stand behind each in an RRULE of RFC 5545. */
const partNames: Readonly<Record<string, PartName>> = {
  D: { name: 'BYDAY', fits: (value) => /^(-?[1-5]?\d)?(MO|TU|WE|TH|FR|SA|SU)$/.test(value) },
  M: { name: 'BYMONTHDAY', fits: number(-31, 31) },
  O: { name: 'BYMONTH', fits: number(1, 12) },
  S: { name: 'BYSETPOS', fits: number(-366, 366) },
  W: { name: 'BYWEEKNO', fits: number(-53, 53) },
  Y: { name: 'BYYEARDAY', fits: number(-366, 366) },
};

/**
 * `D=+0MO,+1TU;M=1`: letters for the parts of an RRULE, days with how many times they come, 0 for each.
 * `unknown` hears of a part that is none.
 */
export const ruleParts = (specifier: string, unknown: (part: string) => void): string[] =>
  specifier.split(';').flatMap((part) => {
    if (part.trim() === '') return [];
    const [letter = '', values = ''] = part.split('=');
    const known = Object.hasOwn(partNames, letter) ? partNames[letter] : undefined;
    const plain = values.split(',').map((value) => value.replace(/^[+-]?0(?=[A-Z])/, '').replace(/^\+/, ''));
    if (known !== undefined && plain.every((value) => known.fits(value))) return [`${known.name}=${plain.join(',')}`];
    unknown(part);
    return [];
  });
