import { z } from 'zod';
import { encryptOptions } from '../transform/encrypt.ts';
import { hooks, metrics, notification, pace, verify } from './pipeline-options.ts';
import { publish } from './publish.ts';
import { retain } from './retain.ts';
import { schedule } from './schedule.ts';

export const configVersion = 1;

/** Names are part of paths, tags and file names on every system. They are checked apart: a wrong name hides no mistake under it. */
export const isName = (name: string): boolean => name.length <= 63 && /^[a-z0-9][a-z0-9-]*$/.test(name);

const named = <Entry extends z.ZodType>(entry: Entry, what: string) =>
  z
    .record(z.string(), entry)
    .refine((entries) => Object.keys(entries).length > 0, `no ${what}; add at least one`)
    .meta({ propertyNames: { pattern: '^[a-z0-9][a-z0-9-]*$', maxLength: 63 } });

/** The plugin's own keys are checked by the plugin's schema, in a second pass. */
const pluginUse = (kind: string) => z.looseObject({ type: z.string().describe(`Which ${kind} plugin`) });
export const sourceEntry = pluginUse('source').meta({ id: 'source' });
export const destinationEntry = pluginUse('destination').meta({ id: 'destination' });

/** A step is one key, the transform's type, with its options; the type alone means the defaults. */
export const transformStep = z
  .preprocess(
    (step) => (typeof step === 'string' ? { [step]: {} } : step),
    z
      .record(z.string(), z.unknown())
      .refine(
        (step) => Object.keys(step).length === 1,
        'a step is one transform; begin each with "- " and indent its options under it, or put them in { }',
      ),
  )
  .meta({ id: 'transform' });

export const pipeline = z.strictObject({
  sources: named(sourceEntry, 'source').describe('Where bytes come from, by name'),
  transforms: z.array(transformStep).optional().describe('dedupe, compress, encrypt: in this order'),
  encrypt: encryptOptions.optional().describe('The password alone, instead of "transforms": the standard chain'),
  destinations: named(destinationEntry, 'destination').describe('Where the repository is written, by name'),
  quorum: z.int().min(1).default(1).describe('How many destinations make a run a success'),
  pace: pace.default('fastest').describe('Who may hold the source back: the fastest destination, a quorum, or all'),
  schedule: schedule.optional().describe('When the pipeline runs by itself'),
  retain: retain.optional().describe('Which snapshots stay; a destination may have its own'),
  verify: verify.default({}).describe('How often the copies are read and restored for proof'),
  hooks: hooks.default({}).describe("Programs of the user's own around a run"),
  publish: z.array(publish).default([]).describe('Plain folders that are brought up to date after each run'),
  notify: z.array(notification).default([]).describe('Who is told about runs'),
  metrics: metrics.optional().describe('How it stands, for Prometheus'),
});

/** The whole document, the plugins' own keys apart. */
export const documentSchema = z.strictObject({
  version: z.literal(configVersion).describe('Version of this format'),
  plugins: z
    .array(z.string().min(1))
    .default([])
    .describe('Third-party plugins: names of packages, or paths that begin with ./'),
  pipelines: named(pipeline, 'pipeline').describe('Each pipeline is one repository, by name'),
});

export type ConfigDocument = z.infer<typeof documentSchema>;
export type PipelineDocument = z.infer<typeof pipeline>;
