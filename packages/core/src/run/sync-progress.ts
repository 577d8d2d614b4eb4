import type { Pipeline } from './pipeline.ts';
import type { PlannedSnapshot } from './sync-plan.ts';

/** Tells how many of the bytes that one replica lacks have come. */
export class SyncProgress {
  readonly #pipeline: Pick<Pipeline, 'emit'>;
  readonly #destination: string;
  #done = 0;
  #total: number | undefined;
  #current: string | undefined = 'finding out what is lacking';

  constructor(pipeline: Pick<Pipeline, 'emit'>, destination: string) {
    this.#pipeline = pipeline;
    this.#destination = destination;
  }

  /** Before there is a plan. */
  look(): void {
    this.#tell(false);
  }

  /** What is still to come beside what has come. */
  expect(plan: readonly PlannedSnapshot[]): void {
    this.#total = plan.reduce((sum, { bytes }) => sum + bytes, this.#done);
  }

  begin({ snapshot }: PlannedSnapshot, number: number, of: number): void {
    this.#current = `snapshot ${snapshot.id.slice(0, 8)}, ${number} of ${of}`;
    this.#tell(false);
  }

  add(bytes: number): void {
    this.#done += bytes;
    this.#tell(false);
  }

  end(): void {
    this.#current = undefined;
    this.#tell(true);
  }

  #tell(finished: boolean): void {
    const current = this.#current === undefined ? {} : { current: this.#current };
    this.#pipeline.emit({
      type: 'work-progress',
      work: 'sync',
      destination: this.#destination,
      progress: { done: this.#done, total: this.#total, unit: 'bytes', finished, ...current },
    });
  }
}
