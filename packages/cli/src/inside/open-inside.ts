import {
  BackupError,
  findSnapshot,
  Session,
  type EventSink,
  type ListedSnapshot,
  type Pipeline,
  type SourceConfig,
} from '@triplicate/core';
import { Keyring, type IosBackup } from '@triplicate/ios-backup';
import { join } from 'node:path';
import { choosePipeline, openSetup } from '../compose/open-pipeline.ts';
import { composePipeline } from '../compose/pipeline.ts';
import { composeRepo } from '../compose/repo-pipeline.ts';
import { createServices, type Services } from '../compose/services.ts';
import { tellAbsent } from '../compose/open-session.ts';
import type { CommandContext } from '../program/command.ts';
import { given } from '../program/options.ts';
import { Bars } from './bars.ts';
import type { InsideFlags } from './inside-flags.ts';
import { openPhone } from './open-phone.ts';
import { PhonePasswords } from './phone-passwords.ts';

export interface InsideOptions {
  readonly flags: InsideFlags;
  /** The only destination to read from. */
  readonly from?: string | undefined;
  /** What is read is to be had again: then also a disk that may be away is a warning. */
  readonly restores?: boolean | undefined;
}

/** A repository opened to look inside the phones in its snapshots. */
export class Inside implements AsyncDisposable {
  readonly session: Session;
  readonly bars: Bars;
  readonly #parts: InsideParts;

  constructor(session: Session, parts: InsideParts) {
    this.session = session;
    this.bars = parts.bars;
    this.#parts = parts;
  }

  /** The snapshot that a person means, and the phone in it. USAGE when it is of no phone. */
  async open(wanted: string): Promise<{ readonly snapshot: ListedSnapshot; readonly backup: IosBackup }> {
    const snapshot = findSnapshot(this.session.snapshots, wanted);
    const backup = await this.phone(snapshot);
    if (backup !== undefined) return { snapshot, backup };
    const id = snapshot.id.slice(0, 8);
    throw new BackupError('USAGE', `snapshot ${id} is of ${snapshot.file.paths.join(', ')}, and no iPhone is in it`, {
      hint: this.#wayToPhone(snapshot),
    });
  }

  #wayToPhone({ source: tried }: ListedSnapshot): string {
    const isPhone = ({ source }: ListedSnapshot): boolean => source !== tried && this.#parts.phones.has(source ?? '');
    const newest = this.session.snapshots.findLast(isPhone)?.source;
    return newest === undefined
      ? 'name a snapshot of an iPhone, e.g. latest:SOURCE; `triplicate snapshots` lists them'
      : `the newest one of an iPhone is latest:${newest}; \`triplicate snapshots\` lists all`;
  }

  /** The phone in a snapshot, or nothing when there is none in it. To be disposed of by the caller. */
  phone(snapshot: ListedSnapshot): Promise<IosBackup | undefined> {
    return this.bars.during(() => openPhone(snapshot, { ...this.#parts, session: this.session }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
  }
}

export interface InsideParts {
  readonly context: CommandContext;
  readonly bars: Bars;
  readonly flags: InsideFlags;
  readonly passwords: PhonePasswords;
  /** Where the lists of files are kept. */
  readonly cacheFolder: string;
  readonly keyring: Keyring;
  /** Names of the sources that are phones. */
  readonly phones: ReadonlySet<string>;
}

/** The repository of the command line, for looking: no lock, and little more is read than what is asked for. */
export const openInside = async (
  context: CommandContext,
  { flags, from, restores }: InsideOptions,
): Promise<Inside> => {
  const bars = new Bars(context);
  const { pipeline, services, sources, directory } = await openForPhones(context, bars.emit);
  return openInsideOf(pipeline, { context, bars, flags, services, sources, directory, from, restores });
};

export interface OpenInsideParts {
  readonly context: CommandContext;
  readonly bars: Bars;
  readonly flags: InsideFlags;
  readonly services: Services;
  readonly sources: readonly SourceConfig[];
  readonly directory: string;
  readonly from?: string | undefined;
  /** What is read is to be had again: then also a disk that may be away is a warning. */
  readonly restores?: boolean | undefined;
}

export const openInsideOf = async (pipeline: Pipeline, parts: OpenInsideParts): Promise<Inside> => {
  const { context, bars, flags, services, from } = parts;
  const only = from === undefined ? undefined : new Set([from]);
  const session = await bars.during(() =>
    Session.open(pipeline, { lock: 'read', salvage: true, sparing: true, ...given('only', only) }),
  );
  if (parts.restores === true) session.tellAbsent();
  else tellAbsent(session, context.output);
  return new Inside(session, {
    context,
    bars,
    flags,
    passwords: new PhonePasswords(parts),
    keyring: new Keyring(),
    phones: new Set(parts.sources.filter(isPhoneSource).map(({ name }) => name)),
    cacheFolder: join(services.folders.cache, 'phones'),
  });
};

const isPhoneSource = ({ type }: SourceConfig): boolean => type === 'device' || type === 'mobilesync';

export interface Prepared extends Pick<OpenInsideParts, 'services' | 'sources' | 'directory'> {
  readonly pipeline: Pipeline;
}

/** A pipeline, with what the passwords of its phones are found by. */
export const openForPhones = async (context: CommandContext, emit: EventSink): Promise<Prepared> => {
  const { globals, surroundings, output } = context;
  if (globals.repo !== undefined) {
    const services = createServices(surroundings, output);
    const pipeline = await composeRepo(globals.repo, { context, services, emit });
    return { pipeline, services, sources: [], directory: surroundings.cwd };
  }
  const setup = await openSetup(context);
  const own = choosePipeline(setup.config, globals.pipeline);
  const pipeline = composePipeline(own, { ...setup, context, emit });
  return { pipeline, services: setup.services, sources: own.sources, directory: setup.config.directory };
};
