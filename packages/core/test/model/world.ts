/** Everything that the model knows: the files, what each snapshot has to hold, and the three places. */
import { systemClock } from '../../src/clock.ts';
import type { Pipeline } from '../../src/run/pipeline.ts';
import { MemoryState, type PipelineState, type StateContent } from '../../src/run/pipeline-state.ts';
import { hastyClock } from '../../src/testing/index.ts';
import { testPipeline } from '../kit/repository.ts';
import { idsIn, Lifeline, openPlace, type Place } from './place.ts';
import { modelSource, type ModelFile, type ModelFiles } from './sources.ts';
import { placeNames, type PlaceName, type Trouble } from './steps.ts';

export const sourceNames = ['one', 'two'] as const;
export type SourceName = (typeof sourceNames)[number];

/** Larger than Linux gives out: whoever looks sees that such a process is gone. */
const deadPid = 2 ** 22 + 1;

/** The long waits (to refresh a lock) never come to an end in a test. */
const clock = hastyClock(systemClock);

/** What a killed process can no longer change. */
class MortalState implements PipelineState {
  readonly #inner: PipelineState;
  dead = false;

  constructor(inner: PipelineState) {
    this.#inner = inner;
  }

  read(): Promise<StateContent> {
    return this.#inner.read();
  }

  change(edit: (content: StateContent) => StateContent): Promise<void> {
    return this.dead ? Promise.resolve() : this.#inner.change(edit);
  }
}

export interface WorldOptions {
  readonly threads: number;
  /** The place that it costs money to read from: others do not catch up from it during a run. */
  readonly costly?: PlaceName | undefined;
}

export class World {
  readonly places: readonly Place[] = placeNames.map((name) => ({ name, store: new Map(), dirty: false }));
  readonly files: Readonly<Record<SourceName, Map<string, ModelFile>>> = { one: new Map(), two: new Map() };
  /** What each snapshot holds, by its id. */
  readonly contents = new Map<string, ModelFiles>();
  readonly #options: WorldOptions;
  #state: PipelineState = new MemoryState();

  constructor(options: WorldOptions) {
    this.#options = options;
  }

  place(name: PlaceName): Place {
    const place = this.places.find((candidate) => candidate.name === name);
    if (!place) throw new TypeError(name);
    return place;
  }

  get clean(): readonly Place[] {
    return this.places.filter(({ dirty }) => !dirty);
  }

  get costly(): PlaceName | undefined {
    return this.#options.costly;
  }

  forgetState(): void {
    this.#state = new MemoryState();
  }

  /** The pipeline as one process sees it, with what will go wrong in it. */
  pipeline(trouble?: Trouble): Pipeline {
    const interrupted = new AbortController();
    const state = new MortalState(this.#state);
    const lifeline =
      trouble?.kind === 'killed'
        ? new Lifeline(trouble.at, { ends: true, atThat: () => void (state.dead = true) })
        : trouble?.kind === 'interrupted'
          ? new Lifeline(trouble.at, { ends: false, atThat: () => interrupted.abort() })
          : undefined;
    return testPipeline({
      sources: {
        one: () => modelSource(() => this.files.one, 'empty'),
        two: () => modelSource(() => this.files.two, 'previous'),
      },
      destinations: Object.fromEntries(
        this.places.map((place) => [
          place.name,
          () => openPlace(place, { trouble, lifeline, costly: place.name === this.#options.costly }),
        ]),
      ),
      state,
      clock,
      signal: interrupted.signal,
      threads: this.#options.threads,
      packBytes: 96 * 1024,
      host: { hostname: 'model', username: 'model', uid: 0, gid: 0, pid: deadPid },
    }).pipeline;
  }

  /** Snapshots that a place lists. */
  listed(place: Place): string[] {
    return idsIn(place.store, 'snapshots/');
  }

  /** Every snapshot that some place lists. */
  get snapshots(): ReadonlySet<string> {
    return new Set(this.places.flatMap((place) => this.listed(place)));
  }

  /** What a snapshot of this source that nobody has seen before must hold: nothing changes while a command works. */
  learn(id: string, source: string | undefined): ModelFiles {
    const known = this.contents.get(id);
    if (known) return known;
    if (source !== 'one' && source !== 'two') throw new TypeError(`a snapshot of ${source}`);
    const files = new Map(this.files[source]);
    this.contents.set(id, files);
    return files;
  }
}
