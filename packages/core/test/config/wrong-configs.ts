/** What a person writes by mistake where a secret belongs; no message may repeat any of it. */
export const secrets = ['hunter2', 'correct-horse', 'AKIAIOSFODNN7EXAMPLE', 's3cr3t'];

const pipeline = (lines: string): string => `version: 1\npipelines:\n  home:\n${lines.replace(/^/gm, '    ')}\n`;
const sources = 'sources: { docs: { type: files, paths: [/docs] } }';
const destinations = 'destinations: { disk: { type: local, path: /disk } }';
const encrypt = 'encrypt: { password: { env: PW } }';
const base = `${sources}\n${encrypt}\n${destinations}`;
const withDisk = (options: string): string =>
  pipeline(`${sources}\n${encrypt}\ndestinations:\n  disk: { type: local, path: /disk, ${options} }`);
const withSteps = (steps: string): string => pipeline(`${sources}\n${destinations}\ntransforms:\n${steps}`);

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const bomb = [
  'a0: &a0 [x, x, x, x, x, x, x, x, x]',
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `a${n}: &a${n} [${`*a${n - 1}, `.repeat(9).slice(0, -2)}]`),
].join('\n');

/** Every way to get it wrong that we could think of: what it is, and the text. */
export const wrongConfigs: readonly (readonly [what: string, text: string])[] = [
  // YAML
  ['an empty file', ''],
  ['a comment only', '# later\n'],
  ['a list instead of keys', '- version: 1\n'],
  ['a scalar', 'hunter2\n'],
  ['a bracket that is not closed', 'version: 1\npipelines: { home: { sources: [ }\n'],
  [
    'a quote that is not closed, around a secret',
    pipeline(`${sources}\n${destinations}\nencrypt: { password: "hunter2 }`),
  ],
  ['tabs', 'version: 1\npipelines:\n\thome: {}\n'],
  ['wrong indentation', 'version: 1\npipelines:\n  home:\n      pace: all\n    quorum: 1\n'],
  ['a backslash in double quotes', withDisk('prefix: "C:\\disk"')],
  ['a mapping inside a line', pipeline(`${base}\npace: fast: yes`)],
  ['a secret that begins with a star', pipeline(`${sources}\n${destinations}\nencrypt: { password: *hunter2 }`)],
  [
    'a secret that begins with an exclamation mark',
    pipeline(`${sources}\n${destinations}\nencrypt: { password: !hunter2 }`),
  ],
  ['a secret that begins with an at sign', pipeline(`${sources}\n${destinations}\nencrypt: { password: @hunter2 }`)],
  [
    'a secret that begins with a percent sign',
    pipeline(`${sources}\n${destinations}\nencrypt: { password: %hunter2 }`),
  ],
  ['a secret that becomes a key', pipeline(`${sources}\n${destinations}\nencrypt: { password: { hunter2 } }`)],
  ['a tag of another program', pipeline(`${base}\npace: !include all`)],
  ['a name that stands twice', `${pipeline(base)}  home:\n    quorum: 1\n`],
  ['two documents', `${pipeline(base)}---\nversion: 1\n`],
  ['an alias to nothing', pipeline(`${base}\nretain: *policy`)],
  ['an alias inside its own anchor', `version: 1\npipelines: &all { home: *all }\n`],
  ['a bomb of aliases', `version: 1\n${bomb}\n`],
  ['brackets ten thousand deep', `version: 1\npipelines: ${nested(10_000)}\n`],
  ['two megabytes', `# ${'x'.repeat(2 ** 21)}\n`],
  ['a key that is a list', 'version: 1\n? [a, b]\n: c\n'],
  ['a key that pollutes', pipeline(`${base}\n__proto__: { quorum: 0 }`)],

  // The document
  ['no version', 'pipelines: {}\n'],
  ['a version in words', 'version: one\n'],
  ['a newer version', 'version: 7\nfuture: true\n'],
  ['an older version', 'version: 0\n'],
  ['no pipelines', 'version: 1\n'],
  ['pipelines without one', 'version: 1\npipelines: {}\n'],
  ['pipelines with nothing behind', 'version: 1\npipelines:\n'],
  ['a misspelt top key', 'version: 1\npiplines: {}\n'],
  ['a key of no kind', `${pipeline(base)}retries: 3\n`],
  ['a pipeline of nothing', 'version: 1\npipelines: { home: }\n'],
  ['names that are none', pipeline(base).replace('home', 'Mum & Dad').replace('docs', '-docs').replace('disk:', '"":')],
  ['plugins that are no list', `${pipeline(base)}plugins: ./mine.ts\n`],

  // Sources and destinations
  ['no sources, no destinations', pipeline(`sources: {}\n${encrypt}`)],
  ['a misspelt source type', pipeline(base).replace('type: files', 'type: fies')],
  ['a destination type that nobody has', pipeline(base).replace('type: local', 'type: floppynet')],
  ['no type', pipeline(base).replace('type: local, ', '')],
  ['a type that is a number', pipeline(base).replace('type: local', 'type: 3')],
  ['a destination that is text', pipeline(`${sources}\n${encrypt}\ndestinations: { disk: /media/disk }`)],
  ['a misspelt option of a plugin', pipeline(base).replace('path:', 'pth:')],
  ['a text where the plugin wants a list', pipeline(base).replace('[/docs]', '/docs')],
  ['a tilde that is nothing in YAML', pipeline(base).replace('[/docs]', '[~]')],
  ['an empty list where the plugin wants one', pipeline(base).replace('[/docs]', '[]')],
  [
    'several wrong options of a plugin',
    pipeline(
      `${sources}\n${encrypt}\ndestinations: { s3: { type: s3, bucket: b, region: 7, endpoint: nowhere, partSize: 1000 } }`,
    ),
  ],
  [
    'a source option that is one of neither',
    pipeline(`sources: { phone: { type: device, udid: mine, encryption: strong } }\n${encrypt}\n${destinations}`),
  ],
  [
    'a branch that is unknown',
    pipeline(`${sources}\n${encrypt}\ndestinations: { box: { type: sftp, host: h, auth: { method: key } } }`),
  ],
  [
    'a branch that lacks its key',
    pipeline(`${sources}\n${encrypt}\ndestinations: { box: { type: sftp, host: h, auth: { method: password } } }`),
  ],
  [
    'common keys of every wrong kind',
    withDisk('media: floppy, offsite: maybe, removable: 1, expected: soon, concurrency: 0, prefix: ../up'),
  ],
  ['a duration without a unit', withDisk('expected: 30, immutable: 7')],
  ['a promise that the place cannot keep', withDisk('immutable: 30d')],
  ['a bandwidth of words', withDisk('bandwidth: { up: fast, down: 2MB, hours: 8-99, houers: 1 }')],
  ['an hour that begins and ends at once', withDisk('bandwidth: { hours: 8-8 }')],
  ['a retention of its own that keeps nothing', withDisk('retain: { last: 0 }')],
  [
    'two names for one place',
    pipeline(
      `${sources}\n${encrypt}\ndestinations:\n  a: { type: local, path: /disk }\n  b: { path: /disk, type: local, offsite: true }`,
    ),
  ],

  [
    'one folder in two spellings',
    pipeline(
      `${sources}\n${encrypt}\ndestinations:\n  a: { type: local, path: ./disk }\n  b: { type: local, path: disk/ }`,
    ),
  ],
  [
    'a misspelt key that every destination may have',
    pipeline(`${sources}\n${encrypt}\ndestinations:\n  a: { type: local, path: /disk, removeable: true }`),
  ],

  // Secrets
  ['a literal password', pipeline(`${sources}\n${destinations}\nencrypt: { password: hunter2 }`)],
  ['a literal password instead of options', pipeline(`${sources}\n${destinations}\nencrypt: hunter2`)],
  ['a literal password in a list', pipeline(`${sources}\n${destinations}\nencrypt: { password: [hunter2] }`)],
  ['a misspelt way to a secret', pipeline(`${sources}\n${destinations}\nencrypt: { password: { evn: PW } }`)],
  ['two ways to one secret', pipeline(`${sources}\n${destinations}\nencrypt: { password: { env: PW, file: /pw } }`)],
  [
    'two ways to one secret, one of them wrong',
    pipeline(`${sources}\n${destinations}\nencrypt: { password: { env: 5, file: /pw } }`),
  ],
  [
    'a command that is one text',
    pipeline(`${sources}\n${destinations}\nencrypt: { password: { command: echo hunter2 } }`),
  ],
  [
    'literal keys of a cloud',
    pipeline(
      `${sources}\n${encrypt}\ndestinations:\n  s3: { type: s3, bucket: backups, accessKeyId: AKIAIOSFODNN7EXAMPLE, secretAccessKey: s3cr3t/correct-horse }`,
    ),
  ],
  [
    'a password inside an address',
    pipeline(
      `${sources}\n${encrypt}\ndestinations: { s3: { type: s3, bucket: backups, endpoint: "https://anna:hunter2@nas:9000" } }`,
    ),
  ],
  [
    'a literal address of a webhook',
    pipeline(`${base}\nnotify: [{ type: webhook, url: "https://hc.example/hunter2" }]`),
  ],

  // Transforms
  ['no encryption', pipeline(`${sources}\n${destinations}`)],
  ['transforms without encryption', withSteps('  - dedupe: {}\n  - compress: {}')],
  ['both ways to name the password', pipeline(`${base}\ntransforms: [{ encrypt: { password: { env: PW } } }]`)],
  ['encryption before compression', withSteps('  - encrypt: { password: { env: PW } }\n  - compress: {}')],
  [
    'compression before deduplication',
    withSteps('  - compress: {}\n  - dedupe: {}\n  - encrypt: { password: { env: PW } }'),
  ],
  ['a step twice', withSteps('  - dedupe: {}\n  - dedupe: {}\n  - encrypt: { password: { env: PW } }')],
  ['an unknown step', withSteps('  - zstd: {}\n  - encrypt: { password: { env: PW } }')],
  [
    'wrong options of steps',
    withSteps(
      '  - dedupe: { chunker: buzhash, average: 1KiB }\n  - compress: { level: 99 }\n  - rot13: { round: 2 }\n  - encrypt: {}',
    ),
  ],
  ['a word alone for a step that needs options', withSteps('  - dedupe\n  - encrypt')],
  ['a word alone that no transform has', withSteps('  - zstd\n  - encrypt: { password: { env: PW } }')],
  ['a step that is a number', withSteps('  - 3\n  - encrypt: { password: { env: PW } }')],
  ['options beside their step', withSteps('  - dedupe:\n    average: 1MiB\n  - encrypt: { password: { env: PW } }')],

  // The rest of a pipeline
  ['a quorum that cannot be met', pipeline(`${base}\nquorum: 2`)],
  ['a quorum of none', pipeline(`${base}\nquorum: 0`)],
  ['a quorum of a half', pipeline(`${base}\nquorum: 1.5`)],
  ['a pace that is unknown', pipeline(`${base}\npace: slowest`)],
  ['a schedule without a time', pipeline(`${base}\nschedule: { jitter: 10m }`)],
  ['a cron of words', pipeline(`${base}\nschedule: { cron: every night }`)],
  ['a misspelt nickname of a cron', pipeline(`${base}\nschedule: { cron: "@dayly" }`)],
  ['a cron with minute 61', pipeline(`${base}\nschedule: { cron: "61 2 * * *" }`)],
  ['a day that never comes', pipeline(`${base}\nschedule: { cron: "0 0 31 2 *" }`)],
  [
    'a time zone of another planet',
    pipeline(`${base}\nschedule: { cron: "@daily", timezone: Mars/Olympus, when: { power: solar } }`),
  ],
  ['a policy that keeps nothing', pipeline(`${base}\nretain: {}`)],
  ['a policy with a misspelt rule', pipeline(`${base}\nretain: { dayly: 7 }`)],
  ['a policy with numbers that are none', pipeline(`${base}\nretain: { last: -1, weekly: many, within: 7 }`)],
  ['everything to be read in no time', pipeline(`${base}\nverify: { within: 0d }`)],
  ['verify in words', pipeline(`${base}\nverify: { within: sometimes, proof: often }`)],
  ['a notification of an unknown kind', pipeline(`${base}\nnotify: [{ type: pager, url: { env: U } }]`)],
  ['a notification that is a word and needs an address', pipeline(`${base}\nnotify: [desktop, webhook]`)],
  [
    'a notification about nothing',
    pipeline(
      `${base}\nnotify: [{ type: webhook, url: { env: U }, on: [] }, { type: webhook, url: { env: U }, on: [failed] }]`,
    ),
  ],

  [
    'an environment variable without a name',
    pipeline(`${sources}\n${destinations}\nencrypt: { password: { env: "" } }`),
  ],
  ['a merge key with a number', `<<: 5\n${pipeline(base)}`],
  ['a merge key with a list that has a text', `x: &x { pace: all }\n${pipeline(`${base}\n<<: [*x, hunter2]`)}`],

  // What runs code, in a configuration that is not trusted
  ['hooks', pipeline(`${base}\nhooks: { before: [touch, /tmp/x] }`)],
  ['a hook that is one text', pipeline(`${base}\nhooks: { before: rm -rf / }`)],
  [
    'a command for a secret',
    pipeline(`${sources}\n${destinations}\nencrypt: { password: { command: [pass, show, backup] } }`),
  ],
  ['plugins', `${pipeline(base).replace('type: local', 'type: tape')}plugins: [triplicate-dest-tape, ./mine.ts]\n`],
  [
    'an option that runs a program',
    pipeline(`${sources}\n${encrypt}\ndestinations: { box: { type: sftp, host: h, proxy: [ssh, jump] } }`),
  ],

  // Where the mistake stands behind anchors and merges
  [
    'a mistake in a merged part',
    `version: 1\npipelines:\n  home: &home\n    sources: { docs: { type: files, paths: [/docs] } }\n    encrypt: { password: { env: PW } }\n    destinations: { disk: { type: local, path: /disk } }\n    quorum: 3\n  work:\n    <<: *home\n    destinations: { other: { type: local, path: /other } }\n`,
  ],
];
