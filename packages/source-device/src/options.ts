import { secretReference } from '@triplicate/core';
import { z } from 'zod';

export const restoreOptions = z
  .strictObject({
    systemFiles: z
      .boolean()
      .default(false)
      .describe('Also what belongs to the system, e.g. the layout of the home screen'),
    keepSettings: z.boolean().default(true).describe('Whether the settings of the phone stay as they are'),
    removeOthers: z.boolean().default(false).describe('Removes from the phone what is not in the backup'),
    reboot: z.boolean().default(true).describe('Restarts the phone at the end, as it needs to take everything in'),
    apps: z.boolean().default(true).describe('Has the phone install its apps again from the App Store'),
  })
  .describe('How a snapshot is put back onto the phone');

const anyMode = z.strictObject({
  udid: z
    .string()
    .regex(/^(any|[0-9A-Fa-f-]{24,41})$/, '"any", or the identifier of a device as "triplicate devices" shows it')
    .default('any')
    .describe('Which device; "any" is the one that is plugged in, if it is one alone'),
  mode: z
    .enum(['backup', 'photos'])
    .default('backup')
    .describe('The whole backup of the phone, or only its photos and the documents that apps share'),
  encryption: z
    .enum(['required', 'off', 'as-is'])
    .default('as-is')
    .describe('Whether the phone itself encrypts its backup; only then it holds passwords, health and call history'),
  password: secretReference
    .optional()
    .describe('The backup password of the phone: to turn encryption on or off, and to restore'),
  wifi: z.boolean().default(true).describe('Whether a phone that is in the network and not on a cable is used'),
  daemon: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Address of the device daemon, UNIX:/path or host:port; by default USBMUXD_SOCKET_ADDRESS or what the system has',
    ),
  apps: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'mode: photos: bundle identifiers of apps whose shared documents are taken as well; by default every app that shares some',
    ),
  leaveOut: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'mode: backup: patterns of files that are not kept, by their path on the phone; such a snapshot cannot be restored to a device',
    ),
  record: z
    .string()
    .min(1)
    .optional()
    .describe('File for a transcript of what is said to the phone, without names, numbers, paths or secrets'),
  restore: restoreOptions.prefault({}),
});

/** With what one mode alone knows refused in the other: passed over in silence, a person would believe that it holds. */
export const deviceOptions = anyMode.superRefine(({ mode, encryption, leaveOut, apps }, context) => {
  const refuse = (key: string, written: string, hint: string): void =>
    context.addIssue({
      code: 'custom',
      path: [key],
      message: `"${written}" has no meaning with "mode: ${mode}"; ${hint}`,
    });
  if (mode === 'photos' && encryption === 'required')
    refuse('encryption', 'encryption: required', 'leave one of them out: a phone encrypts whole backups alone');
  if (mode === 'photos' && leaveOut !== undefined)
    refuse('leaveOut', 'leaveOut', 'leave one of them out: "apps" chooses whose documents are taken');
  if (mode === 'backup' && apps !== undefined)
    refuse('apps', 'apps', 'leave one of them out: what a whole backup does not keep is named under "leaveOut"');
});

export type DeviceSourceOptions = z.infer<typeof deviceOptions>;
export type RestoreSettings = z.infer<typeof restoreOptions>;
