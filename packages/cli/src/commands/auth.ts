import { Option } from 'commander';
import { defineCommand } from '../program/command.ts';

export interface AuthFlags {
  readonly method?: 'browser' | 'device' | 'paste';
  readonly store?: 'keychain' | 'file';
  readonly revoke?: boolean;
}

export const command = defineCommand<AuthFlags>({
  description:
    'Signs in to the account that holds a destination: in a browser of this machine, or of another one when this machine has none. What ' +
    'is allowed is no more than Triplicate needs. The sign-in is kept in the keychain of the system, or in a file that only you can read ' +
    'where there is no keychain.',
  examples: [
    ['auth gdrive', 'sign in with the browser'],
    ['auth gdrive --method paste', 'sign in with the browser of another machine'],
    ['auth gdrive --store file', 'for runs that happen when nobody has unlocked the keychain'],
    ['auth gdrive --revoke', 'end it: at the provider and here'],
  ],
  exits: [1, 2],
  configure: (command) =>
    void command
      .argument('<destination>', 'name of a destination')
      .addOption(
        new Option('--method <method>', 'how; what suits this machine when left out').choices([
          'browser',
          'device',
          'paste',
        ]),
      )
      .addOption(
        new Option('--store <place>', 'where it is kept; the keychain when there is one').choices(['keychain', 'file']),
      )
      .option('--revoke', 'end the sign-in, at the provider and here'),
  async run(context, { args: [name], options }) {
    const { runAuth } = await import('../auth/run-auth.ts');
    return runAuth(context, String(name), options);
  },
});
