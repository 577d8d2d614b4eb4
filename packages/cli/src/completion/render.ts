import type { AllWords, CommandWords, Word } from './read-commands.ts';

/** The script for one of bash, zsh, fish and powershell. After a command come its words and the options of all; else files. */
export const renderCompletion = (shell: string, words: AllWords): string => {
  switch (shell) {
    case 'zsh':
      return zsh(words);
    case 'fish':
      return fish(words);
    case 'powershell':
      return powershell(words);
    default:
      return bash(words);
  }
};

const texts = (words: readonly Word[]): string => words.map(({ text }) => text).join(' ');
/** In single quotes; none of our texts has a backslash. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** What stands after an option that takes a value: one of a few words, or nothing of ours, and then the shell completes files. */
const bashValues = (command: string, words: readonly Word[]): string[] =>
  words.flatMap(({ value }) => {
    if (value === undefined) return [];
    const pattern = value.names.map((name) => `${command}:${name}`).join(' | ');
    return [`    ${pattern}) COMPREPLY=($(compgen -W '${value.choices.join(' ')}' -- "$current")); return ;;`];
  });

const namesWithValue = (words: readonly Word[]): string => words.flatMap(({ value }) => value?.names ?? []).join(' | ');

const bash = ({ commands, everywhere }: AllWords): string => `# bash completion for triplicate
_triplicate() {
  local current="\${COMP_WORDS[COMP_CWORD]}" command='' words='' word value=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ -n "$value" ]]; then value=''; continue; fi
    case "$word" in
      ${namesWithValue(everywhere)}) value=yes ;;
      ${commands.map(({ text }) => text).join(' | ')}) command="$word"; break ;;
    esac
  done
  case "$command" in
    '') words='${texts(commands)}' ;;
${commands.map(({ text, words }) => `    ${text}) words='${texts(words)}' ;;`).join('\n')}
  esac
  case "$command:\${COMP_WORDS[COMP_CWORD-1]}" in
${[...bashValues('*', everywhere), ...commands.flatMap(({ text, words }) => bashValues(text, words))].join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words ${texts(everywhere)}" -- "$current"))
}
complete -o default -F _triplicate triplicate`;

const zsh = ({ commands, everywhere }: AllWords): string => {
  const entry = ({ text, about }: Word): string => quoted(`${text.replaceAll(':', String.raw`\:`)}:${about}`);
  const list = (words: readonly Word[]): string => words.map(entry).join(' ');
  const one = ({ text, words }: CommandWords): string => `    ${text}) own=(${list(words)}) ;;`;
  return `#compdef triplicate
_triplicate() {
  local -a commands everywhere own
  local word command=''
  commands=(${list(commands)})
  everywhere=(${list(everywhere)})
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if (( \${commands[(I)$word:*]} )); then command="$word"; break; fi
  done
  case "$command" in
    '') own=("\${commands[@]}") ;;
${commands.map(one).join('\n')}
  esac
  _describe -o 'triplicate' own -- everywhere
  [[ -z "$command" ]] || _files
}
_triplicate "$@"`;
};

const fish = ({ commands, everywhere }: AllWords): string => {
  const about = (text: string): string => (text === '' ? '' : ` -d ${quoted(text)}`);
  const flag = (condition: string, { text, about: meaning }: Word): string =>
    text.startsWith('--')
      ? `complete -c triplicate${condition} -l ${text.slice(2)}${about(meaning)}`
      : `complete -c triplicate${condition} -a ${text}${about(meaning)}`;
  const all = commands.map((command) => flag(' -n __fish_use_subcommand', command));
  const own = commands.flatMap(({ text, words }) =>
    words.map((word) => flag(` -n '__fish_seen_subcommand_from ${text}'`, word)),
  );
  return ['# fish completion for triplicate', ...all, ...everywhere.map((word) => flag('', word)), ...own].join('\n');
};

const powershell = ({ commands, everywhere }: AllWords): string => {
  const list = (words: readonly Word[]): string => words.map(({ text }) => `'${text}'`).join(', ');
  return `# PowerShell completion for triplicate
Register-ArgumentCompleter -Native -CommandName triplicate -ScriptBlock {
  param($current, $ast, $position)
  $table = @{
${commands.map(({ text, words }) => `    '${text}' = @(${list(words)})`).join('\n')}
  }
  $typed = $ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() }
  $command = $typed | Where-Object { $table.ContainsKey($_) } | Select-Object -First 1
  $words = if ($command) { $table[$command] } else { $table.Keys }
  $words + @(${list(everywhere)}) | Where-Object { $_ -like "$current*" } | Sort-Object | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}`;
};
