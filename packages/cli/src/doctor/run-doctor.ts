import {
  BackupError,
  derivationOf,
  systemClock,
  toBackupError,
  type KeyDerivation,
  type Pipeline,
} from '@triplicate/core';
import type { DoctorFlags } from '../commands/doctor.ts';
import { openPipelines } from '../compose/open-pipeline.ts';
import { tellEvent } from '../compose/open-session.ts';
import { exitCodeOfError, exitCodes, type ExitCode } from '../exit-codes.ts';
import { asClause } from '../output/error.ts';
import type { CommandContext } from '../program/command.ts';
import { shortness } from '../prompt/type-new-password.ts';
import { Diagnosis } from './diagnosis.ts';
import { lookAtDestination, opensAnyOf } from './look-at-destination.ts';
import { lookAtMachine } from './look-at-machine.ts';
import { lookAtSource } from './look-at-source.ts';
import { proveDestination } from './prove-destination.ts';
import { ServerClock } from './server-clock.ts';
import { doctorPatience, Waiting } from './tell-waiting.ts';

/** Everything in turn; what fails stops nothing but what depends on it. */
export const runDoctor = async (
  context: CommandContext,
  names: readonly string[],
  flags: DoctorFlags,
): Promise<ExitCode> => {
  const diagnosis = new Diagnosis(context.output);
  await lookAtMachine(context, diagnosis);
  const { pipelines, ending } = await lookAtConfig(context, diagnosis);
  requireDestinations(pipelines, names);
  for (const pipeline of pipelines) {
    const derive = await lookAtPassword(pipeline, diagnosis);
    const opensAny = opensAnyOf(pipeline, derive);
    for (const source of pipeline.sources) await lookAtSource(pipeline, source, diagnosis);
    for (const destination of pipeline.destinations) {
      using waiting = new Waiting(context.output, destination.name);
      using clock = new ServerClock(() => (context.surroundings.clock ?? systemClock).now());
      const isOpen = await lookAtDestination(pipeline, destination, { diagnosis, derive, opensAny, waiting });
      await clock.tell(`destination ${pipeline.name}.${destination.name}`, diagnosis);
      if (isOpen && names.includes(destination.name)) {
        const { signal } = context;
        await proveDestination(destination, { signal, diagnosis, waiting, heavy: flags.heavy ?? false });
      }
    }
  }
  await diagnosis.end();
  return ending ?? (diagnosis.counts.failed > 0 ? exitCodes.failed : exitCodes.ok);
};

interface Configured {
  readonly pipelines: readonly Pipeline[];
  /** Of a configuration that cannot be used: the code with which every command ends then. */
  readonly ending?: ExitCode;
}

const lookAtConfig = async (context: CommandContext, diagnosis: Diagnosis): Promise<Configured> => {
  try {
    const pipelines = await openPipelines(context, (event) => tellEvent(event, context), {
      patience: doctorPatience,
    });
    const names = pipelines.map(({ name }) => name).join(', ');
    await diagnosis.add({
      subject: 'configuration',
      name: 'is found and has no mistake',
      status: 'ok',
      message: names,
    });
    return { pipelines };
  } catch (error) {
    context.signal.throwIfAborted();
    const told = toBackupError(error);
    await diagnosis.fail('configuration', 'is found and has no mistake', told);
    return { pipelines: [], ending: exitCodeOfError(told) };
  }
};

const requireDestinations = (pipelines: readonly Pipeline[], names: readonly string[]): void => {
  const known = pipelines.flatMap(({ destinations }) => destinations.map(({ name }) => name));
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined || pipelines.length === 0) return;
  throw new BackupError('USAGE', `there is no destination "${unknown}"`, { hint: `choose one of ${known.join(', ')}` });
};

/** What makes keys out of it; one salt on many destinations is derived once. */
const lookAtPassword = async (pipeline: Pipeline, diagnosis: Diagnosis): Promise<KeyDerivation | undefined> => {
  const subject = `pipeline ${pipeline.name}`;
  try {
    const password = await pipeline.password();
    const derive = derivationOf(password);
    await diagnosis.add({ subject, name: 'the password is where the configuration says', status: 'ok' });
    const short = shortness(password);
    if (short !== undefined)
      await diagnosis.add({
        subject,
        name: 'the password is long enough',
        status: 'warning',
        message: asClause(short),
        hint: '`triplicate keys passwd` changes it; one word or less than six characters is not masked in messages either',
      });
    return derive;
  } catch (error) {
    pipeline.signal.throwIfAborted();
    await diagnosis.fail(subject, 'the password is where the configuration says', toBackupError(error));
    return undefined;
  }
};
