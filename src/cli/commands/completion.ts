import { usageError } from '../arguments.js'
import { defineCommand } from '../command.js'

const SCRIPTS: Record<string, string> = {
  bash: `# dv completion for bash: eval "$(dv completion bash)"
_dv() {
  local IFS=$'\\n' line
  COMPREPLY=()
  for line in $(dv __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null); do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done
}
complete -o bashdefault -o default -F _dv dv`,
  zsh: `#compdef dv
# dv completion for zsh: eval "$(dv completion zsh)"
_dv() {
  local -a found
  local line
  for line in "\${(@f)$(dv __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}\${\${line#*$'\\t'}:+:\${line#*$'\\t'}}")
  done
  (( \${#found} )) && _describe 'dv' found || _files
}
compdef _dv dv`,
  fish: `# dv completion for fish: dv completion fish | source
function __dv_complete
  set -l words (commandline -opc) (commandline -ct)
  dv __complete -- $words[2..-1] 2>/dev/null
end
complete -c dv -a '(__dv_complete)'`,
}

const USAGE = ['bash | zsh | fish']

export const completion = defineCommand({
  name: 'completion',
  summary: 'Print a completion script for a shell',
  usage: USAGE,
  description:
    'Completes verbs, options, branches, tags and remotes. Put the line of the example into your start-up file.',
  options: {},
  operands: { min: 1, max: 1, complete: 'shell' },
  examples: [
    { command: 'eval "$(dv completion bash)"', what: 'in ~/.bashrc' },
    { command: 'eval "$(dv completion zsh)"', what: 'in ~/.zshrc, below compinit' },
    { command: 'dv completion fish | source', what: 'in ~/.config/fish/config.fish' },
  ],
  run({ operands }) {
    const shell = operands[0] ?? ''
    const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined
    if (script === undefined) {
      throw usageError({ name: 'completion', usage: USAGE }, `There is no completion for '${shell}'`)
    }
    return { shell, script }
  },
  render: ({ script }, screen) => screen.line(script),
})
