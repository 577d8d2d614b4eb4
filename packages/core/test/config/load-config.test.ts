import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfig, type LoadedConfig } from '../../src/config/load-config.ts';
import { formatProblems } from '../../src/config/problem.ts';
import { registry } from './plugins.ts';

const load = (text: string, trusted = true): Promise<LoadedConfig> =>
  loadConfig(text, { file: '/home/anna/triplicate.yaml', registry, trusted });

const day = 86_400_000;

const full = `
version: 1
pipelines:
  family:
    sources:
      annas-iphone: { type: device, udid: any, encryption: required, password: { keychain: annas-backup } }
      documents:    { type: files, paths: [~/Documents], exclude: ["*.tmp"], tags: [home] }
    transforms:
      - dedupe:   { chunker: fastcdc, average: 2MiB }
      - compress: { algorithm: zstd, level: 9 }
      - rot13:
      - encrypt:  { password: { env: TRIPLICATE_PASSWORD } }
    destinations:
      usb-disk: { type: local, path: /media/backup, media: hdd, removable: true, expected: 30d }
      cloud:    { type: s3, bucket: anna-backups, region: eu-central-1, offsite: true, immutable: 30d, retain: { last: 9 } }
      box:      { type: sftp, host: box, prefix: anna/laptop, bandwidth: { up: 2MiB/s, hours: "8-23" }, concurrency: 2 }
    quorum: 2
    pace: quorum
    schedule: { cron: "0 2 * * *", timezone: Europe/Berlin, jitter: 10m, onConnect: true, when: { power: ac } }
    retain: { last: 3, daily: 7, weekly: 5, monthly: 12, within: 2w }
    verify: { within: 90d, proof: monthly }
    hooks: { before: ["pg_dump", "-f", "dump.sql"], failure: ["notify-send", "backup failed"], timeout: 5m }
    publish: [{ to: ~/plain, source: documents, what: [photos, contacts] }]
    notify: [{ type: webhook, url: { env: HC_URL }, on: [failure, partial, recovered] }]
`;

describe('a configuration', () => {
  it('has every key, typed, with units counted out', async () => {
    const { config, problems } = await load(full);
    expect(formatProblems('x', problems)).toBe('');
    const [family] = config?.pipelines ?? [];
    expect(family).toEqual({
      name: 'family',
      sources: [
        {
          name: 'annas-iphone',
          type: 'device',
          options: { udid: 'any', encryption: 'required', password: { keychain: 'annas-backup' } },
          tags: [],
        },
        {
          name: 'documents',
          type: 'files',
          options: { paths: ['~/Documents'], exclude: ['*.tmp'], oneFileSystem: false },
          tags: ['home'],
        },
      ],
      chain: {
        chunker: { type: 'dedupe', options: { chunker: 'fastcdc', average: 2 ** 21 } },
        codecs: [
          { type: 'compress', options: { algorithm: 'zstd', level: 9 } },
          { type: 'rot13', options: { rounds: 1 }, url: 'file:///rot13.ts' },
        ],
        encrypt: { password: { env: 'TRIPLICATE_PASSWORD' } },
        standard: false,
      },
      destinations: [
        {
          name: 'usb-disk',
          type: 'local',
          options: { path: '/media/backup' },
          common: { media: 'hdd', removable: true, expected: 30 * day },
          retain: { last: 3, daily: 7, weekly: 5, monthly: 12, within: 14 * day },
        },
        {
          name: 'cloud',
          type: 's3',
          options: { bucket: 'anna-backups', region: 'eu-central-1' },
          common: { offsite: true, immutable: 30 * day, retain: { last: 9 } },
          retain: { last: 9 },
        },
        {
          name: 'box',
          type: 'sftp',
          options: { host: 'box' },
          common: { prefix: 'anna/laptop', bandwidth: { up: 2 ** 21, hours: { from: 8, to: 23 } }, concurrency: 2 },
          retain: { last: 3, daily: 7, weekly: 5, monthly: 12, within: 14 * day },
        },
      ],
      quorum: 2,
      pace: 'quorum',
      schedule: {
        cron: '0 2 * * *',
        timezone: 'Europe/Berlin',
        jitter: 600_000,
        onConnect: true,
        when: { power: 'ac' },
      },
      retain: { last: 3, daily: 7, weekly: 5, monthly: 12, within: 14 * day },
      verify: { within: 90 * day, proof: 'monthly' },
      hooks: {
        before: ['pg_dump', '-f', 'dump.sql'],
        failure: ['notify-send', 'backup failed'],
        timeout: 300_000,
      },
      publish: [
        {
          to: '~/plain',
          source: 'documents',
          what: ['photos', 'contacts'],
          apps: [],
          photosBy: 'year-and-album',
          keepDeleted: false,
        },
      ],
      notify: [{ type: 'webhook', url: { env: 'HC_URL' }, on: ['failure', 'partial', 'recovered'] }],
    });
    expect(config).toMatchObject({ file: '/home/anna/triplicate.yaml', directory: '/home/anna', plugins: [] });
  });

  const smallest = `version: 1
pipelines:
  home:
    sources: { docs: { type: files, paths: [~/docs] } }
    encrypt: { password: { file: ~/.password } }
    destinations: { disk: { type: local, path: /disk } }
`;

  it('needs no more than a source, a password and a destination, and is then a standard restic repository', async () => {
    const { config } = await load(smallest, false);
    expect(config?.pipelines[0]).toMatchObject({
      chain: {
        chunker: { type: 'dedupe', options: { chunker: 'fastcdc', average: 2 ** 20 } },
        codecs: [{ type: 'compress', options: { algorithm: 'zstd', level: 2 } }],
        encrypt: { password: { file: '~/.password' } },
        standard: true,
      },
      quorum: 1,
      pace: 'fastest',
      verify: {},
      hooks: {},
      publish: [],
      notify: [],
    });
  });

  it('may name what needs no options by its word alone', async () => {
    const steps = (list: string): string => full.replace(/ {6}- dedupe:[^]*?(?= {4}destinations)/, `${list}\n`);
    const encrypt = '      - encrypt: { password: { env: PW } }';
    const words = steps(`      - dedupe\n      - compress\n${encrypt}`).replace(/notify: .*/, 'notify: [desktop]');
    const braces = steps(`      - dedupe: {}\n      - compress: {}\n${encrypt}`).replace(
      /notify: .*/,
      'notify: [{ type: desktop }]',
    );
    const [short, long] = await Promise.all([load(words), load(braces)]);
    expect(formatProblems('x', short.problems)).toBe('');
    expect(short.config?.pipelines).toEqual(long.config?.pipelines);
  });

  it('may share parts by anchors and merge keys', async () => {
    const { config, problems } = await load(`version: 1
pipelines:
  one: &one
    sources: { docs: { type: files, paths: [~/docs] } }
    encrypt: &encrypt { password: { env: PW } }
    destinations: { disk: &disk { type: local, path: /disk, media: hdd } }
    quorum: 1
  two:
    <<: *one
    encrypt: *encrypt
    destinations: { disk: { <<: *disk, path: /other } }
`);
    expect(problems).toEqual([]);
    expect(config?.pipelines[1]).toMatchObject({
      destinations: [{ options: { path: '/other' }, common: { media: 'hdd' } }],
      chain: { encrypt: { password: { env: 'PW' } } },
    });
  });

  it('points at the line in the anchor when a merged value is wrong', async () => {
    const { problems } = await load(
      smallest.replace('{ type: local, path: /disk }', '{ <<: &d { type: local, pat: 3 } }'),
    );
    expect(problems.map(({ line, path, message }) => [line, path, message])).toEqual([
      [6, 'pipelines.home.destinations.disk.path', '"path" is missing'],
      [6, 'pipelines.home.destinations.disk.pat', 'unknown key "pat"'],
    ]);
  });

  it('finds the same mistakes in a text of Windows, with a byte order mark', async () => {
    const broken = smallest.replace('/disk }', '/disk, medai: hdd }');
    const [plain, windows] = await Promise.all([load(broken), load(`\uFEFF${broken.replaceAll('\n', '\r\n')}`)]);
    expect(windows.problems).toEqual(plain.problems);
  });

  it('collects the mistakes of all parts at once', async () => {
    const text = full
      .replace('average: 2MiB', 'average: 2MB')
      .replace('udid: any', 'udit: any')
      .replace('bucket:', 'bukket:')
      .replace('hdd', 'floppy')
      .replace('"0 2 * * *"', '"0 25 * * *"')
      .replace('quorum: 2', 'quorum: 4')
      .replace('monthly: 12', 'monthly: twelve')
      .replace('proof: monthly', 'proof: hourly');
    const { problems, config } = await load(text);
    expect(config).toBeUndefined();
    expect(problems).toHaveLength(10);
    expect(problems.map(({ line }) => line)).toEqual(problems.map(({ line }) => line).toSorted((a, b) => a - b));
  });

  it('never throws and never repeats a secret, whatever is typed into it', async () => {
    const text = full.replace('{ env: TRIPLICATE_PASSWORD }', 'hunter2-opal');
    const signs = ' \n\t:{}[],"\'#&*!|>%@`-?'.split('');
    const typed = fc.record({
      at: fc.nat(text.length),
      cut: fc.integer({ min: 0, max: 6 }),
      put: fc.oneof(fc.constantFrom(...signs, '<<: *x', '\n  ', '---\n'), fc.string({ maxLength: 4 })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(typed, { maxLength: 4 }), async (edits) => {
        let edited = text;
        for (const { at, cut, put } of edits) edited = edited.slice(0, at) + put + edited.slice(at + cut);
        const { problems, config } = await load(edited, false);
        expect(config === undefined).toBe(problems.length > 0);
        // An edit may cut the secret in two or make a key of it; what is whole and a value is never repeated.
        const whole = edited.includes(' hunter2-opal }');
        expect(whole && formatProblems('x', problems).includes('hunter2-opal')).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what runs code', () => {
  const withCode = `version: 1
plugins: [./evil.ts]
pipelines:
  home:
    sources: { docs: { type: files, paths: [~/docs] } }
    encrypt: { password: { command: [./steal] } }
    destinations: { disk: { type: sftp, host: box, proxy: [./run] } }
    hooks: { before: [./run] }
`;

  it('is refused key by key in a configuration that is not trusted, and the plugin is not even looked for', async () => {
    const { problems } = await load(withCode, false);
    expect(problems.map(({ path }) => path)).toEqual([
      'plugins[0]',
      'pipelines.home.encrypt.password.command',
      'pipelines.home.destinations.disk.proxy',
      'pipelines.home.hooks',
    ]);
    for (const { mend } of problems) expect(mend).toContain('triplicate config trust');
  });

  it('is honoured in one that is', async () => {
    const { config, problems } = await load(withCode.replace('plugins: [./evil.ts]\n', ''));
    expect(problems).toEqual([]);
    expect(config?.pipelines[0]?.hooks).toEqual({ before: ['./run'] });
  });
});
