import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Capabilities, type Destination, ForwardingDestination } from '@triplicate/core';
import { temporaryFolder } from '@triplicate/core/testing';
import { expect, it } from 'vitest';
import { init, run, statuses } from '../kit/commands.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { complaints } from '../kit/restic.ts';

/** A destination that takes money for what is read from it: nobody catches up from it, so what it has is sealed again for the others. */
class Dear extends ForwardingDestination {
  override get capabilities(): Capabilities {
    return { ...super.capabilities, egressCost: true };
  }
}

it('does not stall where one thread has every kind of pack open, after trees that were sealed without it', async () => {
  await using temporary = await temporaryFolder();
  await using source = await temporaryFolder();
  const home = temporary.path;
  const folder = (name: string): string => {
    const path = join(source.path, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const wrap = (name: string, destination: Destination): Destination =>
    name === 'dear' ? new Dear(destination) : destination;
  const pipeline = (destinations: readonly string[]) =>
    localPipeline({ home, paths: [source.path], destinations, wrap, over: { threads: 1 } });
  folder('a/empty');
  writeFileSync(join(folder('y'), 'old'), 'x'.repeat(300_000));
  await init(pipeline(['dear']));
  await run(pipeline(['dear']));
  // What was there goes to the new one alone, and what is new to both.
  symlinkSync('nowhere', join(folder('b'), 'link'));
  writeFileSync(join(folder('z'), 'new'), 'y'.repeat(300_000));
  await init(pipeline(['dear', 'fresh']));
  const report = await run(pipeline(['dear', 'fresh']));
  expect(statuses(report.outcomes)).toEqual({ dear: 'stored', fresh: 'stored' });
  for (const name of ['dear', 'fresh'])
    expect(await complaints([join(home, name)], ['check', '--read-data'])).toEqual([]);
}, 60_000);
