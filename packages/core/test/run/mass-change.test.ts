import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/events.ts';
import type { BackupReport } from '../../src/run/backup.ts';
import { forget, type ForgetRequest } from '../../src/run/forget.ts';
import type { Pipeline } from '../../src/run/pipeline.ts';
import { MemoryState } from '../../src/run/pipeline-state.ts';
import { pipelineStatus } from '../../src/run/status.ts';
import type { Source } from '../../src/source/source.ts';
import { FakeClock, MemoryDestination, type MemoryStore, hastyClock } from '../../src/testing/index.ts';
import { init, mapSource, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

const text = (i: number): Buffer =>
  Buffer.from(`page ${i}: ${'the quick brown fox jumps over the lazy dog. '.repeat(200)}`);

interface World {
  readonly store: MemoryStore;
  files: Map<string, Uint8Array>;
  /** What the source says of a change of everything. */
  renewed?: string | undefined;
  readonly events: RunEvent[];
  pipeline(): Pipeline;
  backUp(): Promise<BackupReport>;
  forget(request?: Partial<ForgetRequest>): Promise<readonly string[]>;
}

const createWorld = async (): Promise<World> => {
  const store: MemoryStore = new Map();
  const clock = new FakeClock();
  const state = new MemoryState();
  const events: RunEvent[] = [];
  const map = mapSource(() => world.files);
  const source: Source = {
    ...map,
    capture: async (builder, options) => ({
      ...(await map.capture(builder, options)),
      ...(world.renewed === undefined ? {} : { renewed: world.renewed }),
    }),
  };
  const listed = (): string[] => [...store.keys()].filter((key) => key.startsWith('snapshots/'));
  const world: World = {
    store,
    files: new Map(Array.from({ length: 60 }, (_, i) => [`papers/${i}.txt`, text(i)])),
    events,
    pipeline: () =>
      testPipeline({
        sources: { papers: () => source },
        destinations: { a: () => new MemoryDestination({ store, clock }) },
        clock: hastyClock(clock),
        state,
        emit: (event) => events.push(event),
      }).pipeline,
    backUp: async () => {
      clock.set(new Date(clock.now().getTime() + 86_400_000));
      return run(world.pipeline());
    },
    forget: async (request = {}) => {
      await forget(world.pipeline(), { policy: { last: 1 }, dryRun: false, ...request });
      return listed();
    },
  };
  await init(world.pipeline());
  return world;
};

/** Every file under another name and with content like noise, as ransomware leaves them. */
const encrypt = (world: World): void => {
  world.files = new Map(
    [...world.files].map(([path, bytes], i) => [`${path}.locked`, seededBytes(i + 500, bytes.byteLength)]),
  );
};

describe('a source that was destroyed', () => {
  it('in slices is noticed by what earlier runs did, though a policy keeps two snapshots alone', async () => {
    const world = await createWorld();
    await world.backUp();
    await world.backUp();
    const alarms: (string | undefined)[] = [];
    for (let slice = 0; slice < 4; slice += 1) {
      const paths = [...world.files.keys()];
      for (const path of paths.slice(slice * 12, slice * 12 + 12))
        world.files.set(path, seededBytes(slice * 100 + paths.indexOf(path), world.files.get(path)?.byteLength ?? 0));
      alarms.push((await world.backUp()).sources[0]?.alarm?.message);
      await world.forget({ policy: { last: 2 } });
    }
    // A fifth of the files with each run.
    expect(alarms.map((text) => text !== undefined)).toEqual([false, false, true, false]);
    expect(alarms[2]).toContain('60 % of its files were rewritten with content that cannot be compressed, in 3 runs');
    // Of the snapshots before it none goes any more, and the alarm stands.
    expect(await world.forget({ policy: { last: 1 } })).toHaveLength(4);
    expect((await pipelineStatus(world.pipeline())).sources[0]?.alarms).toHaveLength(1);
    await world.forget({ acceptChange: true, policy: { last: 1 } });
    expect((await pipelineStatus(world.pipeline())).sources[0]?.alarms).toEqual([]);
    expect((await world.backUp()).sources[0]?.alarm).toBeUndefined();
  });

  it('raises an alarm, and no policy drops the good versions before a person accepts it', async () => {
    const world = await createWorld();
    const good = [await world.backUp(), await world.backUp()].map(({ sources }) => `snapshots/${sources[0]?.snapshot}`);
    encrypt(world);
    const { sources, quorumHeld } = await world.backUp();
    expect(quorumHeld).toBe(true);
    expect(sources[0]?.alarm).toMatchObject({ code: 'MASS_CHANGE' });
    expect(sources[0]?.alarm?.message).toBe(
      '"papers" changed as if it had been destroyed: 100 % of its files were rewritten with content that cannot be compressed',
    );
    expect(world.events).toContainEqual({ type: 'warning', source: 'papers', error: sources[0]?.alarm });
    const ids = [good[1]?.slice('snapshots/'.length), sources[0]?.snapshot].map((id) => id?.slice(0, 8));
    expect(sources[0]?.alarm?.hint).toContain(`\`triplicate diff ${ids.join(' ')}\``);
    // Many bad ones push the good ones out of any policy that counts.
    for (let i = 0; i < 4; i += 1) expect((await world.backUp()).sources[0]?.alarm).toBeUndefined();
    const kept = await world.forget();
    expect(kept).toEqual(expect.arrayContaining(good));
    // The two good ones, the one that raised the alarm, and the last.
    expect(kept).toHaveLength(4);
    await world.forget({ acceptChange: true, dryRun: true });
    expect(await world.forget()).toHaveLength(4);
    expect(await world.forget({ acceptChange: true })).toHaveLength(1);
    expect((await world.backUp()).sources[0]?.alarm).toBeUndefined();
    expect(await world.forget()).toHaveLength(1);
  });

  const zeros = (length: number): Buffer => Buffer.alloc(length);
  it.each([
    ['overwritten with zeros of one length', () => zeros(4000)],
    ['overwritten with zeros of their own lengths', (i: number, before: Uint8Array) => zeros(before.byteLength + i)],
    ['cut to nothing', () => zeros(0)],
  ])('raises an alarm where its files were %s', async (_, worse) => {
    const world = await createWorld();
    // Prose, not a line that is repeated.
    world.files = new Map(
      [...world.files.keys()].map((path, i) => [path, Buffer.from(Buffer.from(seededBytes(i, 3000)).toString('hex'))]),
    );
    const good = `snapshots/${(await world.backUp()).sources[0]?.snapshot}`;
    world.files = new Map([...world.files].map(([path, bytes], i) => [path, worse(i, bytes)]));
    expect((await world.backUp()).sources[0]?.alarm?.message).toBe(
      '"papers" changed as if it had been destroyed: 100 % of its files were emptied, or overwritten with next to nothing',
    );
    for (let i = 0; i < 3; i += 1) await world.backUp();
    expect(await world.forget({ policy: { last: 2 } })).toContain(good);
  });

  it('raises an alarm where notes stand instead of its files', async () => {
    const world = await createWorld();
    await world.backUp();
    world.files = new Map([...world.files.keys()].map((path) => [`${path}.README`, Buffer.from(`pay for ${path}`)]));
    expect((await world.backUp()).sources[0]?.alarm?.message).toContain('100 % of its files are gone');
  });

  it('raises an alarm where a part is encrypted with each run, before a policy drops what is good', async () => {
    const world = await createWorld();
    const good = `snapshots/${(await world.backUp()).sources[0]?.snapshot}`;
    const alarms: (string | undefined)[] = [];
    for (let slice = 0; slice < 4; slice += 1) {
      for (let i = slice * 16; i < Math.min(60, slice * 16 + 16); i += 1)
        world.files.set(`papers/${i}.txt`, seededBytes(i + 500, 9000));
      alarms.push((await world.backUp()).sources[0]?.alarm?.message);
      expect(await world.forget({ policy: { last: 2 } })).toContain(good);
    }
    expect(alarms[0]).toBeUndefined();
    expect(alarms[1]).toContain('53 % of its files were rewritten with content that cannot be compressed, in 2 runs');
  });

  it('is not seen where logs are rotated, dates are new, or a text is written anew', async () => {
    const world = await createWorld();
    const alarms = async (): Promise<unknown> => (await world.backUp()).sources[0]?.alarm?.message;
    const log = (day: number): Buffer => Buffer.from(Buffer.from(seededBytes(day + 50, 3000)).toString('hex'));
    const rotate = (day: number): void =>
      void (world.files = new Map(Array.from({ length: 40 }, (_, i) => [`log.${i}`, log(day - i)])));
    for (let day = 0; day < 3; day += 1) {
      rotate(day);
      expect(await alarms()).toBeUndefined();
    }
    world.files = new Map([...world.files.keys()].map((path, i) => [path, log(i + 1000)]));
    expect(await alarms()).toBeUndefined();
  });

  it('is accepted also where no policy says what to forget', async () => {
    const world = await createWorld();
    await world.backUp();
    encrypt(world);
    await world.backUp();
    const alarms = async (): Promise<number> => (await pipelineStatus(world.pipeline())).sources[0]?.alarms.length ?? 0;
    expect(await alarms()).toBe(1);
    expect(await forget(world.pipeline(), { acceptChange: true, dryRun: false })).toMatchObject([
      { status: 'done', forgotten: 0 },
    ]);
    expect(await alarms()).toBe(0);
    await expect(forget(world.pipeline(), { dryRun: false })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('takes nothing by its acceptance alone; what a policy drops goes with the next forget', async () => {
    const world = await createWorld();
    await world.backUp();
    encrypt(world);
    await world.backUp();
    const pipeline = world.pipeline();
    const destinations = pipeline.destinations.map((one) => ({ ...one, retain: { last: 1 } }));
    const listed = (): number => [...world.store.keys()].filter((key) => key.startsWith('snapshots/')).length;
    const accepted = await forget({ ...pipeline, destinations }, { acceptChange: true, dryRun: false });
    expect(accepted).toMatchObject([{ status: 'done', forgotten: 0, kept: 2 }]);
    expect(listed()).toBe(2);
    await forget({ ...pipeline, destinations }, { dryRun: false });
    expect(listed()).toBe(1);
  });

  it('holds back what its own policy would drop on a destination, and lets what a person names go', async () => {
    const world = await createWorld();
    const first = (await world.backUp()).sources[0]?.snapshot ?? '';
    world.files = new Map([...world.files].slice(0, 5));
    const second = (await world.backUp()).sources[0];
    expect(second?.alarm?.message).toContain('92 % of its files are gone');
    const pipeline = world.pipeline();
    const destinations = pipeline.destinations.map((one) => ({ ...one, retain: { last: 1 } }));
    const reasons: string[] = [];
    await forget(
      { ...pipeline, destinations },
      { dryRun: false, onPlan: ({ decisions }) => void reasons.push(...decisions.flatMap((one) => one.reasons)) },
    );
    expect(reasons).toContain(`held back: in snapshot ${second?.snapshot?.slice(0, 8)} 92 % of its files are gone`);
    expect(world.store.has(`snapshots/${first}`)).toBe(true);
    await forget(world.pipeline(), { snapshots: [second?.snapshot ?? ''], dryRun: false });
    expect([...world.store.keys()].filter((key) => key.startsWith('snapshots/'))).toEqual([`snapshots/${first}`]);
  });

  it('is no alarm where the source says why all is new, and no policy drops what was before by itself', async () => {
    const world = await createWorld();
    const good = `snapshots/${(await world.backUp()).sources[0]?.snapshot}`;
    encrypt(world);
    world.renewed = 'it is encrypted now';
    const { sources } = await world.backUp();
    expect(sources[0]?.alarm).toBeUndefined();
    expect(sources[0]?.captured?.renewed).toBe('it is encrypted now');
    world.renewed = undefined;
    expect((await world.backUp()).sources[0]?.alarm).toBeUndefined();
    const [about] = (await pipelineStatus(world.pipeline())).sources;
    expect(about?.alarms).toEqual([]);
    const reasons: string[] = [];
    const onPlan: ForgetRequest['onPlan'] = ({ decisions }) =>
      void reasons.push(...decisions.flatMap((one) => one.reasons));
    expect(await world.forget({ onPlan })).toContain(good);
    expect(reasons.join()).toContain(
      'everything was stored anew; if that was right, `triplicate forget --accept-change`',
    );
    expect(world.events.filter(({ type }) => type === 'warning')).toEqual([]);
    expect(await world.forget({ acceptChange: true })).not.toContain(good);
  });

  it('is an alarm where files are gone, whatever the source says', async () => {
    const world = await createWorld();
    await world.backUp();
    world.files = new Map([...world.files].slice(0, 5));
    world.renewed = 'it is encrypted now';
    expect((await world.backUp()).sources[0]?.alarm).toMatchObject({ code: 'MASS_CHANGE' });
  });

  it('is not seen where files are new, moved, or changed as people change them', async () => {
    const world = await createWorld();
    const alarms = async (): Promise<unknown> => (await world.backUp()).sources[0]?.alarm;
    expect(await alarms()).toBeUndefined();
    for (let i = 0; i < 300; i += 1) world.files.set(`photos/${i}.jpg`, seededBytes(i + 1000, 9000));
    expect(await alarms()).toBeUndefined();
    world.files = new Map([...world.files].map(([path, bytes]) => [path.replace('photos/', 'pictures/2026/'), bytes]));
    expect(await alarms()).toBeUndefined();
    for (let i = 0; i < 60; i += 1) world.files.set(`papers/${i}.txt`, Buffer.concat([text(i), text(i + 1)]));
    expect(await alarms()).toBeUndefined();
    expect(await world.forget()).toHaveLength(1);
  });
});
