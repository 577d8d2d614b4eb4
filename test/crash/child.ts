/** A process that runs one command over three local destinations and may be killed by its own hand: `node child.ts JSON`. */
import { heal, prune, sync, type Pipeline } from '@triplicate/core';
import { run } from '../kit/commands.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { Countdown, KillingDestination, type KillAt } from './killing-destination.ts';
import { destinations, packBytes, type Command } from './scenario.ts';

export interface ChildRequest {
  readonly command: Command;
  readonly home: string;
  readonly sources: Readonly<Record<string, readonly string[]>>;
  readonly kill?: KillAt;
}

const commands: Readonly<Record<Command, (pipeline: Pipeline) => Promise<unknown>>> = {
  backup: (pipeline) => run(pipeline),
  sync: (pipeline) => sync(pipeline, { dryRun: false }),
  heal: (pipeline) => heal(pipeline, { dryRun: false }),
  prune: (pipeline) => prune(pipeline, { dryRun: false, maxUnused: { bytes: 0 } }),
};

const { command, home, sources, kill } = JSON.parse(process.argv[2] ?? '') as ChildRequest;
const countdown = new Countdown(kill);
const pipeline = localPipeline({
  home,
  sources,
  destinations,
  wrap: (name, destination) => new KillingDestination(destination, name, countdown),
  over: { packBytes },
});
await commands[command](pipeline);
process.stdout.write(`${JSON.stringify({ total: countdown.total, counts: Object.fromEntries(countdown.counts) })}\n`);
