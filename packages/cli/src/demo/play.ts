import { BackupError, foldersOf, proveStateFolder } from '@triplicate/core';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { DemoFlags } from '../commands/demo.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { generatePassword, writeSecretFile } from '../init/password-place.ts';
import type { CommandContext } from '../program/command.ts';
import type { CliSurroundings } from '../surroundings.ts';
import { compareFolders } from './compare.ts';
import { writeDocuments } from './documents.ts';
import { comparePhones, type DemoPhones, openPhones } from './phones.ts';
import { Stage } from './stage.ts';

/** The whole story. Each step that starts with `$` is the command itself, run as a person would run it. */
export const playDemo = async (context: CommandContext, flags: DemoFlags): Promise<ExitCode> => {
  await proveStateFolder(foldersOf(context.surroundings).state);
  const folder = await freshFolder(context.surroundings, flags.to);
  const isQuick = flags.quick ?? false;
  const size = isQuick
    ? { photos: 20, photoBytes: 60_000, passcodeMs: 5 }
    : { photos: 240, photoBytes: 250_000, passcodeMs: 1500 };
  await using phones = await openPhones(size);
  const stage = new Stage({ context, folder, isQuick, daemon: phones.daemon });
  await stage.tell(
    'This is triplicate, on this machine alone: a simulated iPhone on a simulated',
    'cable, and three folders for a USB disk, a NAS and a cloud. Everything is in',
    `  ${folder}`,
  );
  await writeDocuments(join(folder, 'documents'));
  await writeSecretFile(join(folder, 'password'), generatePassword());
  await writeFile(join(folder, 'triplicate.yaml'), configFor(phones), { mode: 0o600 });
  await backUp(stage, phones);
  const same = await loseTwo(stage, folder, phones);
  const verdict = await mend(stage);
  await tellTurn(context, stage, relative(context.surroundings.cwd, folder) || folder);
  return same && verdict === exitCodes.ok ? exitCodes.ok : exitCodes.failed;
};

const backUp = async (stage: Stage, { old }: DemoPhones): Promise<void> => {
  await stage.chapter('Anna plugs in her iPhone', 'It has to trust this computer, once. She taps Trust.');
  await stage.succeed('devices', 'pair');
  await stage.succeed('devices');
  await stage.chapter(
    'One repository on three destinations',
    'The configuration is in triplicate.yaml; init creates what it names.',
  );
  await stage.succeed('init');
  await stage.chapter(
    'The first backup',
    'What the phone sends is sealed once and goes to all three at the same time.',
    'There is no copy of its files on this computer, and no room needed for one.',
  );
  await stage.succeed('backup');
  old.takePhotos(5, 250_000);
  await stage.chapter('Five new photos later', 'The phone sends what is new, and nothing else is stored.');
  await stage.succeed('backup');
  await stage.chapter('A look inside', 'The snapshot is a phone, and not a heap of numbered files.');
  await stage.succeed('export', 'messages', 'latest:annas-iphone', '--to', 'messages');
};

/** Whether everything came back as it was. */
const loseTwo = async (stage: Stage, folder: string, { old, fresh, server }: DemoPhones): Promise<boolean> => {
  await rm(join(folder, 'usb-disk'), { recursive: true, force: true });
  server.detach(old);
  server.attach(fresh);
  await stage.chapter(
    'The iPhone falls into the lake, with the USB disk in the same bag',
    'Anna plugs in a new iPhone. What is left gives everything back:',
  );
  await stage.succeed('devices', 'pair');
  await stage.succeed('restore', 'latest:annas-iphone', '--to', `device:${fresh.udid}`);
  const phone = comparePhones(old, fresh);
  await stage.tell(`${phone.equal} of ${phone.things} things are on the new phone as they were, byte for byte.`);
  await stage.chapter('Files are no different', 'Her documents, from the same places:');
  await stage.succeed('restore', 'latest:documents', '--to', 'restored', '--verify');
  const documents = join(folder, 'documents');
  const { files, equal } = await compareFolders(documents, join(folder, 'restored', ...partsOf(documents)));
  await stage.tell(`${equal} of ${files} files are the same, byte for byte.`);
  return phone.equal === phone.things && equal === files;
};

const mend = async (stage: Stage): Promise<ExitCode> => {
  await stage.chapter('What does a check say?', 'Each destination is judged by itself. The dead one is missed:');
  await stage.run('check', '--read-data');
  await stage.chapter('A new disk', 'init adds a replica to the repository, and sync fills it from the others.');
  await stage.succeed('init');
  await stage.succeed('sync');
  await stage.chapter('Is the promise kept?', 'Three copies, on two kinds of media, one of them off site:');
  return stage.run('status');
};

const configFor = ({ old }: DemoPhones): string => `version: 1

pipelines:
  demo:
    sources:
      annas-iphone: { type: device, udid: ${old.udid} }
      documents: { type: files, paths: [./documents] }
    encrypt: { password: { file: ./password } }
    destinations:
      usb-disk: { type: local, path: ./usb-disk, media: usb }
      nas: { type: local, path: ./nas, media: nas }
      cloud: { type: local, path: ./cloud, media: cloud, offsite: true }
    quorum: 2
`;

const partsOf = (path: string): string[] => path.replace(/^([A-Za-z]):/, '$1').split(/[\\/]+/);

/** The named folder, or the first of `triplicate-demo`, `triplicate-demo-2` … that is free. USAGE when the named one holds something. */
const freshFolder = async ({ cwd }: CliSurroundings, named: string | undefined): Promise<string> => {
  for (let i = 1; ; i += 1) {
    const folder = resolve(cwd, named ?? (i === 1 ? 'triplicate-demo' : `triplicate-demo-${i}`));
    const content = await readdir(folder).catch(() => []);
    if (content.length === 0) {
      await mkdir(folder, { recursive: true });
      return folder;
    }
    if (named !== undefined)
      throw new BackupError('USAGE', `"${folder}" is not empty`, { hint: 'name another folder with --to' });
  }
};

const tellTurn = async (
  { output: { style }, surroundings }: CommandContext,
  stage: Stage,
  folder: string,
): Promise<void> => {
  const { state, cache } = foldersOf(surroundings);
  const lines = [
    ['triplicate snapshots', 'all of them'],
    ['triplicate ls latest:annas-iphone --logical', 'what is on the phone'],
    ['triplicate find "*shopping*" -i', 'look for a name in all of them'],
    ['triplicate restore latest:annas-iphone --to phone', 'as Finder would keep it'],
    ['triplicate restore latest --to mine --include "*.txt" --from nas', 'a part, from one place'],
    ['triplicate --repo nas --password-file password snapshots', 'without any configuration'],
    ['triplicate heal', 'after you changed or removed any file in usb-disk, nas or cloud'],
  ] as const;
  await stage.tell(
    '',
    style.strong('Your turn'),
    'The folder stays, the simulated phones are gone. Break something, mend it, and',
    'delete it when you are done:',
    `  ${style.code(`cd ${folder}`)}`,
    ...lines.map(([line, meaning]) => `  ${style.code(line)}\n      ${style.faint(meaning)}`),
    'What triplicate remembers of the demo, in "demo-…", can go with it:',
    `  ${state}`,
    `  ${cache}`,
    `For your own iPhone and files: ${style.code('triplicate init')}`,
  );
};
