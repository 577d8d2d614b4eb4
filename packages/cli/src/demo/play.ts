import { BackupError, systemClock, sleepFor } from '@triplicate/core';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { run } from '../app.ts';
import type { DemoFlags } from '../commands/demo.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { generatePassword, writeSecretFile } from '../init/password-place.ts';
import type { CommandContext } from '../program/command.ts';
import type { CliSurroundings } from '../surroundings.ts';
import { compareFolders } from './compare.ts';
import { addPhotos, addTexts } from './sample.ts';

const pauseMs = 1200;

/** The whole story. Each step that starts with `$` is the command itself, run as a person would run it. */
export const playDemo = async (context: CommandContext, flags: DemoFlags): Promise<ExitCode> => {
  const folder = await freshFolder(context.surroundings, flags.to);
  const stage = new Stage(context, folder, flags.quick ?? false);
  const phone = join(folder, 'annas-iphone');
  const photos = flags.quick === true ? { first: 10, width: 320 } : { first: 40, width: 640 };
  await stage.tell(
    'This is triplicate, on this machine alone: files stand in for an iPhone, and',
    'three folders for a USB disk, a NAS and a cloud. Everything is in',
    `  ${folder}`,
  );
  await addPhotos(phone, { from: 1, count: photos.first, width: photos.width });
  await addTexts(phone);
  await writeSecretFile(join(folder, 'password'), generatePassword());
  await writeFile(join(folder, 'triplicate.yaml'), demoConfig, { mode: 0o600 });
  await backUp(stage, () => addPhotos(phone, { from: photos.first + 1, count: 5, width: photos.width }));
  const same = await loseTheDisk(stage, folder, phone);
  const verdict = await mend(stage);
  await stage.end(relative(context.surroundings.cwd, folder) || folder);
  return same && verdict === exitCodes.ok ? exitCodes.ok : exitCodes.failed;
};

const backUp = async (stage: Stage, morePhotos: () => Promise<void>): Promise<void> => {
  await stage.chapter(
    'One repository on three destinations',
    'The configuration is in triplicate.yaml; init creates what it names.',
  );
  await stage.run('init');
  await stage.chapter(
    'The first backup',
    'Each photo is read once, sealed once, and written to all three at the same time.',
  );
  await stage.run('backup');
  await morePhotos();
  await stage.chapter('Five new photos later', 'Only what is new is stored.');
  await stage.run('backup');
};

/** Whether everything came back as it was. */
const loseTheDisk = async (stage: Stage, folder: string, phone: string): Promise<boolean> => {
  await rm(join(folder, 'usb-disk'), { recursive: true, force: true });
  await stage.chapter('The USB disk dies', 'The folder usb-disk is gone. Whatever is left gives everything back:');
  await stage.run('restore', 'latest', '--to', 'restored', '--verify');
  const { files, equal } = await compareFolders(phone, join(folder, 'restored', ...partsOf(phone)));
  await stage.tell(`${equal} of ${files} files are the same as on the phone, byte for byte.`);
  return equal === files;
};

const mend = async (stage: Stage): Promise<ExitCode> => {
  await stage.chapter('What does a check say?', 'Each destination is judged by itself. The dead one is missed:');
  await stage.run('check', '--read-data');
  await stage.chapter('A new disk', 'init adds a replica to the repository, and sync fills it from the others.');
  await stage.run('init');
  await stage.run('sync');
  await stage.chapter('Is the promise kept?', 'Three copies, on two kinds of media, one of them off site:');
  return stage.run('status');
};

const demoConfig = `version: 1

pipelines:
  demo:
    sources:
      annas-iphone: { type: files, paths: [./annas-iphone] }
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

/** Tells the story and runs the commands in it. */
class Stage {
  readonly #context: CommandContext;
  readonly #folder: string;
  readonly #isQuick: boolean;
  #chapter = 0;

  constructor(context: CommandContext, folder: string, isQuick: boolean) {
    this.#context = context;
    this.#folder = folder;
    this.#isQuick = isQuick;
  }

  async tell(...lines: readonly string[]): Promise<void> {
    await this.#context.output.prose(lines.join('\n'));
  }

  async chapter(title: string, text: string): Promise<void> {
    this.#chapter += 1;
    const { output, surroundings, signal } = this.#context;
    signal.throwIfAborted();
    const isWatched = output.talk.isTTY === true && !this.#isQuick;
    if (isWatched) await sleepFor(surroundings.clock ?? systemClock, pauseMs, signal);
    await this.tell('', output.style.strong(`${this.#chapter}. ${title}`), text);
  }

  async run(...parameters: readonly string[]): Promise<ExitCode> {
    const { output, surroundings, signal } = this.#context;
    signal.throwIfAborted();
    await this.tell(output.style.code(`$ triplicate ${parameters.join(' ')}`));
    const { json, quiet, verbose } = output.options;
    const voice = [json ? ['--json'] : [], quiet ? ['--quiet'] : [], verbose ? ['--verbose'] : []].flat();
    const code = await run([...voice, ...parameters], {
      ...surroundings,
      cwd: this.#folder,
      env: { ...surroundings.env, TRIPLICATE_CONFIG: undefined },
      // A stop reaches the inner command through the outer one.
      onStop: (listener) => {
        const stop = (): void => listener('SIGINT');
        signal.addEventListener('abort', stop, { once: true });
        return { [Symbol.dispose]: () => signal.removeEventListener('abort', stop) };
      },
      onCrash: () => ({ [Symbol.dispose]: () => undefined }),
    });
    signal.throwIfAborted();
    return code;
  }

  async end(folder: string): Promise<void> {
    const { style } = this.#context.output;
    const lines = [
      ['triplicate snapshots', 'both of them'],
      ['triplicate ls latest --recursive', 'what is in the newest'],
      ['triplicate find "*shopping*" -i', 'look for a name in all of them'],
      ['triplicate restore latest --to mine --include "*.txt" --from cloud', 'a part, from one place'],
      ['triplicate --repo nas --password-file password snapshots', 'without any configuration'],
      ['triplicate heal', 'after you changed or removed any file in usb-disk, nas or cloud'],
    ] as const;
    await this.tell(
      '',
      style.strong('Your turn'),
      `The folder stays. Break something, mend it, and delete it when you are done:`,
      `  ${style.code(`cd ${folder}`)}`,
      ...lines.map(([line, meaning]) => `  ${style.code(line)}\n      ${style.faint(meaning)}`),
      `And for your own files: ${style.code('triplicate init')}`,
    );
  }
}
