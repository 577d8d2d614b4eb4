import { Argument } from 'commander';
import { exitCodes } from '../exit-codes.ts';
import { defineCommand } from '../program/command.ts';

export const command = defineCommand<unknown>({
  description: 'Prints a script that lets a shell complete the commands and options of triplicate.',
  examples: [
    [
      'completion bash > ~/.local/share/bash-completion/completions/triplicate',
      'for bash; where that folder is not there yet: mkdir -p ~/.local/share/bash-completion/completions',
    ],
    ['completion zsh > "${fpath[1]}/_triplicate"', 'for zsh'],
    [
      'completion fish > ~/.config/fish/completions/triplicate.fish',
      'for fish; where that folder is not there yet: mkdir -p ~/.config/fish/completions',
    ],
    ['completion powershell >> $PROFILE', 'for PowerShell'],
  ],
  exits: [2],
  onlyPrints: true,
  configure: (command) =>
    void command.addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish', 'powershell'])),
  async run({ output }, { args: [shell] }) {
    const { readCommands } = await import('../completion/read-commands.ts');
    const { renderCompletion } = await import('../completion/render.ts');
    const script = renderCompletion(String(shell), await readCommands());
    await output.result(script);
    await output.line({ type: 'completion', shell: String(shell), script });
    return exitCodes.ok;
  },
});
