import { z } from 'zod';
import { secretReference } from './secret-reference.ts';
import { duration } from './units.ts';

const command = (when: string) =>
  z.array(z.string()).min(1).optional().describe(`Program and arguments to run ${when}; no shell`);

/** Programs of the user's own around a run. They run code, so a configuration needs trust for them. */
export const hooks = z.strictObject({
  before: command('before the sources are read; the run fails when it fails'),
  success: command('after a run that kept its quorum'),
  failure: command('after a run that failed'),
  after: command('after every run, last'),
  timeout: duration.optional().describe('How long one of them may take, e.g. 10m'),
});
export type Hooks = z.infer<typeof hooks>;

/** How a run ended. */
export const runEvents = ['success', 'partial', 'failure', 'recovered'] as const;
/** And what is told besides: a replica fell behind, a phone waits for its passcode, the 3-2-1 rule holds no more. */
export const notifyEvents = [...runEvents, 'behind', 'passcode', 'coverage-lost'] as const;
export type NotifyEvent = (typeof notifyEvents)[number];

const on = <Event extends NotifyEvent>(events: readonly Event[], usual: readonly NoInfer<Event>[]) =>
  z
    .array(z.enum(events))
    .min(1)
    .default([...usual])
    .describe('What is told');

const troubles = ['failure', 'partial', 'recovered', 'behind', 'passcode', 'coverage-lost'] as const;
const onTrouble = () => on(notifyEvents, troubles);

const notificationKeys = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('webhook'),
    url: secretReference.describe('Where the address is'),
    on: onTrouble(),
  }),
  z.strictObject({
    type: z.literal('ntfy'),
    url: secretReference.describe('Where the address of the topic is, e.g. https://ntfy.sh/a-name-that-nobody-guesses'),
    token: secretReference.optional().describe('Where the access token is, when the server asks for one'),
    on: onTrouble(),
  }),
  z.strictObject({
    type: z.literal('healthchecks'),
    url: secretReference.describe('Where the ping address is; a failure is told to its /fail'),
    on: on(runEvents, runEvents),
  }),
  z.strictObject({
    type: z.literal('email'),
    server: secretReference.describe('Where the address of the mail server is, e.g. smtps://USER:PASSWORD@HOST'),
    from: z.string().min(3).describe('Whom the mail is from'),
    to: z.array(z.string().min(3)).min(1).describe('Whom it goes to'),
    on: onTrouble(),
  }),
  z.strictObject({
    type: z.literal('desktop'),
    on: onTrouble(),
  }),
]);
export type Notification = z.infer<typeof notificationKeys>;

/** Who is told about runs. The address is a secret: whoever has it can speak in our name. A desktop needs none, and may be a word alone. */
export const notification = z.union([
  z
    .literal('desktop', { error: 'only "desktop" can stand alone; write { type: …, url: { env: NAME } }' })
    .transform((type): Notification => ({ type, on: [...troubles] })),
  notificationKeys,
]);

/** What keeps the promise that a backup can be restored. */
export const verify = z.strictObject({
  within: duration
    .refine((ms) => ms > 0, 'nothing can be read in no time: write e.g. 90d, or leave it out')
    .optional()
    .describe('Read every pack of a replica at least once in this time, a part each run, e.g. 90d'),
  proof: z
    .enum(['daily', 'weekly', 'monthly', 'quarterly', 'yearly', 'never'])
    .optional()
    .describe('How often a restore test is due'),
});
export type Verify = z.infer<typeof verify>;

/** How it stands, for Prometheus. */
export const metrics = z.strictObject({
  textfile: z
    .string()
    .regex(/\.prom$/, 'the textfile collector reads files whose names end in .prom')
    .describe(
      'A file for the textfile collector of node_exporter, written anew after each run; its name ends in .prom',
    ),
});
export type Metrics = z.infer<typeof metrics>;

/** Who may hold the source back. */
export const pace = z.enum(['fastest', 'quorum', 'all']);
export type Pace = z.infer<typeof pace>;
