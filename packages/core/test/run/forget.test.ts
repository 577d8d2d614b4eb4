import { describe, expect, it } from 'vitest';
import type { Retain } from '../../src/config/retain.ts';
import { forget, type ForgetRequest } from '../../src/run/forget.ts';
import { MemoryState } from '../../src/run/pipeline-state.ts';
import type { Pipeline } from '../../src/run/pipeline.ts';
import { check } from '../../src/run/check.ts';
import { findLostSnapshots } from '../../src/run/lost-snapshots.ts';
import { Session } from '../../src/run/session.ts';
import { pipelineStatus } from '../../src/run/status.ts';
import { sync } from '../../src/run/sync.ts';
import { FakeClock, MemoryDestination, type MemoryStore, hastyClock } from '../../src/testing/index.ts';
import { BackupError } from '../../src/errors.ts';
import { init, mapSource, readBack, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

const names = ['a', 'b', 'c'] as const;
type Name = (typeof names)[number];

interface World {
  readonly stores: Readonly<Record<Name, MemoryStore>>;
  readonly clock: FakeClock;
  pipeline(options?: Options): Pipeline;
  /** One snapshot, `days` after the one before. */
  backUp(days: number, options?: Options): Promise<string>;
  forgetState(): void;
}

interface Options {
  readonly away?: readonly Name[];
  readonly retain?: Partial<Record<Name, Retain>>;
  readonly cannotDelete?: Name;
}

const createWorld = async (): Promise<World> => {
  const stores = { a: new Map(), b: new Map(), c: new Map() };
  const clock = new FakeClock('2026-01-01T12:00:00Z');
  let state = new MemoryState();
  let files = new Map<string, Uint8Array>();
  let made = 0;
  const pipeline = ({ away = [], retain = {}, cannotDelete }: Options = {}): Pipeline => {
    const { pipeline: made } = testPipeline({
      sources: { docs: () => mapSource(() => files) },
      destinations: Object.fromEntries(
        names.map((name) => [
          name,
          () => {
            if (away.includes(name)) throw new BackupError('UNAVAILABLE', 'not there');
            return new MemoryDestination({
              store: stores[name],
              clock,
              capabilities: { canDelete: name !== cannotDelete },
            });
          },
        ]),
      ),
      removable: names,
      clock: hastyClock(clock),
      state,
    });
    return { ...made, destinations: made.destinations.map((one) => ({ ...one, retain: retain[one.name as Name] })) };
  };
  await init(pipeline());
  return {
    stores,
    clock,
    pipeline,
    async backUp(days, options) {
      clock.set(new Date(clock.now().getTime() + days * 86_400_000));
      files = new Map([...files, [`file ${(made += 1)}`, seededBytes(made, 20_000)]]);
      const { sources } = await run(pipeline(options));
      return sources[0]?.snapshot ?? '';
    },
    forgetState: () => {
      state = new MemoryState();
    },
  };
};

const listed = ({ stores }: World, name: Name): string[] =>
  [...stores[name].keys()]
    .filter((key) => key.startsWith('snapshots/'))
    .map((key) => key.slice('snapshots/'.length))
    .toSorted();

const take = (pipeline: Pipeline, request: Partial<ForgetRequest>) => forget(pipeline, { dryRun: false, ...request });
const inOrder = (...ids: string[]): string[] => ids.toSorted();

describe('forget', () => {
  it('tells what stays and why, and changes nothing on a dry run', async () => {
    const world = await createWorld();
    const [first, second] = [await world.backUp(1), await world.backUp(1)];
    const said: string[] = [];
    await take(world.pipeline({ retain: { a: { last: 1 } } }), {
      dryRun: true,
      onPlan: ({ decisions }) => {
        for (const { snapshot, destination, keep, reasons } of decisions)
          said.push(
            `${destination} ${snapshot.id === first ? 1 : 2} ${keep ? 'stays' : 'goes'}: ${reasons.join(', ')}`,
          );
      },
    });
    expect(said.toSorted()).toEqual([
      'a 1 goes: ',
      'a 2 stays: last, last whole snapshot',
      'b 1 stays: no policy here',
      'b 2 stays: no policy here',
      'c 1 stays: no policy here',
      'c 2 stays: no policy here',
    ]);
    expect(listed(world, 'a')).toEqual(inOrder(first, second));
  });

  it('applies each destination’s own policy, and sync brings nothing back', async () => {
    const world = await createWorld();
    const ids = [await world.backUp(1), await world.backUp(1), await world.backUp(1)] as const;
    const retain = { a: { last: 1 }, b: { last: 2 } };
    const results = await take(world.pipeline({ retain }), {});
    expect(results.map(({ destination, forgotten, kept }) => [destination, forgotten, kept])).toEqual([
      ['a', 2, 1],
      ['b', 1, 2],
      ['c', 0, 3],
    ]);
    const synced = await sync(world.pipeline({ retain }), { dryRun: false });
    expect(synced.map(({ snapshots }) => snapshots)).toEqual([0, 0, 0]);
    expect([listed(world, 'a'), listed(world, 'b')]).toEqual([[ids[2]], inOrder(ids[1], ids[2])]);
    const { destinations } = await pipelineStatus(world.pipeline({ retain }));
    expect(destinations.map(({ state, behindBy }) => [state, behindBy])).toEqual(names.map(() => ['current', 0]));
    // Without the policies they are behind, and are brought up.
    expect((await sync(world.pipeline(), { dryRun: false })).map(({ snapshots }) => snapshots)).toEqual([2, 1, 0]);
  });

  it('of a snapshot by name reaches a destination that was away, and no sync brings it back', async () => {
    const world = await createWorld();
    const [first, second] = [await world.backUp(1), await world.backUp(1)];
    const results = await take(world.pipeline({ away: ['c'] }), { snapshots: [first.slice(0, 12)] });
    expect(results.map(({ destination, status, forgotten }) => [destination, status, forgotten])).toEqual([
      ['a', 'done', 1],
      ['b', 'done', 1],
      ['c', 'pending', 0],
    ]);
    expect(listed(world, 'c')).toEqual(inOrder(first, second));
    const synced = await sync(world.pipeline(), { dryRun: false });
    expect(synced.map(({ snapshots, forgotten }) => [snapshots, forgotten])).toEqual([
      [0, 0],
      [0, 0],
      [0, 1],
    ]);
    for (const name of names) expect(listed(world, name)).toEqual([second]);
  });

  it('holds when the computer is lost between a forget and the sync', async () => {
    const world = await createWorld();
    const [first, second] = [await world.backUp(1), await world.backUp(1)];
    await take(world.pipeline({ away: ['c'] }), { snapshots: [first] });
    world.forgetState();
    await sync(world.pipeline({ away: ['a'] }), { dryRun: false });
    for (const name of names) expect(listed(world, name)).toEqual([second]);
    // And from the one that was told last, alone.
    world.stores.c.delete(`snapshots/${second}`);
    world.forgetState();
    await sync(world.pipeline({ away: ['a'] }), { dryRun: false });
    expect(listed(world, 'c')).toEqual([second]);
  });

  it('by a policy leaves a replica that is behind its newest whole snapshot', async () => {
    const world = await createWorld();
    const first = await world.backUp(1);
    const second = await world.backUp(1, { away: ['c'] });
    await take(world.pipeline(), { policy: { last: 1 } });
    expect([listed(world, 'a'), listed(world, 'c')]).toEqual([[second], [first]]);
    await sync(world.pipeline(), { dryRun: false });
    await sync(world.pipeline(), { dryRun: false });
    for (const name of names) expect(listed(world, name)).toEqual([second]);
    expect((await readBack(world.pipeline(), 'c')).size).toBe(2);
  });

  it('leaves a destination alone that cannot delete, and raises no alarm about what went elsewhere', async () => {
    const world = await createWorld();
    const [first, second] = [await world.backUp(1), await world.backUp(1)];
    const [, planned] = await take(world.pipeline({ cannotDelete: 'b' }), { snapshots: [first], dryRun: true });
    expect(planned).toMatchObject({ status: 'skipped', forgotten: 0, kept: 2 });
    const results = await take(world.pipeline({ cannotDelete: 'b' }), { snapshots: [first] });
    expect(results.map(({ status, error }) => (status === 'failed' ? error : status))).toEqual([
      'done',
      'skipped',
      'done',
    ]);
    expect(listed(world, 'b')).toEqual(inOrder(first, second));
    await sync(world.pipeline({ cannotDelete: 'b' }), { dryRun: false });
    expect(listed(world, 'a')).toEqual([second]);
    expect((await check(world.pipeline(), { random: () => 0 })).map(({ status }) => status)).toEqual([
      'whole',
      'whole',
      'whole',
    ]);
  });

  it('by another machine raises no alarm here, and a replica that was rolled back does', async () => {
    const world = await createWorld();
    const [first, second] = [await world.backUp(1), await world.backUp(1)];
    const alarms = async (): Promise<string[]> => {
      const said: string[] = [];
      const emit: Pipeline['emit'] = (event) => {
        if (event.type === 'warning') said.push(event.error.message);
      };
      await run({ ...world.pipeline(), emit });
      return said;
    };
    await take({ ...world.pipeline(), state: new MemoryState() }, { snapshots: [first] });
    expect(await alarms()).toEqual([]);
    world.stores.c.delete(`snapshots/${second}`);
    expect(await alarms()).toEqual([`"c" has lost a snapshot that it had: ${second.slice(0, 8)}`]);
  });

  it('is not lost where another run of this machine stored it after the replicas were listed', async () => {
    const world = await createWorld();
    await world.backUp(1);
    await using session = await Session.open(world.pipeline(), { lock: 'read' });
    const second = await world.backUp(1);
    expect([...(await findLostSnapshots(session))]).toEqual([]);
    world.stores.b.delete(`snapshots/${second}`);
    expect([...(await findLostSnapshots(session))]).toEqual([['b', [second]]]);
  });

  it('lost by a replica is told at every look, until sync brings it back or a person forgets it', async () => {
    const world = await createWorld();
    const first = await world.backUp(1);
    await world.backUp(1);
    const lost = `"b" has lost a snapshot that it had: ${first.slice(0, 8)}`;
    const heard = async (look: (pipeline: Pipeline) => Promise<unknown>): Promise<string[]> => {
      const said: string[] = [];
      const emit: Pipeline['emit'] = (event) => {
        if (event.type === 'warning') said.push(event.error.message);
      };
      await look({ ...world.pipeline(), emit });
      return said;
    };
    const looks = [run, pipelineStatus, run, (pipeline: Pipeline) => check(pipeline, { random: () => 0 })];
    world.stores.b.delete(`snapshots/${first}`);
    for (const look of looks) expect(await heard(look)).toEqual([lost]);
    const results = await check(world.pipeline(), { random: () => 0 });
    expect(results.map((result) => result.lost)).toEqual([[], [first], []]);
    await sync(world.pipeline(), { dryRun: false });
    for (const look of looks) expect(await heard(look)).toEqual([]);
    for (const name of names) world.stores[name].delete(`snapshots/${first}`);
    expect(await heard(run)).toHaveLength(3);
    expect(await heard(pipelineStatus)).toHaveLength(3);
    await take(world.pipeline(), { snapshots: [first.slice(0, 8)] });
    for (const look of looks) expect(await heard(look)).toEqual([]);
  });

  it('of what one replica has lost goes from everywhere, but for the newest of each source, and is told in few words', async () => {
    const world = await createWorld();
    const ids: string[] = [];
    for (let day = 0; day < 6; day += 1) ids.push(await world.backUp(1));
    for (const id of ids) world.stores.b.delete(`snapshots/${id}`);
    world.stores.a.delete(`snapshots/${ids[0]}`);
    world.stores.c.delete(`snapshots/${ids[0]}`);
    const errors: BackupError[] = [];
    const emit: Pipeline['emit'] = (event) => {
      if (event.type === 'warning' && event.error.context['destination'] === 'b') errors.push(event.error);
    };
    await pipelineStatus({ ...world.pipeline(), emit });
    expect(errors[0]?.message).toMatch(
      /^"b" has lost 6 snapshots that it had: ([0-9a-f]{8}, ){2}[0-9a-f]{8} and 3 more$/u,
    );
    expect(errors[0]?.hint).toContain('`triplicate forget --lost b`');
    await expect(take(world.pipeline(), { lost: 'z' })).rejects.toMatchObject({ code: 'USAGE' });
    const results = await take(world.pipeline(), { lost: 'b' });
    expect(results.map(({ forgotten, kept }) => [forgotten, kept])).toEqual([
      [4, 1],
      [0, 0],
      [4, 1],
    ]);
    await sync(world.pipeline(), { dryRun: false });
    for (const name of names)
      expect([...world.stores[name].keys()].filter((key) => key.startsWith('snapshots/'))).toEqual([
        `snapshots/${ids[5]}`,
      ]);
    errors.length = 0;
    await pipelineStatus({ ...world.pipeline(), emit });
    expect(errors).toEqual([]);
  });

  it('without a word of what to forget is a mistake', async () => {
    const world = await createWorld();
    await world.backUp(1);
    await expect(take(world.pipeline(), {})).rejects.toMatchObject({ code: 'USAGE' });
    await expect(take(world.pipeline(), { snapshots: ['ffff'] })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
