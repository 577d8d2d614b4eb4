import { expect, it } from 'vitest';
import { changePassword } from '../../src/run/keys.ts';
import { dueKeys } from '../../src/run/due-keys.ts';
import { Session } from '../../src/run/session.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { cheapScrypt, init, mapSource, testPipeline } from '../kit/repository.ts';

it('opens a place where nothing can be deleted by the new password too, and says that the old one stays', async () => {
  const [a, b]: [MemoryStore, MemoryStore] = [new Map(), new Map()];
  const open = (canDelete: boolean) =>
    testPipeline({
      sources: { files: () => mapSource(() => new Map()) },
      destinations: {
        a: () => new MemoryDestination({ store: a }),
        b: () => new MemoryDestination({ store: b, capabilities: { canDelete } }),
      },
    }).pipeline;
  await init(open(true));
  const pipeline = open(false);
  const old = [...b.keys()].filter((key) => key.startsWith('keys/'));
  const changes = await changePassword(pipeline, 'the new one', cheapScrypt);
  expect(changes).toMatchObject([{ destination: 'a' }, { destination: 'b', error: { code: 'UNSUPPORTED' } }]);
  expect(changes[1]?.error?.hint).toContain(old[0]);
  expect((await dueKeys(pipeline)).size).toBe(0);
  for (const password of ['the new one', await pipeline.password()]) {
    const only = { ...pipeline, password: () => Promise.resolve(password) };
    await using session = await Session.open(only, { lock: 'read', only: new Set(['b']) });
    expect(session.replicas.map(({ name }) => name)).toEqual(['b']);
  }
});
